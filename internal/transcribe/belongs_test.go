package transcribe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/transcribe"
)

// A picture whose name has no day is read into the note that has it below
// "### Page", once, however many copies of it there are.
func TestPageWithoutADay(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Answers = w.store
	w.scan("files/left side.jpg", "We swam.")
	data := must(os.ReadFile(filepath.Join(w.config.Journal, "files/left side.jpg")))(t)
	w.write("06-04-2024.jpg", string(data))                        // the same page, by another name
	w.scan("Camera Uploads/IMG_20230101_101010.jpg", "We rowed.")  // taken on another day than it is about
	w.scan("Camera Uploads/IMG_20230102_101010.jpg", "A holiday.") // a photograph
	w.scan("files/beach.jpg", "No page.")
	w.write("2024/06-04-2024.md", "#day\n\n### Page\n![[left side.jpg]]\n")
	w.write("2024/06-05-2024.md", "#day\n\n### Page\n![](../Camera%20Uploads/IMG_20230101_101010.jpg)\n\n### Transcription\n")
	w.write("2024/06-06-2024.md", "On the beach: ![[beach.jpg]]\n")
	r := w.run()
	if w.calls() != 2 || r.Written != 2 || len(r.Photographs) != 1 || r.Photographs[0].Pictures != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	for name, want := range map[string]string{"2024/06-04-2024.md": "We swam.", "2024/06-05-2024.md": "We rowed."} {
		if note := w.note(name); strings.Count(note, want) != 1 || strings.Count(note, "![") != 1 {
			t.Errorf("%s:\n%s", name, note)
		}
	}
	for _, name := range []string{"06-04-2024.md", "files/left side.md", "Camera Uploads/2023-01-01.md"} {
		if _, err := os.Stat(filepath.Join(w.config.Journal, name)); err == nil {
			t.Errorf("a second note %s was written", name)
		}
	}
	if r := w.run(); r.Read != 0 || w.calls() != 2 {
		t.Errorf("run again: %+v, %d calls", r, w.calls())
	}
}

// A scan belongs to the note that embeds it, however that is written.
func TestScansBelongToTheNoteThatEmbedsThem(t *testing.T) {
	for name, c := range map[string]struct{ embed, scan string }{
		"with a size":          {"![[06-04-2024.jpg|400]]", "attachments/06-04-2024.jpg"},
		"relative, escaped":    {"![](../Meine%20Scans/06-04-2024%20AM.jpg)", "Meine Scans/06-04-2024 AM.jpg"},
		"in angles":            {"![page](<../scans/06-04-2024 PM.jpg>)", "scans/06-04-2024 PM.jpg"},
		"without its folder":   {"### Page\n![[06-04-2024 left.jpg]]", "a/b/c/06-04-2024 left.jpg"},
		"undated, with a path": {"### Page\n![[scans/one.jpg]]", "scans/one.jpg"},
	} {
		w := newWorld(t, "openai")
		w.scan(c.scan, "We swam.")
		w.write("2024/06-04-2024.md", c.embed+"\n\n### Transcription\n")
		w.write("2024/06-05-2024.md", "Another day.\n")
		r := w.run()
		notes := must(filepath.Glob(filepath.Join(w.config.Journal, "*", "*.md")))(t)
		if note := w.note("2024/06-04-2024.md"); r.Written != 1 || !strings.Contains(note, "We swam.") || strings.Count(note, "![") != 1 || len(notes) != 2 {
			t.Errorf("%s: %+v, notes %q\n%s", name, r, notes, note)
		}
	}
}

// Copies that programs and people make of a scan are one page, whatever they are
// named; a page that differs in one byte is another.
func TestMoreCopiesOfAScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "Swam.")
	data := must(os.ReadFile(filepath.Join(w.config.Journal, "06-04-2024.jpg")))(t)
	for _, name := range []string{
		"06-04-2024 - Copy.jpg", "06-04-2024 - Copy (2).jpg", "Copy of 06-04-2024.jpg", "06-04-2024 copy 3.jpg", "backup/06-04-2024.jpg",
		"06-04-2024.sync-conflict-20240605-101010-ABCDEFG.jpg", "06-04-2024 (SFConflict a@x 2024-06-05).jpg", "06-04-2024-DESKTOP-1A2B3C.jpg",
	} {
		w.write(name, string(data))
	}
	w.scan("06-04-2024 2.jpg", "And rowed.")
	if r := w.run(); r.Read != 2 || w.calls() != 2 || len(r.Photographs) > 0 {
		t.Errorf("%+v, %d calls: %s", r, w.calls(), w.stages())
	}
	note := w.note("06-04-2024.md")
	if strings.Count(note, "![[") != 2 || strings.Count(note, "Swam.") != 1 || !strings.Contains(note, "Swam.\n\nAnd rowed.") {
		t.Errorf("%s", note)
	}
	if left := must(filepath.Glob(filepath.Join(w.config.Journal, "*.md")))(t); len(left) != 1 {
		t.Errorf("notes %q", left)
	}
}

// Pictures that merely carry a date are asked about once for each folder, and sent
// to nobody.
func TestMorePhotographs(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Answers = w.store
	for _, name := range []string{
		"DCIM/100APPLE/2024-06-04 10.20.30.jpg", "DCIM/100APPLE/20240604_102031.jpg", "WhatsApp/WhatsApp Image 2024-06-04 at 10.20.30.jpg", "WhatsApp/signal-2024-06-04-102030.jpg",
		"Screenshots/2024-06-04 Screenshot.jpg", "PXL_20240604_102030123.jpg",
	} {
		w.scan(name, "no page")
	}
	w.write("2024-06-04.md", "Typed.\n")
	r := w.run()
	var folders []string
	for _, p := range r.Photographs {
		folders = append(folders, p.Folder)
	}
	if got := strings.Join(folders, " "); w.calls() != 0 || got != ". DCIM/100APPLE Screenshots WhatsApp" {
		t.Errorf("%d calls, asks about %q", w.calls(), got)
	}
	no := false
	for _, folder := range folders {
		if err := transcribe.Answer(t.Context(), w.store, folder, &no); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.run(); w.calls() != 0 || len(r.Photographs) > 0 {
		t.Errorf("%d calls, asks again about %+v", w.calls(), r.Photographs)
	}
}
