package links_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/links"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// index has entries in memory.
type index struct {
	entries    []daybook.Entry
	generation int
}

func (x *index) Generation(context.Context) (string, error) { return fmt.Sprint(x.generation), nil }

func (x *index) NoteStates(context.Context, ...store.NoteQuery) (list []store.NoteState, err error) {
	for _, e := range x.entries {
		list = append(list, store.NoteState{EntryID: e.ID, Kind: e.Kind, Path: e.Path, Hash: [32]byte([]byte(fmt.Sprintf("%-32.32s", e.Text)))})
	}
	return list, nil
}

func (x *index) Entries(_ context.Context, ids []string) (list []daybook.Entry, err error) {
	for _, e := range x.entries {
		if slices.Contains(ids, e.ID) {
			list = append(list, e)
		}
	}
	return list, nil
}

// journal is a Book of notes on the disk.
func journal(t testing.TB, notes map[string]string) (*links.Book, *index) {
	t.Helper()
	dir := t.TempDir()
	evergreen := filepath.Join(dir, "Topics")
	for name, text := range notes {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(evergreen, 0o700); err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(vault.Options{Journal: dir, Evergreen: evergreen})
	if err == nil {
		err = v.Detect(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	x := &index{}
	for _, kind := range v.Kinds() {
		folder, err := v.Open(kind)
		if err != nil {
			t.Fatal(err)
		}
		listing, err := folder.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range listing.Files {
			data, read, err := folder.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			n := vault.Read(read, data)
			e := daybook.Entry{ID: string(kind) + " " + f.Path, Kind: kind, Path: f.Path, Title: f.Title, Dates: f.Dates, Text: n.Diary}
			if kind == daybook.Evergreen {
				e.Dates = []daybook.Date{{Year: 2020, Month: time.January, Day: 1}}
			}
			x.entries = append(x.entries, e)
		}
		folder.Close()
	}
	return links.New(x, v), x
}

// Links go where Obsidian and Logseq go.
func TestFollow(t *testing.T) {
	b, x := journal(t, map[string]string{
		"2024/2024-06-04.md":      "# Morning\n\nWe swam to the buoy. ^buoy\n\n## In the *evening*: tea & cake\n\nTea.\n\n- a list item ^item-1\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n^table\n",
		"2024/2024-06-05.md":      "x",
		"2023/2023-06-05 Trip.md": "x",
		"Topics/Ursula.md":        "---\naliases: [Ursi, \"My sister\"]\n---\nBorn in 1960.\n### Her boat\nRed.",
		"Topics/deep/er/Boat.md":  "alias:: The Red One, Vessel\nx", "Topics/Boat.md": "x", "Topics/deep/Über uns.md": "x", "Topics/work___plans.md": "x", "Topics/Dr. Moss.md": "x",
	})
	for link, want := range map[string]string{
		"2024-06-05": "2024/2024-06-05.md", "2024/2024-06-05": "2024/2024-06-05.md", "2024-06-05.md": "2024/2024-06-05.md", "./2024-06-05.md": "2024/2024-06-05.md", "../2024/2024-06-05": "2024/2024-06-05.md",
		"/2024/2024-06-05.md": "2024/2024-06-05.md", "Vault/Daily/2024/2024-06-05": "2024/2024-06-05.md", "June 5th, 2024": "2024/2024-06-05.md", "5 June 2024": "2024/2024-06-05.md", "2024_06_05": "2024/2024-06-05.md",
		"2023-06-05 Trip": "2023/2023-06-05 Trip.md", "2023-06-05": "2023/2023-06-05 Trip.md", "../2023/2023-06-05%20Trip.md": "2023/2023-06-05 Trip.md",
		"Ursula": "Ursula.md", "ursula": "Ursula.md", "Ursi": "Ursula.md", "my sister": "Ursula.md", "Topics/Ursula": "Ursula.md", "Boat": "Boat.md", "er/Boat": "deep/er/Boat.md", "vessel": "deep/er/Boat.md",
		"U\u0308ber uns": "deep/Über uns.md", "work/plans": "work___plans.md", "Dr. Moss": "Dr. Moss.md",
		"#Morning": "2024/2024-06-04.md «Morning»", "2024-06-04#In the evening tea & cake": "2024/2024-06-04.md «In the *evening*: tea & cake»", "2024-06-04#Morning#In the evening: tea cake": "2024/2024-06-04.md «In the *evening*: tea & cake»",
		"2024-06-04#^buoy": "2024/2024-06-04.md «We swam to the buoy.»", "#^item-1": "2024/2024-06-04.md «- a list item»", "2024-06-04#^table": "2024/2024-06-04.md «| 1 | 2 |»", "2024-06-04^buoy": "2024/2024-06-04.md «We swam to the buoy.»",
		"2024-06-04.md#in-the-evening-tea--cake": "2024/2024-06-04.md «In the *evening*: tea & cake»", "Ursula#Her boat": "Ursula.md «Her boat»", "2024-06-04#Nothing": "2024/2024-06-04.md", "2024-06-04#^none": "2024/2024-06-04.md",
		"2024-06-09": "day 2024-06-09", "Nobody": "", "nowhere/Ursula": "", "": "2024/2024-06-04.md", "https://example.org/Ursula": "", "2024-06-31": "",
	} {
		target, err := b.Follow(t.Context(), "daily 2024/2024-06-04.md", link)
		got := target.Entry.Path
		switch {
		case err != nil && daybook.KindOf(err) != daybook.NotFound:
			t.Fatal(err)
		case err == nil && target.Entry.ID == "":
			got = "day " + target.Date.String()
		case err == nil && target.Start >= 0:
			e, _ := store.EntryOf(t.Context(), x, target.Entry.ID)
			got += " «" + e.Text[target.Start:target.End] + "»"
		}
		if got != want {
			t.Errorf("%q leads to %q, want %q", link, got, want)
		}
	}
	if _, err := b.Follow(t.Context(), "nobody", "Ursula"); daybook.KindOf(err) != daybook.NotFound {
		t.Error(err)
	}
}

// Links to a day or a note are found, also through an alias, and after a
// change.
func TestBacklinks(t *testing.T) {
	b, x := journal(t, map[string]string{
		"2024-06-04.md": "See [[#Top]] and [[2024-06-04]].\n# Top", "2024-06-05.md": "As [[2024-06-04|yesterday]], and [yesterday](2024-06-04.md#Top) and [[Ursi]].\n\n```\n[[2024-06-04]]\n```\n", "2024-06-06.md": "![[2024-06-04#Top]] [[2024-06-09]] [x](https://example.org/2024-06-04.md) [[picture.jpg]]",
		"Topics/Ursula.md": "---\nalias: Ursi\n---\n[[June 4th, 2024]]",
	})
	day := func(s string) daybook.Date { d, _ := daybook.ParseDate(s); return d }
	show := func(list []links.Backlink, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, l := range list {
			out = append(out, l.Entry.Title+" "+l.Entry.Text[l.Start:l.End])
		}
		return strings.Join(out, ", ")
	}
	const to4 = "2024-06-06 [[2024-06-04#Top]], 2024-06-05 [[2024-06-04|yesterday]], 2024-06-05 [yesterday](2024-06-04.md#Top), Ursula [[June 4th, 2024]]"
	if got := show(b.BackOf(t.Context(), day("2024-06-04"), 100)); got != to4 {
		t.Error(got)
	}
	if got := show(b.Back(t.Context(), "daily 2024-06-04.md", 2)); got != "2024-06-06 [[2024-06-04#Top]], 2024-06-05 [[2024-06-04|yesterday]]" {
		t.Error(got)
	}
	if got := show(b.BackOf(t.Context(), day("2024-06-09"), 100)); got != "2024-06-06 [[2024-06-09]]" {
		t.Error(got)
	}
	if got := show(b.Back(t.Context(), "evergreen Ursula.md", 100)); got != "2024-06-05 [[Ursi]]" {
		t.Error(got)
	}
	for i := range x.entries {
		if x.entries[i].Title == "2024-06-06" {
			x.entries[i].Text = "Nothing any more."
		}
	}
	x.generation++
	if got := show(b.BackOf(t.Context(), day("2024-06-09"), 100)); got != "" {
		t.Error(got)
	}
}

// A large journal is read once; after that, links are fast.
func TestManyNotes(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes many notes")
	}
	x := &index{}
	day := daybook.Date{Year: 1950, Month: time.January, Day: 1}
	for i := range 40_000 {
		d := day.AddDays(i)
		x.entries = append(x.entries, daybook.Entry{ID: fmt.Sprint(i), Kind: daybook.Daily, Path: d.String() + ".md", Title: d.String(), Dates: []daybook.Date{d}, Text: "As on [[" + day.AddDays(i/2).String() + "]] with [[Somebody]]."})
	}
	v, err := vault.New(vault.Options{Journal: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := links.New(&quick{index: x}, v)
	began := time.Now()
	if list, err := b.BackOf(t.Context(), day.AddDays(100), 10); err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	first := time.Since(began)
	began = time.Now()
	if list, err := b.BackOf(t.Context(), day.AddDays(101), 10); err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	t.Logf("40,000 notes: first %v, then %v", first, time.Since(began))
	if first > time.Minute { // with the race detector, beside other tests
		t.Errorf("it took %v", first)
	}
}

// quick finds entries by their ID.
type quick struct{ *index }

func (q *quick) Entries(_ context.Context, ids []string) (list []daybook.Entry, err error) {
	for _, id := range ids {
		var i int
		if _, err := fmt.Sscan(id, &i); err != nil {
			return nil, err
		}
		list = append(list, q.entries[i])
	}
	return list, nil
}
