package ingest_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// layout is a way in which an app keeps a journal.
type layout struct {
	files map[string]string         // besides the notes
	name  func(d time.Time) string  // of a day's note
	note  func(words string) string // around its words
}

func named(pattern string) func(time.Time) string {
	return func(d time.Time) string { return d.Format(pattern) + ".md" }
}

func bare(words string) string { return words + "\n" }

func outline(words string) string {
	return "- " + strings.ReplaceAll(words, ". ", ".\n\t- ") + "\n\t  id:: 64f1a2b3-1111-2222-3333-444455556666\n"
}

func withProperties(words string) string {
	return "---\ntitle: Today: a day\ntags: [day]\n---\n# Notes\n" + words + " ^b1c2d3\n\n```dataview\nLIST\n```\n"
}

// layouts are of Obsidian, with its daily notes and its Periodic Notes plugin, of
// Logseq, jrnl and what Day One's notes become.
var layouts = map[string]layout{
	"obsidian":          {map[string]string{".obsidian/app.json": "{}"}, named("2006-01-02"), bare},
	"obsidian-folder":   {map[string]string{".obsidian/daily-notes.json": `{"folder": "Daily", "template": "Meta/Template"}`, "Meta/Template.md": "x"}, func(d time.Time) string { return "Daily/" + d.Format("2006-01-02") + ".md" }, withProperties},
	"obsidian-tree":     {map[string]string{".obsidian/daily-notes.json": `{"folder": "Journal", "format": "YYYY/MM-MMMM/YYYY-MM-DD-dddd"}`}, func(d time.Time) string { return "Journal/" + d.Format("2006/01-January/2006-01-02-Monday") + ".md" }, withProperties},
	"obsidian-day":      {map[string]string{".obsidian/daily-notes.json": `{"format": "YYYY/MM/DD"}`}, named("2006/01/02"), bare},
	"obsidian-words":    {map[string]string{".obsidian/daily-notes.json": `{"format": "MMMM D, YYYY"}`}, named("January 2, 2006"), bare},
	"obsidian-weekday":  {map[string]string{".obsidian/daily-notes.json": `{"format": "dddd, D MMMM YYYY"}`}, named("Monday, 2 January 2006"), bare},
	"obsidian-compact":  {map[string]string{".obsidian/app.json": "{}"}, named("20060102"), withProperties},
	"obsidian-dots":     {map[string]string{".obsidian/app.json": "{}"}, named("02.01.2006"), bare},
	"obsidian-titles":   {map[string]string{".obsidian/app.json": "{}"}, func(d time.Time) string { return d.Format("2006-01-02") + " Beach day.md" }, bare},
	"obsidian-american": {map[string]string{".obsidian/app.json": "{}"}, named("01-02-2006"), bare},
	"obsidian-short":    {map[string]string{".obsidian/app.json": "{}"}, named("2006-1-2"), bare},
	"periodic": {map[string]string{".obsidian/plugins/periodic-notes/data.json": `{"daily": {"enabled": true, "folder": "Periodic/Daily", "format": "YYYY-MM-DD", "template": "T/daily.md"}, "weekly": {"enabled": true}}`, "T/daily.md": "x", "Periodic/2024-W24.md": "week"},
		func(d time.Time) string { return "Periodic/Daily/" + d.Format("2006-01-02") + ".md" }, withProperties},
	"logseq":        {map[string]string{"logseq/config.edn": "{}", "pages/Sea.md": "- x"}, named("journals/2006_01_02"), outline},
	"logseq-dashes": {map[string]string{"logseq/config.edn": `{:journal/file-name-format "yyyy-MM-dd"}`, "logseq/bak/journals/2024-06-04.md": "x"}, named("journals/2006-01-02"), outline},
	"logseq-words": {map[string]string{"logseq/config.edn": `{:journal/page-title-format "MMM do, yyyy" :journal/file-name-format "MMM do, yyyy"}`}, func(d time.Time) string {
		return "journals/" + d.Format("Jan ") + ordinal(d.Day()) + d.Format(", 2006") + ".md"
	}, outline},
	"jrnl":        {nil, func(d time.Time) string { return d.Format("2006/01/02") + ".md" }, func(words string) string { return words + "\n\n@ilse @sea\n" }},
	"jrnl-months": {nil, func(d time.Time) string { return d.Format("2006/January/2006-01-02") + ".md" }, bare},
	"dayone":      {nil, func(d time.Time) string { return "2024/" + d.Format("2006-01-02") + ".md" }, func(words string) string { return "# Title\n" + words + "\n\n![](photos/a.jpeg)\n" }},
	"french":      {map[string]string{".obsidian/daily-notes.json": `{"format": "D MMMM YYYY"}`}, func(d time.Time) string { return fmt.Sprintf("%d %s %d.md", d.Day(), french[d.Month()-1], d.Year()) }, bare},
	"prefix":      {map[string]string{".obsidian/daily-notes.json": `{"folder": "Sea", "format": "[Sea log] YYYY-MM-DD"}`}, func(d time.Time) string { return "Sea/Sea log " + d.Format("2006-01-02") + ".md" }, bare},
	"two-digits":  {map[string]string{".obsidian/plugins/periodic-notes/data.json": `{"daily": {"format": "YYMMDD"}}`}, named("060102"), withProperties},
	"dendron":     {map[string]string{"root.md": "x"}, named("daily.journal.2006.01.02"), withProperties},
	"japanese":    {nil, func(d time.Time) string { return d.Format("2006年1月2日") + ".md" }, bare},
	"day-folders": {nil, func(d time.Time) string { return d.Format("2006/01/02") + "/Beach.md" }, bare},
	"times":       {nil, func(d time.Time) string { return d.Format("2006-01-02T1504") + ".md" }, bare},
}

