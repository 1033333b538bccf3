// Package language has what Daybook knows of the languages that journals are
// written in, beside their word stems: the words for dates, how a question asks
// for a count, and what an answer without a model says. Each language other
// than English is a file in data, which lists its words by section; a new file
// there is all that another language needs.
package language

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
)

//go:embed data/*.txt
var files embed.FS

// Language is one language. English is the zero value.
type Language struct {
	// Dates are phrases about days with their meaning in the words of the
	// English grammar of dates. "#" is a number.
	Dates []Phrase
	// Count, First and Last match questions that ask how often, or for the first
	// or last time. Asking matches the beginning of a question. Nil in English.
	Count, First, Last, Asking *regexp.Regexp
	// Phrasing and Verbs are words that phrase a question rather than name its
	// subject.
	Phrasing, Verbs string
	// Sentences are parts of answers, by name.
	Sentences map[string]string
}

// Phrase is a phrase and its meaning.
type Phrase struct{ Text, Means string }

// Of returns a language by its English name or ISO 639-1 code; the zero value
// if it has no file.
func Of(name string) Language {
	name = strings.ToLower(strings.TrimSpace(name))
	if long, ok := map[string]string{"de": "german", "fr": "french"}[name]; ok {
		name = long
	}
	return all()[name]
}

var all = sync.OnceValue(func() map[string]Language {
	entries, err := files.ReadDir("data")
	if err != nil {
		panic(err) // the files are part of the program
	}
	list := map[string]Language{}
	for _, e := range entries {
		data, err := files.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			panic(err)
		}
		l, err := parse(string(data))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", e.Name(), err)) // a test reads each
		}
		list[strings.TrimSuffix(e.Name(), ".txt")] = l
	}
	return list
})

func parse(data string) (l Language, err error) {
	l.Sentences = map[string]string{}
	section := ""
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "# ") || line == "#":
			continue
		case strings.HasPrefix(line, "["):
			section = line
			continue
		}
		if err := l.add(section, line); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *Language) add(section, line string) (err error) {
	name, value, pair := strings.Cut(line, " = ")
	switch section {
	case "[dates]":
		l.Dates = append(l.Dates, Phrase{name, value})
	case "[sentences]":
		l.Sentences[name] = value
	case "[count]", "[first]", "[last]", "[asking]":
		target := map[string]**regexp.Regexp{"[count]": &l.Count, "[first]": &l.First, "[last]": &l.Last, "[asking]": &l.Asking}[section]
		*target, err = regexp.Compile("(?i)" + line)
		return err
	case "[phrasing]":
		l.Phrasing += line + " "
	case "[verbs]":
		l.Verbs += line + " "
	default:
		return fmt.Errorf("unknown section %s", section)
	}
	if (section == "[dates]" || section == "[sentences]") && !pair {
		return fmt.Errorf("%s: %q has no meaning", section, line)
	}
	return nil
}
