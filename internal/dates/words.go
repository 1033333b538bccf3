package dates

import "time"

// set is a set of words.
type set map[string]bool

func words(list ...string) set {
	s := make(set, len(list))
	for _, w := range list {
		s[w] = true
	}
	return s
}

var monthNames = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
	"august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
	"oct": 10, "nov": 11, "dec": 12,
}

// plainMonths are the months that have no other meaning, not even as a first
// name.
var plainMonths = words("january", "february", "july", "september", "october", "november", "december")

var weekdayNames = map[string]time.Weekday{
	"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
}

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

var cardinals = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
	"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
	"fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
	"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
	"eighty": 80, "ninety": 90, "hundred": 100,
}

var ordinals = map[string]int{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
	"eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
	"fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
	"nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}

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
		"me", "him", "her", "us", "them", "nearly", "almost", "only", "some", "another", "about", "psalm", "verse")
	counted = words("pounds", "pound", "l", "s", "d", "shillings", "pence", "guineas", "dollars", "euros", "people",
		"men", "women", "sheep", "ships", "soldiers", "miles", "km", "feet", "metres", "meters", "words", "pages",
		"books", "times", "hours", "minutes", "days", "weeks", "months", "years", "steps", "calories", "kcal",
		"bottles", "tons", "or", "houses", "guests", "euro", "percent", "kg", "lbs", "per", "bc", "am", "pm")

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
	questionWords = words("what", "what's", "whats", "did", "do", "i", "we", "me", "my", "happened", "happen",
		"was", "were", "am", "is", "are", "doing", "done", "have", "had", "has", "how", "spend", "spent", "write",
		"wrote", "written", "writing", "day", "days", "on", "in", "at", "of", "the", "a", "to", "up", "and", "or",
		"go", "going", "went", "entry", "entries", "journal", "diary", "note", "notes", "tell", "about", "for",
		"show", "give", "please", "say", "said", "anything", "something", "there", "it", "like", "life", "things",
		"summary", "summarise", "summarize", "recap", "review", "overview", "describe", "read", "open", "find",
		"all", "that", "this", "time", "where", "be", "been", "can", "you", "could", "would", "any", "from",
		"everything", "look", "looking", "looked", "remember", "record", "recorded", "interesting", "during",
		"with", "s", "year", "month", "week", "then", "compare", "between", "events", "main", "highlights", "most",
		"important", "so", "far", "just", "exactly", "date", "dated", "list", "period", "get", "got", "myself")
)
