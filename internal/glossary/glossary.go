// Package glossary stores the words that a person corrected in transcriptions or
// typed in: how names are spelled, and what they were misread as. They are hints
// for later pages. Hints leave out what was learned only from private or deleted
// notes.
package glossary

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// Limits on what is stored and sent.
const (
	maxTerms   = 200
	maxHints   = 60
	maxMisread = 5 // of a word
	maxEntries = 8 // remembered for a word
)

// Term is a word and what it was misread as.
type Term struct {
	Word    string    `json:"word"`
	Misread []string  `json:"misread"`
	Count   int       `json:"count"`   // how often it was corrected
	Typed   bool      `json:"typed"`   // by the person, into the glossary
	Entries []string  `json:"entries"` // IDs of the entries that it was learned from, the latest last
	Updated time.Time `json:"updated"`
}

// Config configures a Glossary. All fields are required.
type Config struct {
	Path string // of the glossary's file
	Now  func() time.Time
	// Public reports which of the given entries exist and are not private.
	Public func(ctx context.Context, ids []string) (map[string]bool, error)
}

// Glossary is the glossary of one owner. It is safe for concurrent use.
type Glossary struct {
	Config
	mu sync.Mutex
}

// New returns a Glossary. The file need not exist.
func New(c Config) *Glossary { return &Glossary{Config: c} }

// Learn compares a transcription with its correction and remembers the words that
// were misread. It ignores private entries.
func (g *Glossary) Learn(ctx context.Context, entry, before, after string) error {
	lessons := lessonsOf(before, after)
	if len(lessons) == 0 {
		return nil
	}
	public, err := g.Public(ctx, []string{entry})
	if err != nil || !public[entry] {
		return err
	}
	return g.change(func(terms []Term) ([]Term, error) {
		for _, l := range lessons {
			terms = g.learn(terms, l, entry)
		}
		return g.bounded(terms), nil
	})
}

// learn adds a lesson. If the misread word is itself a learned term, it was wrong
// and is removed.
func (g *Glossary) learn(terms []Term, l Lesson, entry string) []Term {
	terms = slices.DeleteFunc(terms, func(t Term) bool { return t.Word == l.Misread && !t.Typed })
	i := slices.IndexFunc(terms, func(t Term) bool { return t.Word == l.Word })
	if i < 0 {
		i = len(terms)
		terms = append(terms, Term{Word: l.Word})
	}
	t := &terms[i]
	t.Count++
	t.Updated = g.Now()
	t.Misread = appendUnique(t.Misread, l.Misread, maxMisread)
	t.Entries = appendUnique(t.Entries, entry, maxEntries)
	return terms
}

// bounded drops the words corrected least often, then the oldest.
func (g *Glossary) bounded(terms []Term) []Term {
	if len(terms) <= maxTerms {
		return terms
	}
	byUse(terms)
	return terms[:maxTerms]
}

// byUse sorts typed words first, then those corrected most often, then the latest.
func byUse(terms []Term) {
	slices.SortFunc(terms, func(a, b Term) int {
		if a.Typed != b.Typed {
			if a.Typed {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Count-a.Count, b.Updated.Compare(a.Updated), strings.Compare(a.Word, b.Word))
	})
}

// Terms returns the glossary in alphabetical order, without words whose entries are
// all deleted or private.
func (g *Glossary) Terms(ctx context.Context) ([]Term, error) {
	g.mu.Lock()
	terms, err := g.load()
	g.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range terms {
		ids = append(ids, t.Entries...)
	}
	slices.Sort(ids)
	public, err := g.Public(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	terms = slices.DeleteFunc(terms, func(t Term) bool {
		return !t.Typed && !slices.ContainsFunc(t.Entries, func(id string) bool { return public[id] })
	})
	slices.SortFunc(terms, func(a, b Term) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Word), strings.ToLower(b.Word)), strings.Compare(a.Word, b.Word))
	})
	return terms, nil
}

// Hints returns the words for a prompt, each with what it was misread as, such as
// "Ursula (misread as Ursala)". A lowercase word must have been corrected twice: a
// single correction may be a slip of the pen.
func (g *Glossary) Hints(ctx context.Context) ([]string, error) {
	terms, err := g.Terms(ctx)
	if err != nil {
		return nil, err
	}
	terms = slices.DeleteFunc(terms, func(t Term) bool {
		return !t.Typed && t.Count < 2 && !unicode.IsUpper([]rune(t.Word)[0])
	})
	byUse(terms)
	var hints []string
	for _, t := range terms[:min(len(terms), maxHints)] {
		hint := t.Word
		if len(t.Misread) > 0 {
			hint += " (misread as " + strings.Join(t.Misread, ", ") + ")"
		}
		hints = append(hints, hint)
	}
	slices.Sort(hints)
	return hints, nil
}

// Put adds a word that the person typed, or changes one.
func (g *Glossary) Put(_ context.Context, word string, misread []string) error {
	if err := check("body.word", word); err != nil {
		return err
	}
	if len(misread) > maxMisread {
		return &daybook.Error{Kind: daybook.Invalid, Field: "body.misread", Message: "A word can have at most five misreadings."}
	}
	for _, m := range misread {
		if err := check("body.misread", m); err != nil {
			return err
		}
	}
	return g.change(func(terms []Term) ([]Term, error) {
		i := slices.IndexFunc(terms, func(t Term) bool { return t.Word == word })
		if i < 0 {
			if len(terms) >= maxTerms && !slices.ContainsFunc(terms, func(t Term) bool { return !t.Typed }) {
				return nil, daybook.Errorf(daybook.Conflict, "The glossary is full (%d words). Remove one first.", maxTerms)
			}
			i = len(terms)
			terms = append(terms, Term{Word: word})
		}
		terms[i].Typed, terms[i].Misread, terms[i].Updated = true, misread, g.Now()
		return g.bounded(terms), nil
	})
}

func check(field, word string) error {
	if n := utf8.RuneCountInString(word); n == 0 || n > 2*longestWord || strings.ContainsFunc(word, unicode.IsControl) || strings.TrimSpace(word) != word {
		return &daybook.Error{Kind: daybook.Invalid, Field: field, Message: "A word must have 1 to 80 characters, on one line."}
	}
	return nil
}

// Remove removes a word. The error is daybook.NotFound if the word is unknown.
func (g *Glossary) Remove(_ context.Context, word string) error {
	return g.change(func(terms []Term) ([]Term, error) {
		i := slices.IndexFunc(terms, func(t Term) bool { return t.Word == word })
		if i < 0 {
			return nil, daybook.Errorf(daybook.NotFound, "This word is not in the glossary.")
		}
		return slices.Delete(terms, i, i+1), nil
	})
}

// change changes the file.
func (g *Glossary) change(f func([]Term) ([]Term, error)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	terms, err := g.load()
	if err != nil {
		return err
	}
	if terms, err = f(terms); err != nil {
		return err
	}
	data, err := json.Marshal(terms)
	if err == nil {
		err = replace(g.Path, data)
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The glossary could not be saved. The disk may be full.", Err: err}
	}
	return nil
}

// load reads the file: another process may have changed it.
func (g *Glossary) load() ([]Term, error) {
	data, err := os.ReadFile(g.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var terms []Term
	if err == nil {
		err = json.Unmarshal(data, &terms)
	}
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The glossary " + g.Path + " could not be read.", Err: err}
	}
	return slices.DeleteFunc(terms, func(t Term) bool { return t.Word == "" }), nil
}

// replace replaces a file in one step.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".glossary-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