var french = []string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

func ordinal(n int) string {
	suffix := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// Each day of each layout is found with no setting, and each word of each note
// by search.
func TestEveryLayoutIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	if len(layouts) < 20 {
		t.Errorf("%d layouts", len(layouts))
	}
	for name, l := range layouts {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.language = "none"
			for file, text := range l.files {
				w.write(file, text)
			}
			day := time.Date(2023, 11, 9, 12, 0, 0, 0, time.UTC)
			want, words := map[string]daybook.Date{}, map[string][]string{}
			for i := range 40 {
				d := day.AddDate(0, 0, i*7)
				name := l.name(d)
				for range 12 {
					words[name] = append(words[name], fmt.Sprintf("word%sx%d", []string{"ä", "e", "ζ"}[i%3], len(words[name])*1000+i))
				}
				w.write(name, l.note(strings.Join(words[name], " ")+". "+"More of it."))
				want[name] = daybook.DateOf(d)
			}
			r := w.run()
			if r.Entries != len(want) || len(r.Failed) > 0 {
				t.Errorf("%d entries of %d, skipped %v, failed %v", r.Entries, len(want), r.Skipped, r.Failed)
			}
			for name, d := range want {
				if e := w.entry(name); e.Date() != d || len(e.Dates) != 1 {
					t.Errorf("%s is of %v, want %v", name, e.Dates, d)
				}
				for _, word := range words[name] {
					w.wantFound(word, name)
				}
			}
		})
	}
}

