package lancedb

import (
	"strconv"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// quote writes a value as a literal of the server's SQL, where quotes are
// doubled and no other character is special. Every value in a condition goes
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

// maxNamed is how many entries a condition names. With more, the engine
// searches all of them and the result is filtered afterwards.
const maxNamed = 5000

// condition writes f for the table of vectors; "" matches everything. It
// matches at least what f does: for an entry of several days the engine only
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

// bounds writes a range of days. An open end becomes the furthest possible day.
func bounds(r daybook.DateRange) (from, to string) {
	from, to = r.From.String(), r.To.String()
	if r.To.IsZero() {
		to = "9999-12-31"
	}
	return from, to
}
