// Package prompts holds the instructions to the models, one built-in Markdown file
// for each. Files in a folder of the owner's can override them.
package prompts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"daybook"
)

//go:embed *.md
var builtin embed.FS

// maxSize bounds a prompt file, in bytes.
const maxSize = 64 << 10

// Chat is what the chat prompt may speak of.
type Chat struct {
	Today  string // as in "Monday, 2 January 2006"
	Recent bool   // the passages are the newest of the journal
}

// Agent is what the prompt for looking things up may speak of.
type Agent struct {
	Today       string // as in "Monday, 2 January 2006"
	First, Last string // the journal's days; "" where it has none
	Rounds      int    // of tool calls, at most
}

// Transcribe is what the prompt for reading a page may speak of.
type Transcribe struct {
	Tags, Names []string // of the journal
	// Corrected are words that the person corrected in earlier pages, each with what
	// it was misread as.
	Corrected []string
}

// Analysis is what the prompts of an analysis may speak of.
type Analysis struct {
	Analyst string // the brief that a model wrote for this question
	Round   bool   // final.md: only some of the years, to be put together later
}

// Prompt is a prompt that can be replaced.
type Prompt struct {
	Name  string // of its file, without .md
	Title string // what it is for
	// example is what it is tried on.
	example any
}

// All are the prompts, in the order in which they are listed.
var All = []Prompt{
	{"chat", "Answers", Chat{}},
	{"agent", "Agent mode", Agent{}},
	{"intent", "Understanding questions", nil},
	{"searches", "Other searches for a question", nil},
	{"rank", "Ordering passages", nil},
	{"count", "Counting days", nil},
	{"title", "Titles of conversations", nil},
	{"transcribe", "Reading scans", Transcribe{Tags: []string{"#day"}, Names: []string{"Nell"}, Corrected: []string{"Nell (misread as Neil)"}}},
	{"analyst", "Analyses: briefing", Analysis{Analyst: "x", Round: true}},
	{"subyear", "Analyses: reading entries", Analysis{Analyst: "x", Round: true}},
	{"year", "Analyses: a year", Analysis{Analyst: "x", Round: true}},
	{"final", "Analyses: the report", Analysis{Analyst: "x", Round: true}},
	{"compare", "Analyses: comparing periods", Analysis{Analyst: "x", Round: true}},
}

// Set is a complete set of prompts.
type Set struct {
	templates map[string]*template.Template // by Prompt.Name
}

// Load returns the built-in prompts, each replaced by the file of the same
// name in override where there is one; override may be nil. A file that is
// not a prompt's name is refused, so that a misspelt one is noticed, and so
// is one that does not work as a template.
func Load(override fs.FS) (*Set, error) {
	if err := checkNames(override); err != nil {
		return nil, err
	}
	set := &Set{templates: map[string]*template.Template{}}
	for _, p := range All {
		data, err := read(override, p.Name+".md")
		if err != nil {
			return nil, err
		}
		if set.templates[p.Name], err = p.parse(data); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// Builtin returns the built-in text of a prompt.
func (p Prompt) Builtin() string {
	data, err := builtin.ReadFile(p.Name + ".md")
	if err != nil {
		panic(err) // All names embedded files
	}
	return string(data)
}

// Check returns why a text cannot replace the prompt, nil if it can. The error is
// daybook.Invalid.
func (p Prompt) Check(text string) error {
	if len(text) > maxSize {
		return daybook.Errorf(daybook.Invalid, "the prompt %s is larger than %d KB", p.Name, maxSize>>10)
	}
	_, err := p.parse([]byte(text))
	return err
}

// Analyst returns the system text of briefing the analysts of a question.
func (s *Set) Analyst() (string, error) { return render(s.templates["analyst"], Analysis{}) }

// Subyear returns the system text of analysing entries.
func (s *Set) Subyear(a Analysis) (string, error) { return render(s.templates["subyear"], a) }

// Year returns the system text of putting the analyses of a year together.
func (s *Set) Year(a Analysis) (string, error) { return render(s.templates["year"], a) }

// Final returns the system text of putting years together.
func (s *Set) Final(a Analysis) (string, error) { return render(s.templates["final"], a) }

// Compare returns the system text of comparing periods.
func (s *Set) Compare(a Analysis) (string, error) { return render(s.templates["compare"], a) }

// Chat returns the system text of a chat.
func (s *Set) Chat(c Chat) (string, error) { return render(s.templates["chat"], c) }

// Agent returns the system text of looking things up by tools.
func (s *Set) Agent(a Agent) (string, error) { return render(s.templates["agent"], a) }

// Transcribe returns the system text of reading a page.
func (s *Set) Transcribe(t Transcribe) (string, error) { return render(s.templates["transcribe"], t) }

// Count returns the system text for choosing the days that count.
func (s *Set) Count() (string, error) { return render(s.templates["count"], nil) }

// Intent returns the system text for classifying a question.
func (s *Set) Intent() (string, error) { return render(s.templates["intent"], nil) }

// Title returns the system text for naming a conversation.
func (s *Set) Title() (string, error) { return render(s.templates["title"], nil) }

// Searches returns the system text for writing other searches for a question.
func (s *Set) Searches() (string, error) { return render(s.templates["searches"], nil) }

// Rank returns the system text for ordering the passages that a search found.
func (s *Set) Rank() (string, error) { return render(s.templates["rank"], nil) }

func checkNames(override fs.FS) error {
	if override == nil {
		return nil
	}
	files, err := fs.Glob(override, "*.md")
	if err != nil {
		return fmt.Errorf("list the prompts folder: %w", err)
	}
	for _, name := range files {
		if _, err := fs.Stat(builtin, name); err != nil {
			return daybook.Errorf(daybook.Invalid, "the prompts folder contains %s, which is not the name of a prompt; the names are %s", path.Base(name), strings.Join(names(), ", "))
		}
	}
	return nil
}

// names are the files of all prompts.
func names() []string {
	files, _ := fs.Glob(builtin, "*.md") // the pattern is right
	return files
}

// parse reads a prompt and tries it on an example, so that a mistake in it shows
// at the start and not in somebody's question.
func (p Prompt) parse(data []byte) (*template.Template, error) {
	name := p.Name + ".md"
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"join": strings.Join}).Parse(string(data))
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Message: "the prompt " + name + " is not a valid template", Err: err}
	}
	if out, err := render(t, p.example); err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Message: "the prompt " + name + " does not work", Err: err}
	} else if out == "" {
		return nil, daybook.Errorf(daybook.Invalid, "the prompt %s is empty", name)
	}
	return t, nil
}

func read(override fs.FS, name string) ([]byte, error) {
	source := fs.FS(builtin)
	if override != nil {
		info, err := fs.Stat(override, name)
		switch {
		case err == nil && info.Size() > maxSize:
			return nil, daybook.Errorf(daybook.Invalid, "the prompt %s is larger than %d KB", name, maxSize>>10)
		case err == nil:
			source = override
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read the prompt %s: %w", name, err)
		}
	}
	data, err := fs.ReadFile(source, name)
	if err != nil {
		return nil, fmt.Errorf("read the prompt %s: %w", name, err)
	}
	return data, nil
}

func render(t *template.Template, data any) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("fill in the prompt %s: %w", t.Name(), err)
	}
	return strings.TrimSpace(b.String()), nil
}