// oddities change a note as years, programs and people do.
var oddities = []func(r *rand.Rand, note string) string{
	func(_ *rand.Rand, s string) string { return "---\ntitle: Today: x\n---\n" + s },
	func(_ *rand.Rand, s string) string { return "---\ntags: a\nmood: b\ntags: c\n---\n" + s },
	func(_ *rand.Rand, s string) string { return "---\n\tx: *y\n@z\n---\n" + s },
	func(_ *rand.Rand, s string) string { return "---\ndate: {{date}}\n" + s },
	func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	func(_ *rand.Rand, s string) string { return "\ufeff" + s },
	func(_ *rand.Rand, s string) string { return s + "\x00\x00\x00" },
	func(_ *rand.Rand, s string) string { return s + "\xe9t\xe9 \x96 caf\xe9\n" },
	func(r *rand.Rand, s string) string {
		return s + "![p](data:image/png;base64," + strings.Repeat("iVBORw0KGgo", 1+r.IntN(3000)) + ")\n"
	},
	func(_ *rand.Rand, s string) string { return "%% not closed\n" + s },
	func(_ *rand.Rand, s string) string { return "<!-- not closed\n" + s },
	func(_ *rand.Rand, s string) string { return "```\n" + s },
	func(_ *rand.Rand, s string) string { return "$$ not closed\n" + s },
	func(_ *rand.Rand, s string) string { return "### Page\n![[x.pdf]]\n" + s },
	func(_ *rand.Rand, s string) string { return s + "### Transcription\nRead words.\n### Other\nMore.\n" },
	func(_ *rand.Rand, s string) string {
		return "- a\n  - b\n    ```\n    ### Transcription\n    ```\n" + s
	},
	func(_ *rand.Rand, s string) string { return "| a | b |\n|---|\n" + s + "|\n" },
	func(_ *rand.Rand, s string) string { return "<div><p>" + s + "</details>" },
	func(r *rand.Rand, s string) string {
		b := []byte(s)
		b[r.IntN(len(b))] = byte(r.IntN(256))
		return string(b)
	},
	func(_ *rand.Rand, s string) string { return strings.Repeat("> ", 300) + s },
	func(_ *rand.Rand, s string) string { return "---\n\nA rule is first.\n\n---\n" + s },
	func(_ *rand.Rand, s string) string { return "---\n" + s + "---\nBelow a rule.\n" },
	func(_ *rand.Rand, s string) string { return "---\nmood: good\n...\n" + s + "\n---\nThe end.\n" },
	func(_ *rand.Rand, s string) string { return "+++\ntitle = \"x\"\n+++\n" + s },
	func(_ *rand.Rand, s string) string { return "```dataview\nLIST\n" + s },
	func(_ *rand.Rand, s string) string { return "> ```tasks\n> x\n\n" + s },
	func(_ *rand.Rand, s string) string { return "<ul><li>" + s + "<li>last</ul><center>end" },
	func(_ *rand.Rand, s string) string {
		return "> [!note]- T\n> > [!tip]\n> > in\n\n" + s + "\n[^1]: Nobody refers to it.\n"
	},
	func(_ *rand.Rand, s string) string { return "$$ a_1*b\n" + s + "$x_i$ and ==not **closed\n" },
	func(_ *rand.Rand, s string) string {
		return s + "\n| a |\n|---|\n| [[b\\|c]] | more | cells |\n\nTerm\n: meaning\n"
	},
	func(_ *rand.Rand, s string) string { return "#+BEGIN_QUERY\n" + s },
	func(_ *rand.Rand, s string) string { return "{\"a\": 1}\n" + s },
	func(_ *rand.Rand, s string) string { return strings.Repeat("[", 4000) + "\n" + s },
}

// encode writes a note as another program might.
func encode(r *rand.Rand, s string) string {
	if r.IntN(12) > 0 || !utf8.ValidString(s) {
		return s
	}
	wide := func(bytes ...byte) string { return string(bytes) }
	little, big, widest := "", "", ""
	for _, u := range utf16.Encode([]rune(s)) {
		little += wide(byte(u), byte(u>>8))
		big += wide(byte(u>>8), byte(u))
	}
	for _, c := range s {
		widest += wide(byte(c), byte(c>>8), byte(c>>16), 0)
	}
	return []string{"\xff\xfe" + little, "\xfe\xff" + big, "\xff\xfe\x00\x00" + widest, little, big}[r.IntN(5)]
}

// oddNames are ways in which people and apps name a day.
var oddNames = []func(d time.Time) string{
	named("2006/2006-01-02"), named("2006-01-02 (Mon)"), named("20060102"), named("2 January 2006"), named("2006-01-02T1504"), named("2006/01/02"),
	named("Monday, January 2, 2006"), named("2006.01.02"), named("2006_01_02"), named("200601021504"), named("Journal 2006-01-02"), named("2006/Jan/2"),
	named("2006-01-02 15.04 Uhr"), named("[2006-01-02] Title"), named("02-Jan-2006"), named("2006-01-02!"), named("2006年1月2日"), named("2006-01-02/index"),
	func(d time.Time) string { return fmt.Sprintf("%d %s %d.md", d.Day(), french[d.Month()-1], d.Year()) },
	func(d time.Time) string {
		return fmt.Sprintf("%s, %d.md", d.Format("January ")+ordinal(d.Day()), d.Year())
	},
}

