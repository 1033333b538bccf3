package vault

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook"
)

// detected opens the daily notes of a folder whose names say how they are to be
// read.
func detected(t *testing.T, dir string) *Folder {
	t.Helper()
	v, err := New(Options{Journal: dir})
	if err == nil {
		err = v.Detect(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.Open(daybook.Daily)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// days lists the notes as "path day day".
func days(l Listing) []string {
	var list []string
	for _, f := range l.Files {
		line := f.Path
		for _, d := range f.Dates {
			line += " " + d.String()
		}
		list = append(list, line)
	}
	return list
}

func reasons(l Listing) []string {
	var list []string
	for _, s := range l.Skipped {
		list = append(list, s.Path+": "+s.Reason)
	}
	return list
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVaultsOfApps(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"Obsidian": {
			map[string]string{
				".obsidian/daily-notes.json": `{"folder": "Days", "format": "YYYY/MM/YYYY-MM-DD", "template": "Meta/day"}`,
				".obsidian/templates.json":   `{"folder": "Templates"}`,
				"Days/2024/06/2024-06-04.md": "a", "Meta/day.md": "x", "Templates/2024-06-05.md": "x", "2024-06-06 Beach.md": "b", "Ideas.md": "c",
			},
			[]string{"2024-06-06 Beach.md 2024-06-06", "Days/2024/06/2024-06-04.md 2024-06-04"},
		},
		"Logseq": {
			map[string]string{"logseq/config.edn": "{}", "journals/2024_06_04.md": "a", "logseq/bak/journals/2024_06_04.md": "x", "pages/Beach.md": "b"},
			[]string{"journals/2024_06_04.md 2024-06-04"},
		},
		"folders": {
			map[string]string{"2024/06-June/04.md": "a", "2024/07/2 Sea.md": "b", "2024/notes/3.md": "c"},
			[]string{"2024/06-June/04.md 2024-06-04", "2024/07/2 Sea.md 2024-07-02"},
		},
		"a format of its own": {
			map[string]string{
				".obsidian/daily-notes.json": `{"folder": "Days", "format": "[Sea] YYMMDD"}`,
				"Days/Sea 240604.md":         "a", "Sea 240605.md": "b", "Days/Journal 2024-06-06.md": "c", "Days/240607.md": "d",
			},
			[]string{"Days/Journal 2024-06-06.md 2024-06-06", "Days/Sea 240604.md 2024-06-04"},
		},
		"the order that is set": {
			map[string]string{".obsidian/daily-notes.json": `{"format": "DD-MM-YYYY"}`, "04-06-2024.md": "a", "old/05-06-2024.md": "b"},
			[]string{"04-06-2024.md 2024-06-04", "old/05-06-2024.md 2024-06-05"},
		},
		"Dendron": {
			map[string]string{"daily.journal.2024.06.04.md": "a", "root.md": "b"},
			[]string{"daily.journal.2024.06.04.md 2024-06-04"},
		},
		"a folder for each day": {
			map[string]string{"2024/06/04/Beach.md": "We swam.", "2024/06/04/Bread.md": "Rye from the oven, and a long letter.", "Backups/2024-06-05/x.md": "c"},
			[]string{"2024/06/04/Beach.md 2024-06-04", "2024/06/04/Bread.md 2024-06-04"},
		},
		"the day first": {
			map[string]string{"04-06-2024.md": "a", "13-06-2024.md": "b"},
			[]string{"04-06-2024.md 2024-06-04", "13-06-2024.md 2024-06-13"},
		},
		"other languages": {
			map[string]string{"4 juin 2024.md": "a", "Mittwoch, 5. Juni 2024.md": "b"},
			[]string{"4 juin 2024.md 2024-06-04", "Mittwoch, 5. Juni 2024.md 2024-06-05"},
		},
		"parts of a day": {
			map[string]string{"2024-06-04.md": "In the morning we swam.", "2024-06-04 PM.md": "Rain, and a letter from Edie about the lamp."},
			[]string{"2024-06-04 PM.md 2024-06-04", "2024-06-04.md 2024-06-04"},
		},
	} {
		dir := t.TempDir()
		write(t, dir, c.files)
		same(t, name, days(list(t, detected(t, dir))), c.want)
	}
}

func TestCopies(t *testing.T) {
	text := "We walked to the harbour, and Edie found a yellow buoy."
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"06-04-2024.md": text, "06-04-2024 2.md": text + " It was cold.", "06-04-2024 (1).md": "\n" + text, "06-04-2024-LAPTOP-AB12CD.md": text,
		"06-04-2024_MacBook.md": "We walked to the harbour.", "06-04-2024.conflict.md": text, "06-04-2024~.md": text, "Copy of 06-04-2024.md": text,
		"06-04-2024 Beach day.md": "Sand everywhere, and the tide was out until four.", "06-05-2024 2.md": text,
		"06-06-2024.md": text, "06-06-2024.markdown": text + "\n", "06-06-2024 1.markdown": text,
		"06-07-2024.md": text, "06-07-2024.markdown": text + " And ice.",
		"06-08-2024.md": strings.Repeat("long ", 20_000), "06-08-2024.markdown": strings.Repeat("long ", 20_000) + "end",
	})
	l := list(t, detected(t, dir))
	same(t, "notes", days(l), []string{"06-04-2024 Beach day.md 2024-06-04", "06-04-2024.md 2024-06-04", "06-05-2024 2.md 2024-06-05",
		"06-06-2024.md 2024-06-06", "06-07-2024.markdown 2024-06-07", "06-07-2024.md 2024-06-07", "06-08-2024.markdown 2024-06-08", "06-08-2024.md 2024-06-08"})
	same(t, "skipped", reasons(l), []string{
		"06-04-2024 (1).md: a copy of 06-04-2024.md; nothing differs", "06-04-2024 2.md: a copy of 06-04-2024.md; only the copy has 1 line, only the note 1 line", "06-04-2024-LAPTOP-AB12CD.md: a copy of 06-04-2024.md; nothing differs",
		"06-04-2024.conflict.md: a conflict copy of 06-04-2024.md; nothing differs", "06-04-2024_MacBook.md: a copy of 06-04-2024.md; only the copy has 1 line, only the note 1 line", "06-04-2024~.md: a copy of 06-04-2024.md; nothing differs",
		"06-06-2024 1.markdown: a copy of 06-06-2024.markdown; nothing differs", "06-06-2024.markdown: a copy of 06-06-2024.md; nothing differs", "Copy of 06-04-2024.md: a conflict copy of 06-04-2024.md; nothing differs",
	})
}

func TestPhotographsAreNotScans(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"2024-06-04.md": "x", "2024-06-04 1.jpg": "x", "2024-06-05 Beach day.md": "x", "2024-06-05 Beach day.jpg": "x", "2024-06-06.pdf": "x", "2024-06-07.jpg": "x",
		"2024-06-08 scan.pdf": "x", "06-09-2024 AM.jpg": "x",
		"Camera/2024-06-04 14.32.10.jpg": "xx", "Camera/2024-06-04 Screenshot.jpg": "xx", "Camera/20240604_143210.jpg": "xx", "Camera/IMG_20240604.jpg": "xx", "Camera/2024-06-04 copy.jpg": "x",
		"2024/06/04/IMG_1234.jpg": "x", "2024-06-04/DSC0001.jpg": "x", // the folder is named after the day
	})
	found, err := detected(t, dir).Scans(t.Context(), nil)
	if err != nil || len(found.Unread) > 0 {
		t.Fatal(found.Unread, err)
	}
	if want := []Photographs{{"Camera", 4, "Camera/2024-06-04 14.32.10.jpg"}}; !slices.Equal(found.Photographs, want) {
		t.Errorf("asks about %+v", found.Photographs)
	}
	var got []string
	for _, s := range found.Scans {
		got = append(got, s.Path+" > "+s.Note)
	}
	same(t, "scans", got, []string{
		"06-09-2024 AM.jpg > 06-09-2024.md", "2024-06-04 1.jpg > 2024-06-04.md", "2024-06-05 Beach day.jpg > 2024-06-05 Beach day.md",
		"2024-06-06.pdf > 2024-06-06.md", "2024-06-07.jpg > 2024-06-07.md", "2024-06-08 scan.pdf > 2024-06-08.md",
	})
	for _, pages := range []bool{true, false} {
		answered, err := detected(t, dir).Scans(t.Context(), func(folder string) (bool, bool) { return pages, folder == "Camera" })
		if err != nil || len(answered.Photographs) > 0 || len(answered.Scans) != len(got)+map[bool]int{true: 5}[pages] {
			t.Errorf("pages %v: %d scans, %+v, %v", pages, len(answered.Scans), answered.Photographs, err)
		}
		for _, s := range answered.Scans {
			if strings.HasPrefix(s.Path, "Camera/") && (s.Note != "2024-06-04.md" || s.Title != "2024-06-04") {
				t.Errorf("%s belongs to %s", s.Path, s.Note)
			}
		}
	}
}

