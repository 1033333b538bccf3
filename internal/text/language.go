package text

import (
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
)

// rules are the rules of an analyzer for a language.
type rules struct {
	name, code string
	stem       func(*snowballstem.Env) bool // nil does not stem
	// accented says that the stemmer's rules use diacritics, which are
	// therefore removed after it and not before.
	accented bool
	// elides says that an apostrophe separates two words.
	elides bool
}

// languages returns all languages that New knows.
func languages() []rules {
	return []rules{
		{name: "none", code: "none"},
		{name: "english", code: "en", stem: english.Stem},
		{name: "arabic", code: "ar", stem: arabic.Stem, accented: true},
		{name: "danish", code: "da", stem: danish.Stem, accented: true},
		{name: "dutch", code: "nl", stem: dutch.Stem, accented: true},
		{name: "finnish", code: "fi", stem: finnish.Stem, accented: true},
		{name: "french", code: "fr", stem: french.Stem, accented: true, elides: true},
		{name: "german", code: "de", stem: german.Stem, accented: true},
		{name: "hungarian", code: "hu", stem: hungarian.Stem, accented: true},
		{name: "irish", code: "ga", stem: irish.Stem, accented: true},
		{name: "italian", code: "it", stem: italian.Stem, accented: true, elides: true},
		{name: "norwegian", code: "no", stem: norwegian.Stem, accented: true},
		{name: "portuguese", code: "pt", stem: portuguese.Stem, accented: true},
		{name: "romanian", code: "ro", stem: romanian.Stem, accented: true},
		{name: "russian", code: "ru", stem: russian.Stem, accented: true},
		{name: "spanish", code: "es", stem: spanish.Stem, accented: true},
		{name: "swedish", code: "sv", stem: swedish.Stem, accented: true},
		{name: "tamil", code: "ta", stem: tamil.Stem, accented: true},
		{name: "turkish", code: "tr", stem: turkish.Stem, accented: true, elides: true},
	}
}

// lower returns w in lower case, by the rules of the language.
func (l *rules) lower(w string) string {
	if l.code == "tr" {
		return strings.ToLowerSpecial(unicode.TurkishCase, w)
	}
	return strings.ToLower(w)
}
