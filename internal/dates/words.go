package dates

import (
	"strings"
	"time"

	"daybook/internal/language"
)

// set is a set of words.
type set map[string]bool

func words(list ...string) set {
	s := make(set, len(list))
	for _, w := range list {
		s[w] = true
	}
	return s
}

// English has the words that the grammar shares with other languages.
var english = language.Of(language.English)

var monthNames = func() map[string]time.Month {
	names := map[string]time.Month{}
	for i, list := range english.Months {
		for _, name := range list {
			names[strings.ToLower(name)] = time.Month(i + 1)
		}
	}
	return names
}()

// plainMonths are the months that have no other meaning, not even as a first
// name.
var plainMonths = words("january", "february", "july", "september", "october", "november", "december")

var weekdayNames = func() map[string]time.Weekday {
	names := map[string]time.Weekday{}
	for i, list := range english.Weekdays {
		names[strings.ToLower(list[0])] = time.Weekday((i + 1) % 7)
	}
	return names
}()

// weekdayShort are read before a date only: "sat" and "sun" are words too.
var weekdayShort = words("sun", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat")

// seasons are the first months of seasons, each three months long.
var seasons = map[string]time.Month{
	"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12,
	"springs": 3, "summers": 6, "autumns": 9, "falls": 9, "winters": 12,
}

var units = map[string]unit{
	"day": days, "days": days, "night": days, "nights": days, "week": weeks, "weeks": weeks,
	"fortnight": fortnights, "fortnights": fortnights, "weekend": weekends, "weekends": weekends,
	"month": months, "months": months, "quarter": quarters, "quarters": quarters,
	"year": years, "years": years, "decade": decades, "decades": decades,
}

var cardinals, ordinals = english.Numbers, english.Ordinals

var decadeNames = map[string]int{
	"noughties": 0, "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50,
	"sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90,
}

var (
	// The words before an ambiguous word that make it a date.
	monthCues  = words("in", "during", "throughout", "over", "through", "every", "each", "until", "till", "since")
	yearCues   = words("in", "during", "throughout", "since", "year", "of", "until", "till", "from", "for", "around", "back", "circa")
	dayCues    = words("on", "since", "until", "till", "from", "of", "for", "by")
	seasonCues = words("in", "during", "throughout", "over", "through", "every", "each", "until", "till", "since")
	feastCues  = words("on", "at", "in", "over", "during", "every", "each", "since", "until", "till", "around", "for", "by")

	titles = words("mr", "mrs", "ms", "miss", "dr", "sir", "lady", "lord", "captain", "capt", "st", "saint", "aunt", "uncle")

	// A number next to these words is not a year.
	notBeforeYear = words("room", "number", "no", "house", "page", "chapter", "flat", "road", "route", "gate",
		"paid", "spent", "cost", "costs", "owed", "owe", "worth", "than", "bus", "flight", "train", "over",
		"me", "him", "her", "us", "them", "nearly", "almost", "only", "some", "another", "psalm", "verse")
	counted = words("pounds", "pound", "l", "s", "d", "shillings", "pence", "guineas", "dollars", "euros", "people",
		"men", "women", "sheep", "ships", "soldiers", "miles", "km", "feet", "metres", "meters", "words", "pages",
		"books", "times", "hours", "minutes", "days", "weeks", "months", "years", "steps", "calories", "kcal",
		"bottles", "tons", "houses", "guests", "euro", "percent", "kg", "lbs", "per", "bc", "am", "pm")

	// Words that may follow a name that is also a month if the month is meant.
	afterMonth = words("to", "until", "till", "and", "or", "of", "in", "did", "was", "were", "when", "last",
		"this", "next", "with", "at", "on", "but", "than", "before", "after", "through", "what", "do", "where",
		"who", "how", "had", "that", "have", "as", "from", "for", "by", "then", "if")
	pronouns = words("i", "we", "he", "she", "it", "they", "you", "my", "his", "her", "our", "their")

	partsOfDay = words("morning", "afternoon", "evening", "night", "noon", "lunchtime", "itself")

	// Things named after a feast that are not the feast's day.
	feastThings = words("present", "presents", "gift", "gifts", "card", "cards", "shopping", "tree", "trees",
		"carol", "carols", "list", "egg", "eggs", "bunny", "island", "decorations", "resolution", "resolutions")

	// Prepositions and the like that belong to the mention after them.
	leads = words("on", "in", "at", "during", "of", "over", "throughout", "from", "for", "within", "every",
		"each", "around", "about")
	articles = words("the", "year", "date")
	backs    = words("back")

	// The words of a question that asks about a day and nothing else.
	questionWords = words(strings.Fields(english.Questions)...)
)
