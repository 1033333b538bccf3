// Package settings decides, once and at start, how Daybook is set up: a flag
// wins over the environment, that over the settings file, that over the
// default. Every setting is a line of one table (table.go), from which the
// flags, the README's reference and the answer to "where does this come from"
// are made.
//
// No error of this package's own shows a value: a key pasted into the wrong
// line stays private.
package settings

import (
	"errors"
	"net/netip"
	"strings"
	"time"
)

// Sources is where settings come from. The package asks nothing else of the
// process's environment.
type Sources struct {
	// Flags are the flags that were given, by name without dashes. Those that
	// [Flags] does not list are ignored.
	Flags map[string]string
	// Getenv returns an environment variable; an empty one counts as not set.
	Getenv func(string) string
	// Home is the user's home folder, "" where there is none.
	Home string
	// Dir is the absolute folder from which relative paths in flags and
	// variables are meant. Those in the file are meant from the file's folder.
	Dir string
	// LookupHost returns the addresses of a host's name. Without it, names other
	// than localhost are not known.
	LookupHost func(host string) ([]netip.Addr, error)
	// GOOS is the platform whose conventions hold, as runtime.GOOS names it.
	GOOS string
	// CheckLanguage refuses a journal's language, in lower case, with an error
	// that says which there are. Nil lets every language in.
	CheckLanguage func(string) error
	// CheckDateFormat refuses a way of writing dates in the names of notes,
	// with an error that says what it lacks. Nil lets every format in.
	CheckDateFormat func(string) error

	// Keychain has the keys that were stored; nil reads those of the file alone.
	Keychain Keychain

	// edited is the settings file as it will be written; nil reads the file.
	edited []byte
}

// Settings are all of them, checked. Paths are absolute; an empty one is not
// set. It may be printed and logged: secrets in it say "set".
type Settings struct {
	ConfigFile string // the settings file that was read, "" where none was

	Addr      string // host:port to listen on; an empty host is all interfaces
	BasePath  string // where a proxy serves Daybook below its host, such as "/daybook"; "" is the top
	Journal   string // folder of the daily notes; "" serves the demo journal
	Evergreen string // folder of the notes without a day
	Data      string // folder of what Daybook keeps; never empty
	// Store is the address of the store, which may hold a password: ask
	// [Settings.StorePlace] for what may be shown. Without one it is the file
	// [Settings.Database]. StoreKey is the key of a LanceDB server.
	Store, StoreKey Secret
	Owner           string // whose journal it is, in a store with several

	Prompts string // folder of prompts that replace the built-in ones
	// Instructions are how the person wants to be answered; "" for nothing.
	Instructions string
	DateFormats  []string // of note names; none reads every common form
	Language     string   // of the journal, in lower case, such as "english"
	Timezone     *time.Location
	MonthFirst   bool // 5/6/2020 is the 6th of May
	// Anniversaries are days of every year, as "my birthday=02-23": names in
	// lower case, with a month and a day of it.
	Anniversaries []string
	PrivateTags   []string // that make a note private, such as "#private"
	CORSOrigins   []string // pages that may ask, such as "http://localhost:5173"
	AllowedHosts  []string // names the server may be asked under, in lower case, without ports
	TLSCert       string   // file; "" serves without encryption
	TLSKey        string   // file; set if and only if TLSCert is
	Token         Secret   // not a weak one; unset, the server generates its own
	NoToken       bool     // serve without a token; only with a loopback Addr and no AllowedHosts

	// The models by task. A zero Model is a task that nothing was set for;
	// Chat and Embedding are never zero, but may be offline, BuiltIn or None.
	Chat, Intent, Embedding, Transcription, Speech, Rerank Model
	// BuiltinModel is the folder of the built-in embedding model; "" leaves it
	// to be looked for.
	BuiltinModel string

	PageLongest          int  // pixels of a page's picture, as it is sent to be read
	PageSplit            bool // a picture that is wider than high is two pages
	PagesAtOnce          int  // that are read
	TranscriptionPartial bool // save incomplete transcriptions

	SearchHelp SearchHelp // of the model that answers

	ChatMaxOutputTokens int           // 0 leaves it to the provider's adapter
	TopK                int           // 1 to 100
	AnalysisAtOnce      int           // steps of analyses, 1 to 64
	ConfirmSize         int           // tokens above which an analysis asks first; 0 is never
	ConfirmCost         float64       // the same
	MonthlyCap          float64       // on what models cost; 0 is none
	Currency            string        // of costs, as in "USD"
	UndoDays            int           // 1 to 3650
	HistoryDays         int           // 0 to 36500; 0 is for good
	BackupKeep          int           // daily backups, 0 to 1000; 0 makes none
	BackupDir           string        // of the daily backups; "" is in the data folder
	BackupRecipients    []string      // that the daily backups are encrypted for
	IdleTimeout         time.Duration // after which a silent provider is given up
	InsecureHTTP        bool          // http may go beyond private networks

	// Providers are those that can be used, by name. The offline provider is
	// not among them.
	Providers []Provider
	// Budgets, Prices and ContextWindows (in tokens) are keyed by "provider/model" or
	// "provider"; ask [Settings.Budget] and [Settings.ContextWindow].
	Budgets        map[string]Budget
	Prices         map[string]Price
	ContextWindows map[string]int

	// Notices are sentences about settings that are set and no longer needed.
	Notices []string

	lines []Line
}