// Conflict copies are listed with their differences. One without its original
// is the day's note.
func TestConflicts(t *testing.T) {
	dir := t.TempDir()
	text := "We swam to the red buoy and back.\n\nThen we had tea.\n"
	write(t, dir, map[string]string{
		"06-04-2024.md": text, "06-04-2024 (conflicted copy 2024-06-05 101010).md": text + "And cake.\n", "06-04-2024.sync-conflict-20240605-101010-ABCDEFG.md": "We slept.\n",
		"06-04-2024 (In Konflikt stehende Kopie von x).md": text, "06-04-2024_conflict-20240605-101010.md": text, "06-04-2024 [Conflict].md": text,
		"06-04-2024 (Kopie en conflict).md": text, "Kopie von 06-04-2024.md": text, "06-04-2024~.md": text, "06-04-2024 3.md": text,
		"06-05-2024 (conflicted copy 2024-06-06).md": "Only the copy is here.\n", "06-06-2024 2.md": "Alone.\n", "06-07-2024 Conflict with Bo.md": "We argued.\n", "06-07-2024.md": "A walk.\n",
	})
	l := list(t, detected(t, dir))
	same(t, "notes", days(l), []string{
		"06-04-2024.md 2024-06-04", "06-05-2024 (conflicted copy 2024-06-06).md 2024-06-05", "06-06-2024 2.md 2024-06-06", "06-07-2024 Conflict with Bo.md 2024-06-07", "06-07-2024.md 2024-06-07",
	})
	same(t, "skipped", reasons(l), []string{
		"06-04-2024 (In Konflikt stehende Kopie von x).md: a conflict copy of 06-04-2024.md; nothing differs",
		"06-04-2024 (Kopie en conflict).md: a conflict copy of 06-04-2024.md; nothing differs",
		"06-04-2024 (conflicted copy 2024-06-05 101010).md: a conflict copy of 06-04-2024.md; only the copy has 1 line, only the note 0 lines",
		"06-04-2024 3.md: a copy of 06-04-2024.md; nothing differs",
		"06-04-2024 [Conflict].md: a conflict copy of 06-04-2024.md; nothing differs",
		"06-04-2024.sync-conflict-20240605-101010-ABCDEFG.md: a conflict copy of 06-04-2024.md; only the copy has 1 line, only the note 2 lines",
		"06-04-2024_conflict-20240605-101010.md: a conflict copy of 06-04-2024.md; nothing differs",
		"06-04-2024~.md: a copy of 06-04-2024.md; nothing differs", "Kopie von 06-04-2024.md: a conflict copy of 06-04-2024.md; nothing differs",
	})
}

