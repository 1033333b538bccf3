package notebook

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"daybook"
	"daybook/internal/dates"
)

var fourDigits = regexp.MustCompile(`\b\d{4}\b`)

// feastHead reads a line that is the name of a day, such as "Christmas Eve",
// with or without a year.
func feastHead(line string) (Head, bool) {
	name := strings.Trim(line, " *_#>.,:;-–—!()[]?")
	if name == "" || utf8.RuneCountInString(name) > 40 || strings.ContainsAny(name, ".!?") {
		return Head{}, false
	}
	if _, ok := feastOn(name, daybook.Date{Year: 2000, Month: 1, Day: 1}); !ok {
		return Head{}, false
	}
	return Head{Feast: name, Unsure: strings.Contains(line, "?]"), Text: name}, true
}

// feastOn returns the first day with a name on or after a day. It reports false
// for names that depend on the day of writing, such as "yesterday".
func feastOn(name string, from daybook.Date) (best daybook.Date, ok bool) {
	last := from.AddDays(366)
	found := dates.Find(name, dates.Options{Today: last, First: from, Last: last})
	if len(found) != 1 || found[0].Start != 0 || found[0].End != len(name) || len(found[0].Ranges) > 3 {
		return best, false
	}
	year := fourDigits.MatchString(name)
	if !year && found[0].Kind != dates.Recurring {
		return best, false
	}
	for _, r := range found[0].Ranges {
		if r.From != r.To || r.From.IsZero() {
			return best, false
		}
		begun := year || r.From.Compare(from) >= 0
		earlier := best.IsZero() || r.From.Compare(best) < 0
		if begun && earlier {
			best = r.From
		}
	}
	return best, !best.IsZero()
}
