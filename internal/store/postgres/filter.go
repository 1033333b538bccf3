package postgres

import (
	"fmt"
	"strings"

	"daybook/internal/store"
)

// filter writes f as conditions on the entry e, to append to others. Its
// arguments are appended to args, where the owner comes first.
func filter(f store.Filter, args []any) (string, []any) {
	var sql strings.Builder
	add := func(condition string, values ...any) {
		places := make([]any, len(values))
		for i := range values {
			places[i] = len(args) + i + 1
		}
		args = append(args, values...)
		fmt.Fprintf(&sql, " AND "+condition, places...)
	}
	if f.Days != nil {
		from, to := make([]int32, len(f.Days)), make([]int32, len(f.Days))
		for i, r := range f.Days {
			from[i], to[i] = dayNumber(r.From), dayNumber(r.To)
			if r.To.IsZero() {
				to[i] = 9999_12_31
			}
		}
		add("e.n IN (SELECT d.entry FROM unnest($%d::int[], $%d::int[]) r (first, last) JOIN entry_days d ON d.owner = $1 AND d.day BETWEEN r.first AND r.last)", from, to)
	}
	if f.Kind != "" {
		add("e.kind = $%d", []byte(f.Kind))
	}
	for _, tag := range f.Tags {
		add("e.n IN (SELECT t.entry FROM entry_tags t WHERE t.owner = $1 AND t.tag = $%d)", tagKey(tag))
	}
	if f.EntryIDs != nil {
		add("e.id = ANY($%d)", append([][]byte{}, bytesList(f.EntryIDs)...))
	}
	if f.Public {
		add("NOT e.private")
	}
	if f.Private {
		add("e.private")
	}
	return sql.String(), args
}
