package lancedb

import (
	"strconv"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// quote writes a value as a literal of the server's SQL, in which a quote is
// doubled and nothing else has a meaning. Every value in a condition goes
// through it.
func quote(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD") // as it went in
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// in is the condition that a column has one of the values.
func in(column string, values []string) string {
	if len(values) == 0 {
		return "false"
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return column + " IN (" + strings.Join(quoted, ", ") + ")"
}

func inNumbers(column string, values []int64) string {
	if len(values) == 0 {
		return "false"
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strconv.FormatInt(v, 10)
	}
	return column + " IN (" + strings.Join(list, ", ") + ")"
}

// maxNamed is how many entries a condition names. With more the engine looks
// at all, and what it should not have found is left out behind it.
const maxNamed = 5000

// condition writes f for the table of vectors, "" where it lets everything in.
// It lets in at least what f does: of an entry for several days the engine
// knows the first and the last.
func condition(f store.Filter) string {
	var all []string
	if f.Days != nil {
		any := make([]string, 0, len(f.Days))
		for _, r := range f.Days {
			from, to := bounds(r)
			any = append(any, "(first_day <= "+quote(to)+" AND last_day >= "+quote(from)+")")
		}
		if len(any) == 0 {
			any = []string{"false"}
		}
		all = append(all, "("+strings.Join(any, " OR ")+")")
	}
	if f.Kind != "" {
		all = append(all, "kind = "+quote(string(f.Kind)))
	}
	for _, tag := range f.Tags {
		all = append(all, "array_has(tags, "+quote(strings.ToLower(tag))+")")
	}
	if f.EntryIDs != nil && len(f.EntryIDs) <= maxNamed {
		all = append(all, in("entry_id", f.EntryIDs))
	}
	return strings.Join(all, " AND ")
}

// bounds writes a range of days, an open end as the furthest day there is.
func bounds(r daybook.DateRange) (from, to string) {
	from, to = r.From.String(), r.To.String()
	if r.To.IsZero() {
		to = "9999-12-31"
	}
	return from, to
}
