package daybook

// EntryKind says which folder of the vault an entry comes from.
type EntryKind string

// The kinds of entry.
const (
	Daily     EntryKind = "daily"     // a note of a day, or of several
	Evergreen EntryKind = "evergreen" // a note without a day of its own
)

// Lock marks what is private in a text.
const Lock = "🔒 private"

// Entry is one note of the vault as it is read, searched and cited.
type Entry struct {
	// ID identifies the entry for as long as its note exists, however its text
	// changes. A date would not: two notes may share one.
	ID   string
	Kind EntryKind
	// Path is the note's file, with slashes, relative to its folder (the
	// journal or the evergreen folder).
	Path string
	// Title is the file name without ".md".
	Title string
	// Dates are the days the note is for, in the order its name gives them;
	// never empty. An evergreen note has one: the day its file was changed.
	Dates []Date
	// Text is the note's content: its transcription, or its body.
	Text string
	// TextLine is the 1-based line of the file on which Text begins.
	TextLine int
	// Tags are the note's tags, each with its "#", in order of appearance,
	// without repeats.
	Tags []string
	// Private says that the note is marked private: nothing of it may be sent
	// to a provider, for any purpose.
	Private bool
}

// Date returns the entry's first day, the one it is sorted by.
func (e Entry) Date() Date {
	if len(e.Dates) == 0 {
		return Date{}
	}
	return e.Dates[0]
}

// Passage is a part of an entry, as it is searched and cited. Passages of one
// entry are in text order and may overlap.
type Passage struct {
	// ID is the store's own number for the passage. It changes when the
	// entry's text does.
	ID      int64
	EntryID string
	// Index counts the entry's passages from 0.
	Index int
	// Start and End are byte offsets into the entry's Text, on rune boundaries,
	// Start < End; Text is the text between them.
	Start, End int
	// Line is the 1-based line of the note's file on which the passage begins.
	Line int
	Text string
}
