// Package language has what Daybook knows of the languages that journals are
// written in, beside their word stems: the words for dates and numbers, how a
// question asks for a count, words that say nothing, irregular forms, and what
// an answer without a model says. Each language is a file in data, which lists
// its words by section; a new file there is all that another language needs.
package language

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"daybook"
)

//go:embed data/*.txt
var files embed.FS

// English is the name of the language that everything falls back to.
const English = "english"

// Language is one language. A section that its file lacks is empty or nil.
type Language struct {
	Name, Code string // English name in lower case; ISO 639-1
	// Months are the names from January and Weekdays those from Monday. The first
	// name of each is the one that is written.
	Months, Weekdays [][]string
	// Numbers and Ordinals are their values by the words in lower case.
	Numbers, Ordinals map[string]int
	// Dates are phrases about days with their meaning in the words of the
	// English grammar of dates. "#" is a number. English needs none.
	Dates []Phrase
	// Count, First and Last match questions that ask how often, or for the first
	// or last time; Mentioning those among them that ask for mentions and not
	// for what happened. Asking matches the beginning of a question.
	Count, First, Last, Mentioning, Asking *regexp.Regexp
	// Beside matches a time beside an event. Its groups are “phrase”, the time and
	// its relation (“the day after”), or “week”, “weekend” or “month”, those of the
	// event; and “event”.
	Beside *regexp.Regexp
	// Phrasing and Verbs are words that phrase a question rather than name its
	// subject. Questions are those of a question about a day and nothing else.
	// Stop are words that say nothing of what a text is about.
	Phrasing, Verbs, Questions, Stop string
	// Capitals are words that have a capital within a sentence and are not names;
	// Pronouns what follows a verb at the beginning of a sentence, so that "Will
	// you" is not a name; Kin are words for relatives, as in "my cousin Roger".
	Capitals, Pronouns, Kin string
	// Endings are the last letters of words that derive from others ("wrestle",
	// "wrestler").
	Endings string
	// Forms are the irregular forms of one word each, Titles the ways to write one.
	Forms, Titles [][]string

	sentences map[string]string
	day       string // how a day is written
}

// Phrase is a phrase and its meaning.
type Phrase struct{ Text, Means string }

// Of returns a language by its English name or ISO 639-1 code. One without a
// file has no words, and speaks English.
func Of(name string) Language {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, l := range All() {
		hasCode := l.Code != "" && l.Code == name
		if hasCode || l.Name == name {
			return l
		}
	}
	return Language{Name: name}
}

// All returns the languages that have a file, by name.
var All = sync.OnceValue(func() []Language {
	entries, err := files.ReadDir("data")
	if err != nil {
		panic(err) // the files are part of the program
	}
	var list []Language
	for _, e := range entries {
		data, err := files.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			panic(err)
		}
		l, err := parse(string(data))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", e.Name(), err)) // a test reads each
		}
		l.Name = strings.TrimSuffix(e.Name(), ".txt")
		list = append(list, l)
	}
	return list
})

// Asks reports whether questions in the language are understood, and not only
// its stop words known.
func (l Language) Asks() bool { return l.Asking != nil }

// Say returns a sentence of the language or, if it has none, of English. Each
// {name} in it is replaced by the value after that name.
func (l Language) Say(sentence string, values ...any) string {
	text, ok := l.sentences[sentence]
	if !ok {
		text = Of(English).sentences[sentence]
	}
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(values[i])+"}", fmt.Sprint(values[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Quoted returns words in the language's quotation marks, joined by a word for
// "or" or the like, by the name of its sentence.
func (l Language) Quoted(words []string, joint string) string {
	before, behind, _ := strings.Cut(l.Say("quotation marks"), " ")
	return before + strings.Join(words, behind+" "+l.Say(joint)+" "+before) + behind
}

// Day writes a day as text does, such as "6 April 2024".
func (l Language) Day(d daybook.Date) string {
	if l.day == "" || len(l.Months) != 12 || d.Month < 1 || d.Month > 12 {
		return d.Long()
	}
	return strings.NewReplacer("{day}", strconv.Itoa(d.Day), "{month}", l.Month(d), "{year}", strconv.Itoa(d.Year)).Replace(l.day)
}

// Month returns the name of a day's month.
func (l Language) Month(d daybook.Date) string {
	if len(l.Months) != 12 {
		return d.Month.String()
	}
	return l.Months[d.Month-1][0]
}

// DayOfMonth writes a day's number as it comes before the name of a month.
func (l Language) DayOfMonth(d daybook.Date) string {
	before, _, ok := strings.Cut(l.day, "{month}")
	if number := strings.TrimSpace(before); ok && strings.Contains(number, "{day}") {
		return strings.ReplaceAll(number, "{day}", strconv.Itoa(d.Day))
	}
	return strconv.Itoa(d.Day)
}

func parse(data string) (l Language, err error) {
	l.sentences, l.Numbers, l.Ordinals = map[string]string{}, map[string]int{}, map[string]int{}
	section := ""
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "# ") || line == "#":
			continue
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			continue
		}
		if err := l.add(section, line); err != nil {
			return l, fmt.Errorf("[%s] %q: %w", section, line, err)
		}
	}
	for _, names := range [][][]string{l.Months, l.Weekdays} {
		if n := len(names); n != 0 && n != 12 && n != 7 {
			return l, fmt.Errorf("%d months or weekdays", n)
		}
	}
	return l, nil
}

// add reads a line of a section.
func (l *Language) add(section, line string) (err error) {
	if words := l.words(section); words != nil {
		*words += line + " "
		return nil
	}
	if by := l.expression(section); by != nil {
		*by, err = regexp.Compile("(?i)" + line)
		return err
	}
	switch section {
	case "months":
		l.Months = append(l.Months, strings.Fields(line))
		return nil
	case "weekdays":
		l.Weekdays = append(l.Weekdays, strings.Fields(line))
		return nil
	case "forms":
		l.Forms = append(l.Forms, strings.Fields(line))
		return nil
	case "titles":
		l.Titles = append(l.Titles, strings.Fields(line))
		return nil
	}
	name, value, pair := strings.Cut(line, " = ")
	if !pair {
		return fmt.Errorf("it has no “ = ”")
	}
	switch section {
	case "language":
		return l.describe(name, value)
	case "dates":
		l.Dates = append(l.Dates, Phrase{name, value})
	case "sentences":
		l.sentences[name] = value
	case "numbers":
		l.Numbers[name], err = strconv.Atoi(value)
	case "ordinals":
		l.Ordinals[name], err = strconv.Atoi(value)
	default:
		return fmt.Errorf("unknown section")
	}
	return err
}

func (l *Language) words(section string) *string {
	return map[string]*string{
		"phrasing": &l.Phrasing, "verbs": &l.Verbs, "questions": &l.Questions, "stop": &l.Stop,
		"capitals": &l.Capitals, "pronouns": &l.Pronouns, "kin": &l.Kin, "endings": &l.Endings,
	}[section]
}

func (l *Language) expression(section string) **regexp.Regexp {
	return map[string]**regexp.Regexp{"count": &l.Count, "first": &l.First, "last": &l.Last, "mentioning": &l.Mentioning, "asking": &l.Asking, "beside": &l.Beside}[section]
}

func (l *Language) describe(name, value string) error {
	switch name {
	case "code":
		l.Code = value
	case "day":
		l.day = value
	default:
		return fmt.Errorf("unknown")
	}
	return nil
}