// Notes that iCloud has moved off this machine are listed, but not read and not
// treated as deleted.
func TestNotesElsewhere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"06-04-2024.md": "Here.", "2024/.06-05-2024.md.icloud": "bplist", ".06-06-2024.jpg.icloud": "bplist", ".obsidian.icloud": "bplist", "06-05-2024.jpg": "x", "2024/06-07-2024.jpg": "x", ".06-07-2024.md.icloud": "bplist",
	})
	f := detected(t, dir)
	l := list(t, f)
	unread := func(list []Unread) (paths []string) {
		for _, u := range list {
			if !errors.Is(u.Err, ErrElsewhere) {
				t.Error(u.Err)
			}
			paths = append(paths, u.Path)
		}
		return paths
	}
	same(t, "unread", unread(l.Unread), []string{".obsidian", "06-07-2024.md", "2024/06-05-2024.md"}[1:])
	found, err := f.Scans(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "unread scans", unread(found.Unread), []string{"06-06-2024.jpg", "06-07-2024.md", "2024/06-05-2024.md"})
	var got []string
	for _, s := range found.Scans {
		got = append(got, s.Path+" > "+s.Note)
	}
	same(t, "scans", got, []string{"06-05-2024.jpg > 2024/06-05-2024.md", "2024/06-07-2024.jpg > 06-07-2024.md"})
	some, err := f.ListSome(t.Context(), []string{"2024/06-05-2024.md", "2024/.06-05-2024.md.icloud", "06-09-2024.md"})
	if err != nil || some.Whole {
		t.Fatal(err)
	}
	same(t, "unread of some", unread(some.Unread), []string{"2024/06-05-2024.md", "2024/06-05-2024.md"})
}