// oddVault writes count odd notes and returns the word that is in each.
func oddVault(w *world, count int) map[string]string {
	r := rand.New(rand.NewPCG(14, 5000))
	day := time.Date(1990, 1, 1, 9, 0, 0, 0, time.UTC)
	words := map[string]string{}
	for i := range count {
		name := oddNames[r.IntN(len(oddNames))](day.AddDate(0, 0, i))
		words[name] = fmt.Sprintf("zebra%dword", i)
		note := "Swam to the buoy.\n\n" + words[name] + " was here.\n"
		for range r.IntN(4) {
			note = oddities[r.IntN(len(oddities))](r, note)
		}
		w.write(name, encode(r, note))
	}
	return words
}

func oddNotes() int {
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_ODD_NOTES")); err == nil {
		return n
	}
	return 400
}

// However odd a note is, its day is read, its words are found, and its bytes
// stay. DAYBOOK_ODD_NOTES says how many notes there are.
func TestOddNotesAreRead(t *testing.T) {
	count := oddNotes()
	w := newWorld(t)
	w.language = "none"
	words := oddVault(w, count)
	before := hashes(t, w.journal)
	report := w.run()
	if report.Entries != count || len(report.Failed)+len(report.Skipped) > 0 {
		t.Errorf("%d days of %d are read, failed %v, skipped %v", report.Entries, count, report.Failed, report.Skipped)
	}
	lost := 0
	for name, word := range words {
		if !slices.Contains(w.finds(word), name) {
			lost++
			data, _ := os.ReadFile(filepath.Join(w.journal, name))
			whole := regexp.MustCompile(`(^|[^\pL\pN\pM_'’])` + word + `($|[^\pL\pN\pM_'’])`)
			if text, _ := vault.Decode(data); whole.MatchString(text) && lost < 5 { // else an oddity has hit the word
				t.Errorf("%s is not found by %s: %.300q", name, word, data)
			}
		}
	}
	if after := hashes(t, w.journal); !equalHashes(before, after) {
		t.Error("the notes are not the same bytes")
	}
	t.Logf("%d notes, %d with flaws, %d words hit by an oddity", count, len(report.Flawed), lost)
}

func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[path] = sha256.Sum256(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func equalHashes(a, b map[string][32]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// The notes of ../shared/cases, each folder read as a journal.
func TestSharedCasesAreRead(t *testing.T) {
	const dir = "../../../shared/cases"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the cases are not here: ", err)
	}
	for folder, entries := range map[string]int{
		"n01-title-after-date": 2, "n02-folder-dates": 1, "n03-yaml-colon": 8, "n04-tags": 3, "n05-hidden": 1, "n06-base64": 2, "n08-encodings": 8,
		"n09-locale": 2, "n11-names": 12, "t02-broken-yaml-scan": 1, "w01-rtl": 2, "w02-markdown": 2, "w03-html-block": 1, "y01-attachments": 3, "y02-conflict-names": 1, "y04-camera": 2,
	} {
		w := newWorld(t)
		w.language = "none"
		mustDo(t, os.CopyFS(w.journal, os.DirFS(filepath.Join(dir, folder))))
		v, err := vault.New(vault.Options{Journal: w.journal})
		mustDo(t, err)
		r, err := ingest.New(v, w.analyzer(), w.store).Run(t.Context(), nil)
		mustDo(t, err)
		if r.Entries != entries || len(r.Failed) > 0 {
			t.Errorf("%s: %d entries, want %d; skipped %v, failed %v", folder, r.Entries, entries, r.Skipped, r.Failed)
		}
		if folder == "n03-yaml-colon" && len(r.Flawed) != 8 {
			t.Errorf("%s: flaws %v", folder, r.Flawed)
		}
		for _, word := range []string{"divorce", "zebra", "tin", "TABLE"} {
			if got := w.finds(word); folder == "n05-hidden" && len(got) > 0 {
				t.Errorf("%s is found in %q", word, got)
			}
		}
		if folder == "n06-base64" {
			if stats, err := w.store.Stats(t.Context()); err != nil || stats.Passages != 2 {
				t.Errorf("an inlined picture is %d passages, %v", stats.Passages-1, err)
			}
		}
		if folder == "n04-tags" {
			got, err := w.store.Newest(t.Context(), store.Filter{Tags: []string{"#area"}}, 0)
			if err != nil || len(got) != 1 || got[0].Title != "06-04-2024" {
				t.Errorf("#area covers %v, %v", got, err)
			}
		}
	}
}
