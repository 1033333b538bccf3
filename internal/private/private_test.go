package private_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/private"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// journal is a journal with its guard.
type journal struct {
	t       *testing.T
	folder  string
	store   *sqlite.Store
	indexer *ingest.Indexer
	guard   *private.Guard
}

func newJournal(t *testing.T, notes map[string]string) *journal {
	folder := t.TempDir()
	st := must(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db")))(t)
	t.Cleanup(func() { _ = st.Close() })
	v := must(vault.New(vault.Options{Journal: folder, PrivateTags: []string{"#private"}}))(t)
	a := must(text.New("english"))(t)
	x := ingest.New(v, a, st)
	j := &journal{t, folder, st, x, private.New(private.Config{Index: st, Analyzer: a, Vault: v, Current: x.Current})}
	for name, note := range notes {
		j.write(name, note)
	}
	j.index()
	return j
}

func (j *journal) write(name, note string) {
	if err := os.WriteFile(filepath.Join(j.folder, name), []byte(note), 0o600); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journal) index() {
	must(j.indexer.Run(j.t.Context(), nil))(j.t)
}

func (j *journal) id(path string) string {
	for _, e := range must(j.store.Newest(j.t.Context(), store.Filter{}, 0))(j.t) {
		if e.Path == path {
			return e.ID
		}
	}
	j.t.Fatalf("%s is not indexed", path)
	return ""
}

func diary() map[string]string {
	return map[string]string{
		"05-01-2024.md": "We walked to the harbour, and then we went home again in the rain.",
		"05-02-2024.md": "---\nprivate: true\n---\nWe walked to the harbour, and there I found the quillwort that nobody else had ever seen before. Called 5551234.",
		"05-03-2024.md": "Soup, and a book about the sea.",
	}
}

func TestBetrays(t *testing.T) {
	j := newJournal(t, diary())
	secret := j.id("05-02-2024.md")
	for said, want := range map[string]bool{
		"":                              false,
		"We walked to the harbour":      false, // in another note, too
		"Nothing of the kind, it said.": false,
		"On 2 May 2024 it rained.":      false,
		"You found QUILLWORTS.":         true,
		"What of the quíllwort?":        true,
		"Call 5551234":                  true,
		"and there I found":             true, // four words in a row
		"and there was":                 false,
		"> … that nobody\n> else had ever … [1]": true,
	} {
		ids, unknown, err := j.guard.Betrays(t.Context(), said)
		if err != nil || unknown || slices.Contains(ids, secret) != want {
			t.Errorf("%q: %q, unknown %t (%v), want %t", said, ids, unknown, err, want)
		}
	}
	j.write("05-02-2024.md", "No more of it.")
	j.index()
	if ids, _, err := j.guard.Betrays(t.Context(), "quillwort"); err != nil || len(ids) > 0 {
		t.Errorf("what stands nowhere any more is %q (%v)", ids, err)
	}
}

// While the notes are read by new rules nothing of unknown origin is sent.
func TestNothingIsKnownWhileNotesAreRead(t *testing.T) {
	j := newJournal(t, diary())
	j.guard.Current = func(context.Context) (bool, error) { return false, nil }
	if _, unknown, err := j.guard.Betrays(t.Context(), "Hello."); err != nil || !unknown {
		t.Errorf("unknown %t (%v)", unknown, err)
	}
}

func TestFileIsBelievedBeforeTheIndex(t *testing.T) {
	j := newJournal(t, diary())
	id := j.id("05-03-2024.md")
	is := func() bool { return must(j.guard.Among(t.Context(), []string{id, "nobody"}))(t)[id] }
	if is() {
		t.Fatal("it is private from the beginning")
	}
	j.write("05-03-2024.md", "Soup, and a book. #private")
	if !is() {
		t.Error("it was marked, and nobody knows")
	}
	j.index()
	j.write("05-03-2024.md", "---\nprivate: true\ntags: [\n---\nSoup, and a book.")
	if !is() {
		t.Error("its front matter broke, and it is open")
	}
	j.index()
	if e := must(store.EntryOf(t.Context(), j.store, id))(t); !e.Private {
		t.Error("it cannot be read, and the index calls it open")
	}
	j.write("05-03-2024.md", "Soup, and a book. #private") // the bytes that were indexed last
	j.index()
	j.write("05-03-2024.md", "Soup, and a book.")
	j.index()
	if is() || must(store.EntryOf(t.Context(), j.store, id))(t).Private {
		t.Error("it was unmarked, and stays private")
	}
}

// Front matter that breaks and is mended again leaves the note as it is marked.
func TestBrokenAndMended(t *testing.T) {
	notes := diary()
	j := newJournal(t, notes)
	j.write("05-03-2024.md", "---\nprivate: true\na: [\n---\nSoup, and a book about the sea.")
	j.index()
	id := j.id("05-03-2024.md")
	if !must(store.EntryOf(t.Context(), j.store, id))(t).Private {
		t.Error("it is open")
	}
	j.write("05-03-2024.md", notes["05-03-2024.md"])
	j.index()
	if must(store.EntryOf(t.Context(), j.store, id))(t).Private {
		t.Error("it stays private")
	}
}

func TestScan(t *testing.T) {
	j := newJournal(t, map[string]string{
		"05-02-2024.md":       "---\nprivate: true\n---\n### Page\n![[05-02-2024.jpg]]\n![[sub/05-09-2024 x.JPG|100]]\n![a](<05-08-2024 y.png>)\n",
		"05-03-2024.md":       "### Page\n![[05-03-2024.jpg]]\n![[both.m4a]] ![[05-12-2024.png]] ![[Ça va.ogg]] ![](a%20b%20%281%29.wav) ![[html.png]] ![[alt.webm]] ![[ref.pdf]] ![[linked.pdf]] ![[amp&.png]] ![[open.m4a]]\n",
		"05-20-2024.markdown": "---\nprivate: true\n---\nAlone.\n",
		"06-01-2024.md": "---\nprivate: true\n---\nWords. ![[both.m4a]] ![](sub/05-12-2024.png)\n![[C\u0327a VA.ogg]] ![x](<a b (1).wav>)\n<img src=\"html.png\"> <video poster=x src='alt.webm'></video>\n[r]: ref.pdf\n[it](linked.pdf#page=2 \"title\") ![](amp&amp;.png)\n" +
			"![](single.png 'a title') ![](size.png =100x20) ![](paren.png (a title)) ![](esc\\(1\\).png) ![](<angle (2).png>)\n",
	})
	for name, want := range map[string]bool{
		"both.m4a": true, "05-12-2024.png": true, "Ça va.ogg": true, "a b (1).wav": true, "html.png": true, "alt.webm": true, "ref.pdf": true, "linked.pdf": true,
		"single.png": true, "size.png": true, "paren.png": true, "esc(1).png": true, "angle (2).png": true,
		"amp&.png": true, "open.m4a": false, "05-03-2024.jpg": false,
	} {
		if got := must(j.guard.File(t.Context(), name))(t); got != want {
			t.Errorf("%s, which a public note embeds too: private %t", name, got)
		}
	}
	for _, c := range []struct {
		scan, note string
		want       bool
	}{
		{"05-02-2024.jpg", "05-02-2024.md", true}, {"05-02-2024 2.jpg", "05-02-2024.md", true}, {"05-03-2024.jpg", "05-03-2024.md", false},
		{"sub/05-09-2024 x.jpg", "sub/05-09-2024.md", true}, {"05-08-2024 y.png", "05-08-2024.md", true}, {"05-07-2024.jpg", "05-07-2024.md", false},
		{"05-20-2024.jpg", "05-20-2024.md", true}, {"05-20-2024.jpg", "05-20-2024.markdown", true},
	} {
		if got := must(j.guard.Scan(t.Context(), c.scan, c.note))(t); got != c.want {
			t.Errorf("%s of %s: %t", c.scan, c.note, got)
		}
	}
	if err := os.Remove(filepath.Join(j.folder, "05-02-2024.md")); err != nil {
		t.Fatal(err)
	}
	if must(j.guard.Note(t.Context(), "05-02-2024.md"))(t) {
		t.Error("a note that was deleted is private")
	}
}

// A note that was just marked private, or written, protects its files before it is
// indexed.
func TestFilesOfANoteJustMarked(t *testing.T) {
	j := newJournal(t, map[string]string{
		"05-02-2024.md": "Sang all morning.\n![[song.m4a]]\n",
		"05-03-2024.md": "### Page\n![[page.jpg]]\n",
	})
	file := func(name string) bool { return must(j.guard.File(t.Context(), name))(t) }
	if file("song.m4a") || file("page.jpg") || file("late.m4a") {
		t.Fatal("a file of a public note is private")
	}
	j.write("05-02-2024.md", "---\nprivate: true\n---\nSang all morning.\n![[song.m4a]]\n")
	j.write("05-04-2024.md", "#private ![](a/late%2Em4a) and [a page](../page.jpg)\n")
	for _, name := range []string{"song.m4a", "page.jpg", "late.m4a", "sub/LATE.m4a"} {
		if !file(name) {
			t.Errorf("%s of a note that was just marked private may be sent", name)
		}
	}
	if !must(j.guard.Scan(t.Context(), "page.jpg", "05-03-2024.md"))(t) {
		t.Error("a page that a new private note links to may be sent")
	}
	j.write("05-04-2024.md", "Nothing of the sort any more.\n")
	if file("late.m4a") {
		t.Error("the file of a note that is public again stays private")
	}
}

// A line of many links that do not end is read in a time that grows as the line does.
func TestManyOpenLinks(t *testing.T) {
	j := newJournal(t, map[string]string{"06-01-2024.md": "---\nprivate: true\n---\n![[a.png]]" + strings.Repeat(" ](<a)", 4_000)})
	began := time.Now()
	if !must(j.guard.File(t.Context(), "a.png"))(t) {
		t.Error("the file is open")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestAllow(t *testing.T) {
	j := newJournal(t, diary())
	secret, open := j.id("05-02-2024.md"), j.id("05-01-2024.md")
	quoted := "there I found the quillwort that nobody else had ever seen"
	for name, c := range map[string]struct {
		out  llm.Outgoing
		want error
	}{
		"an open entry":               {llm.Outgoing{Contents: llm.Holding([]string{open}), Texts: []string{"We walked to the harbour"}}, nil},
		"an entry that is gone":       {llm.Outgoing{Contents: llm.Holding([]string{"gone"})}, nil},
		"a private entry":             {llm.Outgoing{Contents: llm.Holding([]string{open, secret})}, llm.ErrWithheld},
		"a private page":              {llm.Outgoing{Contents: llm.HoldingPage(llm.ScanPage{Scan: "05-02-2024.jpg", Note: "05-02-2024.md", Page: 1})}, llm.ErrWithheld},
		"an open page":                {llm.Outgoing{Contents: llm.HoldingPage(llm.ScanPage{Scan: "05-01-2024.jpg", Note: "05-01-2024.md", Page: 1})}, nil},
		"a quotation":                 {llm.Outgoing{Contents: llm.Holding(nil), Texts: []string{"x", "… " + quoted + " …"}}, llm.ErrWithheld},
		"what the user typed":         {llm.Outgoing{Contents: llm.Holding(nil, "What is "+quoted+"?"), Texts: []string{"<QUERY>What is " + quoted + "?</QUERY>"}}, nil},
		"a few words by chance":       {llm.Outgoing{Contents: llm.Holding(nil), Texts: []string{"and there I found nothing"}}, nil},
		"words that are open as well": {llm.Outgoing{Contents: llm.Holding(nil), Texts: []string{"We walked to the harbour, and then we went home again in the rain."}}, nil},
	} {
		if err := j.guard.Allow(t.Context(), c.out); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := j.guard.Allow(t.Context(), llm.Outgoing{}); daybook.KindOf(err) != daybook.Internal {
		t.Errorf("a request that does not say what is in it: %v", err)
	}
}