// Budget bounds what a provider is asked in a minute. Zero means no bound.
type Budget struct {
	RequestsPerMinute int
	TokensPerMinute   int
}

// Line is a setting as the check command shows it.
type Line struct {
	Name   string // such as "addr"
	Value  string // "" when it is not set, "set" for a secret
	Origin string // "flag --addr", "DAYBOOK_ADDR", "/…/config.toml line 3" or "default"
}

// Demo reports whether there is no journal, so that the demo journal is
// served.
func (s Settings) Demo() bool { return s.Journal == "" }

// Describe returns every setting, in the table's order, with where its value
// came from. Those that users no longer need are listed if they are set.
func (s Settings) Describe() []Line { return s.lines }

// Origin returns where a setting comes from; see Line.
func (s Settings) Origin(name string) string {
	for _, l := range s.lines {
		if l.Name == name {
			return l.Origin
		}
	}
	return ""
}

// Outranks reports whether the settings file could not change what an origin
// says.
func Outranks(origin string) bool {
	return strings.HasPrefix(origin, "flag --") || strings.HasPrefix(origin, "DAYBOOK_")
}

// Provider returns the provider of that name and whether it can be used;
// "google-ai" is another name for "gemini".
func (s Settings) Provider(name string) (Provider, bool) {
	name = canonical(name)
	for _, p := range s.Providers {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

// ContextWindow returns how many tokens a prompt and its answer may take
// together, as set for the model or else for its provider, and whether either
// was set.
func (s Settings) ContextWindow(m Model) (tokens int, ok bool) {
	return forModel(s.ContextWindows, m)
}

func forModel[V any](values map[string]V, m Model) (V, bool) {
	provider := canonical(m.Provider)
	if v, ok := values[provider+"/"+m.Model]; ok {
		return v, true
	}
	v, ok := values[provider]
	return v, ok
}

// Load reads, merges and checks the settings. Where something is wrong it
// returns all that is, joined: each a *daybook.Error of kind Invalid that
// names the setting, where it came from and what would be right.
func Load(src Sources) (Settings, error) {
	l := &loader{Sources: src, draft: newDraft(), origins: map[string]string{}}
	l.readFile()
	settings := table()
	for _, s := range settings {
		l.take(s)
	}
	l.refuseUnknownKeys(settings)
	l.finish()
	if len(l.problems) > 0 {
		return Settings{}, errors.Join(l.problems...)
	}
	for _, s := range settings {
		if s.instead != "" && l.origins[s.name] == "default" {
			continue
		}
		l.draft.lines = append(l.draft.lines, Line{s.name, s.value.show(&l.draft), l.origins[s.name]})
	}
	return l.draft.Settings, nil
}

// canonical returns the one name of a provider that has two.
func canonical(provider string) string {
	if provider = strings.TrimSpace(provider); provider == "google-ai" {
		return "gemini"
	}
	return provider
}