func TestNewNotesFollowTheOthers(t *testing.T) {
	for want, files := range map[NewNote]map[string]string{
		{Format: "MM-DD-YYYY"}:                     {},
		{Format: "YYYY-MM-DD"}:                     {"2024-06-04.md": "x", "2024-06-05.md": "x", "06-07-2024.md": "x"},
		{Format: "DD-MM-YYYY"}:                     {"13-06-2024.md": "x", "12-06-2024.md": "x"},
		{Folder: "Days", Format: "D MMM YYYY"}:     {".obsidian/daily-notes.json": `{"folder": "Days", "format": "D MMM YYYY"}`, "06-07-2024.md": "x"},
		{Folder: "journals", Format: "YYYY_MM_DD"}: {"logseq/config.edn": "{}"},
	} {
		dir := t.TempDir()
		write(t, dir, files)
		f := detected(t, dir)
		v := &Vault{}
		v.naming.Store(f.naming)
		if got := v.NewNotes(list(t, f).Files); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestNamesInCases(t *testing.T) {
	cases := filepath.Join("..", "..", "..", "shared", "cases")
	if _, err := os.Stat(cases); err != nil {
		t.Skip("../shared/cases is missing")
	}
	for folder, want := range map[string]int{"n01-title-after-date": 2, "n02-folder-dates": 1, "n09-locale": 2, "n11-names": 12, "y02-conflict-names": 1, "y04-camera": 2} {
		l := list(t, detected(t, filepath.Join(cases, folder)))
		if len(l.Files) != want {
			t.Errorf("%s: %d notes, want %d\n%s\nskipped\n%s", folder, len(l.Files), want, strings.Join(days(l), "\n"), strings.Join(reasons(l), "\n"))
		}
	}
}

// Markdown with other extensions and the days of jrnl's folders are read where they
// are.
func TestOtherTypesOfNotes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"06-04-2024.markdown": "Swam.", "sub/06-05-2024.MDown": "x", "2024/06/06.txt": "[2024-06-06 09:30] Bread.\nRye.", "2024/06/31.txt": "x",
		"2024/06/list.txt": "x", "2024/13/01.txt": "x", "07.txt": "x", "06-08-2024.rtf": "x", "2024/06/09.docx": "x",
	})
	l := list(t, detected(t, dir))
	same(t, "notes", days(l), []string{"06-04-2024.markdown 2024-06-04", "2024/06/06.txt 2024-06-06", "sub/06-05-2024.MDown 2024-06-05"})
	same(t, "skipped", reasons(l), []string{
		"06-08-2024.rtf: a file of another type than .md; save it as Markdown or text to have it read",
		"2024/06/09.docx: a file of another type than .md; save it as Markdown or text to have it read",
		"2024/06/31.txt: names a date that does not exist, or one before 1600",
	})
	survey, err := Look(t.Context(), dir)
	if err != nil || survey.Notes != 3 {
		t.Errorf("a survey finds %+v, %v", survey, err)
	}
}

// Files that only an import reads are listed with the command that reads them.
func TestFilesForTheImport(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"06-04-2024.md": "a", "06-05-2024.txt": "x", "06-07-2024.org": "x", "list.txt": "x",
		"journal.md": "# 2024-06-04\nSwam.\n# 2024-06-05\nBread.\n", "2024-06.md": "## 4 June 2024\nx", "Ideas.md": "# Boats\n#2024-06-04\n",
	})
	same(t, "skipped", reasons(list(t, detected(t, dir))), []string{
		"06-05-2024.txt: a file of another type than .md; daybook import reads it",
		"06-07-2024.org: a file of another type than .md; daybook import reads it", "2024-06.md: a file with headings for days; daybook import reads it",
		"Ideas.md: not named after a day", "journal.md: a file with headings for days; daybook import reads it",
	})
}

// Conflict copies by more programs, and copies that people make, are listed
// with their differences. A part of the day with a different text is a note.
func TestMoreConflictCopies(t *testing.T) {
	text := "We swam to the island before breakfast, and Ursula lost a shoe on the way back to the boat.\n"
	copies := []string{
		"06-04-2024 - Copy.md", "06-04-2024 - Copy (2).md", "06-04-2024 copy 2.md", "06-04-2024 - Kopie.md", "06-04-2024 (2).md", "06-04-2024-DESKTOP-1A2B3C.md",
		"06-04-2024 (conflicted copy 2024-06-05 101010).md", "06-04-2024 (conflict #1 on 2024-06-05).md", "06-04-2024 [conflicted].md",
		"06-04-2024_DiskStation_Jun-05-1010-2024_Conflict.md", "Kopie von 06-04-2024.md", "06-04-2024.Conflict.md",
	}
	dir := t.TempDir()
	files := map[string]string{"06-04-2024.md": text, "06-04-2024 Evening.md": "A fire on the beach; nobody wanted to leave, and the tide took two chairs.\n"}
	for _, name := range copies {
		files[name] = text + "One more line.\n"
	}
	write(t, dir, files)
	l := list(t, detected(t, dir))
	if len(l.Files) != 2 {
		t.Errorf("notes\n%s", strings.Join(days(l), "\n"))
	}
	for _, name := range copies {
		if !slices.ContainsFunc(l.Skipped, func(s Skip) bool {
			return s.Path == name && strings.Contains(s.Reason, "copy of 06-04-2024.md") && strings.Contains(s.Reason, "only the copy has 1 line")
		}) {
			t.Errorf("%s is not listed as a copy:\n%s", name, strings.Join(reasons(l), "\n"))
		}
	}
}
