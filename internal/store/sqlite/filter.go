package sqlite

import (
	"encoding/json"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// filter writes f as a condition on the entry e. All values are arguments.
func filter(f store.Filter) (string, []any, error) {
	conditions := []string{"1"}
	var args []any
	add := func(condition string, values ...any) {
		conditions = append(conditions, condition)
		args = append(args, values...)
	}
	if f.Days != nil {
		ranges, err := json.Marshal(bounds(f.Days))
		if err != nil {
			return "", nil, err
		}
		add(`e.n IN (SELECT d.entry FROM json_each(?) r CROSS JOIN entry_days d
			ON d.day BETWEEN r.value ->> 0 AND r.value ->> 1)`, string(ranges))
	}
	if f.Kind != "" {
		add("e.kind = ?", f.Kind)
	}
	for _, tag := range f.Tags {
		add("EXISTS (SELECT 1 FROM entry_tags t WHERE t.entry = e.n AND t.tag = ?)", strings.ToLower(tag))
	}
	if f.EntryIDs != nil {
		ids, err := json.Marshal(f.EntryIDs)
		if err != nil {
			return "", nil, err
		}
		add("e.id IN (SELECT value FROM json_each(?))", string(ids))
	}
	if f.Public {
		add("NOT " + isPrivate)
	}
	if f.Private {
		add(isPrivate)
	}
	return strings.Join(conditions, " AND "), args, nil
}

// bounds writes ranges of days as the database has them, an open end as the
// furthest day there is.
func bounds(ranges []daybook.DateRange) [][2]string {
	list := make([][2]string, len(ranges))
	for i, r := range ranges {
		list[i] = [2]string{r.From.String(), r.To.String()}
		if r.To.IsZero() {
			list[i][1] = "9999-12-31"
		}
	}
	return list
}
