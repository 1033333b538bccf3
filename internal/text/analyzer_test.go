package text

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"daybook"
)

func analyzer(t testing.TB, name string) *Analyzer {
	t.Helper()
	a, err := New(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTerms(t *testing.T) {
	for _, c := range []struct{ language, in, want string }{
		{"none", "Gunning’s tea, Gunning's TEA; Gunnings", "gunning tea gunning tea gunnings"},
		{"english", "Gunning’s Gunning", "gun gun"},
		{"english", "don’t, don't, dont; o'clock", "dont dont dont oclock"},
		{"english", "‘quoted’ 'words' friends' ’tis", "quot word friend tis"},
		{"english", "plays played playing", "play play play"},
		{"english", "cafés café Cafe naïve", "cafe cafe cafe naiv"},
		{"english", "tea-time **bold** _under_ #a/tag 3.50", "tea time bold under a tag 3 50"},
		{"none", "Straße ﬁne Œuvre Łódź Ångström", "strasse fine oeuvre lodz angstrom"},
		{"none", "e\u0301te\u0301 ｆｕｌｌ", "ete full"},
		{"german", "Häuser Hauses Straßen", "haus haus strass"},
		{"french", "l’homme aujourd'hui étaient", "l homm aujourd hui etaient"},
		{"italian", "dell'amore", "dell amor"},
		{"turkish", "Istanbul'da ISI", "istanbul da is"},
		{"none", "喝茶了 か\u3099き", "喝 茶 了 が き"},
		{"none", "커피를 \u110f\u1165", "커 피 를 커"},
		{"russian", "книги", "книг"},
		{"none", "שָׁלוֹם مَرْحَبًا", "שלום مرحبا"},
		{"none", "--- *** … ½ © ™ → █", ""},
		{"none", "Cake🎂 and 👍🏽, ❤️!", "cake 🎂 and 👍 ❤"},
		{"english", "har\u00adbour walk\u00ading har\u2060bour end\u00ad", "harbour walk harbour end"},
		{"none", "", ""},
	} {
		if got := analyzer(t, c.language).Terms(c.in); got != c.want {
			t.Errorf("%s: Terms(%q) = %q, want %q", c.language, c.in, got, c.want)
		}
	}
}

func TestTokensPointIntoTheText(t *testing.T) {
	s := "At Gunning’s, café."
	var words []string
	for _, tok := range analyzer(t, "en").Tokens(s) {
		words = append(words, s[tok.Start:tok.End])
	}
	if want := []string{"At", "Gunning’s", "café"}; !slices.Equal(words, want) {
		t.Errorf("words %q, want %q", words, want)
	}
}

func TestNewByNameAndCode(t *testing.T) {
	for _, name := range []string{"", "English", "en", " EN "} {
		if a := analyzer(t, name); a.Language() != "english" {
			t.Errorf("New(%q) is %s", name, a.Language())
		}
	}
	if _, err := New("klingon"); daybook.KindOf(err) != daybook.Invalid || !strings.Contains(err.Error(), "german") {
		t.Errorf("an unknown language: %v", err)
	}
	for _, name := range languageNames() {
		if a := analyzer(t, name); a.Language() != name || a.Terms("42 Katze") == "" {
			t.Errorf("the language %s does not work", name)
		}
	}
}

func TestStopWords(t *testing.T) {
	for _, c := range []struct{ language, question, telling string }{
		{"english", "When did I drink tea for the first time?", "drink tea first time"},
		{"english", "What’s the name of Ana's dog, and why don’t I like it?", "name ana dog like"},
		{"german", "Wann habe ich über die Straße geschrieben?", "strass geschrieb"},
		{"french", "Quand est-ce que j’étais à Paris ?", "paris"},
		{"spanish", "¿Cuándo estaba en Madrid?", "madr"},
		{"italian", "Dov'era il gatto?", "gatt"},
		{"dutch", "Wanneer was ik in Gent?", "gent"},
		{"finnish", "Missä olin", "mis ol"},
	} {
		a := analyzer(t, c.language)
		telling := slices.DeleteFunc(a.Tokens(c.question), func(t Token) bool { return a.Stop(t.Term) })
		if got := Join(telling); got != c.telling {
			t.Errorf("%s: what tells in %q is %q, want %q", c.language, c.question, got, c.telling)
		}
	}
}

func TestCacheIsBoundedAndShared(t *testing.T) {
	a := analyzer(t, "english")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range maxCached / 2 {
				word := string([]rune{rune('a' + g), rune('a' + i%26), rune('a' + i/26%26), rune('a' + i/676%26), rune('a' + i/17576)})
				if got, want := a.Term(word), a.analyse(word); got != want {
					t.Errorf("term(%q) = %q, want %q", word, got, want)
				}
			}
		})
	}
	wg.Wait()
	if n := len(a.cache.terms); n == 0 || n > maxCached {
		t.Errorf("%d words cached, want 1 to %d", n, maxCached)
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"Gunning’s café", "don't", "喝茶了", "\xff\xfe", "İıŞ'da", "e\u0301\u0301", "ﷺ ½ ™", "'''", "a'b'c’s", "ก็ 커피"} {
		f.Add(s)
	}
	var all []*Analyzer
	for _, name := range languageNames() {
		all = append(all, analyzer(f, name))
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range all {
			checkTokens(t, a, s)
		}
	})
}

func checkTokens(t *testing.T, a *Analyzer, s string) {
	tokens := a.Tokens(s)
	at := 0
	for _, tok := range tokens {
		if tok.Start < at || tok.End <= tok.Start || tok.End > len(s) {
			t.Fatalf("%s: %q: a token at [%d:%d] after %d", a.Language(), s, tok.Start, tok.End, at)
		}
		at = tok.End
		if utf8.ValidString(s) && !utf8.ValidString(s[tok.Start:tok.End]) {
			t.Fatalf("%s: %q: [%d:%d] cuts a rune", a.Language(), s, tok.Start, tok.End)
		}
		bad := func(r rune) bool { return !inWord(r) || unicode.IsUpper(r) && unicode.ToLower(r) != r }
		if tok.Term == "" || len(tok.Term) > maxTerm || strings.ContainsFunc(tok.Term, bad) {
			t.Fatalf("%s: %q: the term %q", a.Language(), s, tok.Term)
		}
	}
	if got := a.Terms(s); len(tokens) > 0 && len(strings.Split(got, " ")) != len(tokens) {
		t.Fatalf("%s: %q: %d tokens, terms %q", a.Language(), s, len(tokens), got)
	}
}

// realJournal returns the text of a journal of some 550,000 words.
func realJournal(tb testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "../shared/journals/pepys-1660-1664/*/*.md"))
	if err != nil {
		tb.Fatal(err)
	}
	if len(paths) == 0 {
		tb.Skip("the real journal is not beside the project")
	}
	var b strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

func TestRealJournal(t *testing.T) {
	journal := realJournal(t)
	a := analyzer(t, "english")
	begin := time.Now()
	terms := a.Terms(journal)
	t.Logf("%d terms in %v", strings.Count(terms, " ")+1, time.Since(begin))
	if n := strings.Count(terms, " ") + 1; n < 540_000 || n > 600_000 {
		t.Errorf("%d terms", n)
	}
}

func BenchmarkTokens(b *testing.B) {
	journal := realJournal(b)
	for b.Loop() {
		analyzer(b, "english").Tokens(journal)
	}
}
