package transcribe_test

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/demo"
	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
	"daybook/internal/store"
	"daybook/internal/transcribe"
	"daybook/internal/vault"
)

func TestFromPaperToWords(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for _, provider := range llmtest.Providers {
		t.Run(provider, func(t *testing.T) {
			w := newWorld(t, provider)
			w.scan("2024/06-04-2024 PM.jpg", "Back at the harbour.\n\n# Not a heading of ours")
			w.scan("2024/06-04-2024 AM.pdf", "Swam at [seven?].", "[blank]", "### Tea\n\nwith Ursula #swimming")
			report := w.run()
			if report.Scans != 2 || report.Written != 1 || report.Read != 4 || len(report.Failed)+len(report.Kept) != 0 {
				t.Errorf("report %+v", report)
			}
			note := w.note("2024/06-04-2024.md")
			parsed := must(vault.Parse(vault.File{Path: "2024/06-04-2024.md", Title: "06-04-2024", Kind: "daily"}, []byte(note)))(t)
			want := "Swam at [seven?].\n\n\\### Tea\n\nwith Ursula #swimming\n\nBack at the harbour.\n\n# Not a heading of ours"
			if parsed.Text != want || !parsed.FrontMatter.Transcribed || strings.Count(note, "![[") != 2 {
				t.Errorf("the note is\n%s", note)
			}
			written := must(store.WrittenIn(t.Context(), w.store, "2024/06-04-2024.md"))(t)
			var got []string
			for _, p := range written.Parts {
				got = append(got, fmt.Sprintf("%s %d %q", p.Scan, p.Page, written.Text[p.Start:p.End]))
			}
			if len(got) != 4 || got[2] != `2024/06-04-2024 AM.pdf 3 "\\### Tea\n\nwith Ursula #swimming"` {
				t.Errorf("parts %q", got)
			}
			if report := w.run(); report.Read != 0 || w.calls() != 4 || w.note("2024/06-04-2024.md") != note {
				t.Errorf("run again: %+v, %d calls", report, w.calls())
			}
		})
	}
}

// An existing note keeps every byte outside its transcription.
func TestNoteIsKept(t *testing.T) {
	w := newWorld(t, "openai")
	before := "\ufeff---\r\nmood: 'fine' # really\r\naliases: [a,  b]\r\n---\r\n#day #sea\r\n\r\n### Page\r\n![[06-04-2024.jpg|300]]\r\n### Transcription\r\n\r\n### Afterwards\r\nA word of mine."
	w.write("06-04-2024.md", before)
	w.scan("06-04-2024.jpg", "One.\n\nTwo.")
	w.run()
	want := strings.Replace(before, "b]\r\n", "b]\r\ntranscription: \"True\"\r\n", 1)
	want = strings.Replace(want, "### Transcription\r\n\r\n", "### Transcription\r\n\r\nOne.\r\n\r\nTwo.\r\n\r\n", 1)
	if got := w.note("06-04-2024.md"); strings.ReplaceAll(got, "\r\n\r\n", "\r\n") != strings.ReplaceAll(want, "\r\n\r\n", "\r\n") {
		t.Errorf("the note is\n%q, want\n%q", got, want)
	}
}

// Text by the user, and scans that the older service has read, cost no call and
// are not changed.
func TestOwnersWordsAreKept(t *testing.T) {
	w := newWorld(t, "openai")
	notes := map[string]string{
		"06-04-2024.md": "I typed this.",
		"06-05-2024.md": "#day\n### Page\n![[06-05-2024.jpg]]\n### Transcription\nMy own reading.",
		"06-06-2024.md": fmt.Sprintf(read, "06-06-2024.jpg", "What the older service read."),
		"06-07-2024.md": "---\ntranscription: \"True\"\n---\n### Page\n![[06-07-2024.jpg]]\n",
	}
	for name, note := range notes {
		w.write(name, note)
		w.scan(strings.TrimSuffix(name, ".md")+".jpg", "Never asked for.")
	}
	report := w.run()
	if len(report.Kept) != 4 || w.calls() != 0 {
		t.Errorf("report %+v, %d calls", report, w.calls())
	}
	for name, note := range notes {
		if got := w.note(name); got != note {
			t.Errorf("%s is\n%s", name, got)
		}
	}
}

// A scan that was left alone is read once its note has room for it, and the
// existing words stay.
func TestRoomIsMadeForAScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "I typed this.")
	w.scan("06-04-2024.jpg", "One.")
	w.write("06-05-2024.md", "And this.")
	w.scan("06-05-2024.jpg", "Two.")
	if r := w.run(); len(r.Kept) != 2 || !strings.Contains(r.Kept[0].Error, "### Transcription") {
		t.Errorf("%+v", r)
	}
	w.run()
	time.Sleep(20 * time.Millisecond) // file times may be that coarse
	w.write("06-04-2024.md", "I typed this.\n\n### Transcription\n")
	if err := os.Remove(filepath.Join(w.config.Journal, "06-05-2024.md")); err != nil {
		t.Fatal(err)
	}
	if r := w.run(); r.Written != 1 || len(r.Kept) != 1 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if note := w.note("06-04-2024.md"); !strings.Contains(note, "I typed this.\n") || !strings.HasSuffix(note, "### Transcription\n\nOne.\n") && !strings.HasSuffix(note, "### Transcription\nOne.\n") {
		t.Errorf("the note is\n%s", note)
	}
	if _, err := os.Stat(filepath.Join(w.config.Journal, "06-05-2024.md")); err == nil {
		t.Error("a note that was deleted is there again")
	}
}

// Another scan of a note that Daybook wrote is added to it. A text that the
// user has corrected stays.
func TestFurtherScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024 1.jpg", "One.")
	w.scan("06-05-2024 1.jpg", "One.")
	w.run()
	corrected := strings.Replace(w.note("06-05-2024.md"), "One.", "Won.", 1)
	w.write("06-05-2024.md", corrected)
	w.scan("06-04-2024 2.jpg", "Two.")
	w.scan("06-05-2024 2.jpg", "Two.")
	w.run()
	if note := w.note("06-04-2024.md"); !strings.Contains(note, "One.\n\nTwo.\n") || !strings.Contains(note, "![[06-04-2024 2.jpg]]") {
		t.Errorf("the note is\n%s", note)
	}
	if note := w.note("06-05-2024.md"); note != corrected {
		t.Errorf("the corrected note is\n%s", note)
	}
	if w.calls() != 3 {
		t.Errorf("%d calls", w.calls())
	}
}

// Pages are in the order of their scans' names, even if one came late.
func TestScansFollowOneAnother(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024 10.jpg", "Ten.")
	w.scan("06-04-2024.jpg", "One.")
	w.run()
	w.scan("06-04-2024 2.png", "Two.")
	w.run()
	note := w.note("06-04-2024.md")
	if !strings.HasSuffix(note, "![[06-04-2024.jpg]]\n![[06-04-2024 2.png]]\n![[06-04-2024 10.jpg]]\n\n### Transcription\nOne.\n\nTwo.\n\nTen.\n") {
		t.Errorf("the note is\n%s", note)
	}
	pages := must((&transcribe.Book{Store: w.store, Renderer: w.config.Renderer}).Pages(t.Context(), &daybook.Entry{
		Kind: daybook.Daily, Path: "06-04-2024.md", Text: "One.\n\nTwo.\n\nTen.",
	}))(t)
	if len(pages) != 3 || pages[1].Scan != "06-04-2024 2.png" || pages[1].Start != 6 || pages[2].Start != 12 {
		t.Errorf("pages %+v", pages)
	}
}

// A scan that is removed, replaced or renamed while its page is being read
// leaves no text in a note.
func TestScanThatChangesMeanwhile(t *testing.T) {
	w := newWorld(t, "openai")
	journal := func(name string) string { return filepath.Join(w.dir, "journal", name) }
	for _, day := range []string{"06-04-2024", "06-05-2024", "06-06-2024"} {
		w.scan(day+".jpg", "Of "+day+".")
	}
	w.scan("06-07-2024 other.jpg", "Another.")
	w.says = func(string, int) (llmtest.Script, bool) { // under the lock of the fake
		_ = os.Remove(journal("06-04-2024.jpg"))
		_ = os.Rename(journal("06-05-2024.jpg"), journal("06-05-2024 renamed.jpg"))
		_ = os.Rename(journal("06-07-2024 other.jpg"), journal("06-06-2024.jpg"))
		_ = os.Chtimes(journal("06-08-2024.jpg"), time.Now(), time.Now().Add(time.Hour)) // which is no change
		return llmtest.Script{}, false
	}
	w.scan("06-08-2024.jpg", "Touched.")
	w.run()
	if notes, _ := filepath.Glob(journal("*.md")); len(notes) != 1 || notes[0] != journal("06-08-2024.md") {
		t.Errorf("written: %q", notes)
	}
	w.says = nil
	if report := w.run(); report.Scans != 3 || report.Written != 2 || len(report.Failed) > 0 {
		t.Errorf("report %+v", report)
	}
	if _, err := os.Stat(journal("06-04-2024.md")); err == nil {
		t.Error("the note of a scan that was taken away is there")
	}
	for name, says := range map[string]string{"06-05-2024": "Of 06-05-2024.", "06-06-2024": "Another."} {
		if note := w.note(name + ".md"); !strings.Contains(note, says) || strings.Count(note, "![[") != 1 {
			t.Errorf("the note is\n%s", note)
		}
	}
}

// A scan that is renamed, moved or touched is not paid for again.
func TestRenamedScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "One.")
	w.run()
	from, to := filepath.Join(w.config.Journal, "06-04-2024.jpg"), filepath.Join(w.config.Journal, "06-05-2024.jpg")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	w.run()
	if note := w.note("06-05-2024.md"); !strings.Contains(note, "\nOne.\n") || w.calls() != 1 || w.stages() != "06-05-2024.jpg written" {
		t.Errorf("%d calls, %s, the note is\n%s", w.calls(), w.stages(), note)
	}
	if err := os.Chtimes(to, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if report := w.run(); report.Read != 0 || w.calls() != 1 {
		t.Errorf("touched: %+v", report)
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.pdf", "One.", "Two.")
	var mu sync.Mutex
	var seen []string
	_, err := transcribe.New(w.config).Run(t.Context(), func(s store.ScanState) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s %d/%d", s.Stage, s.Done, s.Pages))
	})
	if want := []string{"found 0/2", "found 1/2", "found 2/2", "transcribed 2/2", "written 2/2"}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("%q, %v", seen, err)
	}
}

// A badly read page is read again by itself, and its note is updated.
func TestReadAgain(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.pdf", "One.", "Too.")
	w.run()
	w.says = func(text string, _ int) (llmtest.Script, bool) {
		return llmtest.Script{Deltas: []string{"Two."}}, text == "Too."
	}
	if err := transcribe.ReadAgain(t.Context(), w.store, w.config.Ref, w.config.Picture, "06-04-2024.pdf", 2); err != nil {
		t.Fatal(err)
	}
	w.run()
	if note := w.note("06-04-2024.md"); note != fmt.Sprintf(read, "06-04-2024.pdf", "One.\n\nTwo.") || w.calls() != 3 {
		t.Errorf("%d calls, the note is\n%s", w.calls(), note)
	}
	if err := transcribe.ReadAgain(t.Context(), w.store, w.config.Ref, w.config.Picture, "nowhere.pdf", 1); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("error %v", err)
	}
}

// A scan that is still being copied is left alone with its note. A scan with a
// time in the future is not.
func TestScanThatIsBeingCopied(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Settle = time.Minute
	w.scan("06-04-2024 a.jpg", "One.")
	w.scan("06-04-2024 b.jpg", "Two.")
	w.scan("06-05-2024.jpg", "Three.")
	for name, age := range map[string]time.Duration{"06-04-2024 a.jpg": 2 * time.Minute, "06-05-2024.jpg": -time.Hour} {
		at := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(w.config.Journal, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.run(); r.Settling != 1 || r.Written != 1 || w.calls() != 1 || !strings.Contains(w.note("06-05-2024.md"), "Three.") {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	later := time.Now().Add(2 * time.Minute)
	w.config.Now = func() time.Time { return later }
	if r := w.run(); r.Settling != 0 || r.Written != 1 || w.calls() != 3 || !strings.Contains(w.note("06-04-2024.md"), "One.\n\nTwo.") {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
}

// known returns texts of journals: of the demo and, if available, of a real
// one.
func known(t *testing.T) (texts []string) {
	t.Helper()
	folders := []fs.FS{must(fs.Sub(demo.FS(), "journal"))(t)}
	if _, err := os.Stat("../../../shared/journals/pepys-1660-1664"); err == nil {
		folders = append(folders, os.DirFS("../../../shared/journals/pepys-1660-1664"))
	} else {
		t.Log("LEFT OUT: pages of a real journal, which is not in ../shared")
	}
	for _, folder := range folders {
		n := 0
		err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || n == 4 {
				return err
			}
			data, err := fs.ReadFile(folder, name)
			if err != nil {
				return err
			}
			title := strings.TrimSuffix(path.Base(name), ".md")
			parsed, err := vault.Parse(vault.File{Kind: "daily", Path: path.Base(name), Title: title}, data)
			if err == nil && len(parsed.Text) > 200 {
				texts = append(texts, strings.Join(strings.Fields(parsed.Text), " "))
				n++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// Handwritten pages of known texts (grained, askew, unevenly lit) are
// transcribed as those texts, in every scan format.
func TestHandwrittenPages(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	hands := must(scantest.Hands("../.."))(t)
	if len(hands) == 0 {
		t.Log("LEFT OUT: handwriting, whose fonts scripts/fetch-fonts.sh fetches; the pages are typed")
		hands = []scantest.Hand{scantest.Type()}
	}
	w := newWorld(t, "openai")
	texts := known(t)
	want := map[string]string{}
	page := func(i int) *image.RGBA {
		return hands[i%len(hands)].Write(texts[i%len(texts)], scantest.Sheet{W: 620, H: 877, Size: 26, Turn: float64(i%5) - 2, Light: 70, Grain: 9, Seed: uint64(i)})
	}
	for i, ext := range []string{"png", "jpg", "tiff", "pdf", "pdf", "jpg"} {
		pages := []string{texts[(2*i)%len(texts)]}
		var data []byte
		switch ext {
		case "png":
			data = scantest.PNG(page(2 * i))
		case "jpg":
			data = scantest.JPEG(page(2 * i))
		case "tiff":
			data = scantest.TIFF(scantest.Gray(page(2*i)), scantest.Gray(page(2*i+1)))
			pages = append(pages, texts[(2*i+1)%len(texts)])
		case "pdf":
			data = scantest.PDF(scantest.JPEG(page(2*i)), scantest.JPEG(page(2*i+1)))
			pages = append(pages, texts[(2*i+1)%len(texts)])
		}
		day := fmt.Sprintf("06-%02d-2024", i+1)
		w.written(day+"."+ext, data, pages...)
		want[day+".md"] = strings.Join(pages, "\n\n")
	}
	for i, ext := range []string{"heic", "webp"} {
		day := fmt.Sprintf("07-%02d-2024", i+1)
		w.written(day+"."+ext, scantest.File("hand."+ext), scantest.Handwritten)
		want[day+".md"] = scantest.Handwritten
	}
	if report := w.run(); report.Written != len(want) || len(report.Failed)+len(report.Kept) != 0 {
		t.Fatalf("report %+v", report)
	}
	for name, text := range want {
		note := w.note(name)
		parsed := must(vault.Parse(vault.File{Path: name, Title: strings.TrimSuffix(name, ".md"), Kind: "daily"}, []byte(note)))(t)
		if parsed.Text != text {
			t.Errorf("%s is not what was written on its pages", name)
		}
	}
}

// A picture that the journal has several times is paid for once, even if all
// copies are read at the same time.
func TestSamePictureAtOnce(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-01-2024.jpg", "One.")
	data := must(os.ReadFile(filepath.Join(w.config.Journal, "06-01-2024.jpg")))(t)
	for day := 2; day <= 6; day++ {
		w.write(fmt.Sprintf("06-%02d-2024.jpg", day), string(data))
	}
	if r := w.run(); r.Written != 6 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
}

// A note that a sync program brings is older than the last scan, but is a
// change all the same.
func TestRoomThatWasMadeElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system does not tell when a file was put in its place")
	}
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "My own words.\n")
	w.scan("06-04-2024.jpg", "One.")
	if r := w.run(); len(r.Kept) != 1 || w.calls() != 0 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	time.Sleep(20 * time.Millisecond)
	brought := w.write("brought", "### Page\n![[06-04-2024.jpg]]\n### Transcription\n")
	elsewhere := time.Now().Add(-time.Hour)
	if err := errors.Join(os.Chtimes(brought, elsewhere, elsewhere), os.Rename(brought, filepath.Join(w.config.Journal, "06-04-2024.md"))); err != nil {
		t.Fatal(err)
	}
	if r := w.run(); r.Written != 1 || !strings.HasSuffix(w.note("06-04-2024.md"), "### Transcription\nOne.\n") {
		t.Errorf("%+v: %s", r, w.note("06-04-2024.md"))
	}
}

// The text of a deleted note doesn't come back with another scan of the day,
// but with a note that shows its scan.
func TestErasedScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "A secret.")
	w.run()
	if err := os.Remove(filepath.Join(w.config.Journal, "06-04-2024.md")); err != nil {
		t.Fatal(err)
	}
	erased := must(w.store.Scans(t.Context()))(t)[0]
	erased.Stage, erased.Error = store.Kept, store.NoteDeleted
	gone := store.ScanBatch{Put: []store.ScanState{erased}, ForgetScans: [][32]byte{erased.Hash}, Written: map[string]store.WrittenNote{"06-04-2024.md": {}}}
	if err := w.store.WriteScans(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	w.scan("06-04-2024 2.jpg", "No secret.")
	for range 3 {
		time.Sleep(20 * time.Millisecond) // file times may be that coarse
		report := w.run()
		if note := w.note("06-04-2024.md"); strings.Contains(note, "A secret") || strings.Contains(note, "06-04-2024.jpg") || w.calls() != 2 || len(report.Kept) != 1 {
			t.Fatalf("%+v, %d calls: %s", report, w.calls(), note)
		}
	}
	book := &transcribe.Book{Store: w.store, Renderer: w.config.Renderer}
	if pages := must(book.Pages(t.Context(), &daybook.Entry{Kind: daybook.Daily, Path: "06-04-2024.md", Text: "No secret."}))(t); len(pages) != 1 || pages[0].Scan != "06-04-2024 2.jpg" {
		t.Errorf("pages %+v", pages)
	}
	w.write("06-04-2024.md", strings.Replace(w.note("06-04-2024.md"), "![[", "![[06-04-2024.jpg]]\n![[", 1))
	if r := w.run(); r.Written != 1 || w.calls() != 3 || !strings.HasSuffix(w.note("06-04-2024.md"), "A secret.\n\nNo secret.\n") {
		t.Errorf("%+v, %d calls: %s", r, w.calls(), w.note("06-04-2024.md"))
	}
}

// Copies of a scan in other folders are one scan; the note that embeds it owns it.
func TestCopiesElsewhere(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "We swam.")
	data := must(os.ReadFile(filepath.Join(w.config.Journal, "06-04-2024.jpg")))(t)
	w.write("attachments/06-04-2024.jpg", string(data))
	w.write("2024/06-04-2024.md", "![[06-04-2024.jpg]]\n")
	w.write("old/06-04-2024 2.jpg", string(data))
	if r := w.run(); r.Read != 1 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if note := w.note("2024/06-04-2024.md"); !strings.Contains(note, "We swam.") {
		t.Error(note)
	}
	if _, err := os.Stat(filepath.Join(w.config.Journal, "06-04-2024.md")); err == nil {
		t.Error("a second note was written")
	}
}

// Photographs are not read before the owner says that they are pages.
func TestPhotographs(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Answers = w.store
	w.scan("Camera Uploads/2024-06-04 14.32.10.jpg", "We swam.")
	w.write("2024-06-04.md", "Typed.\n\n### Transcription\n")
	if r := w.run(); w.calls() != 0 || len(r.Photographs) != 1 || r.Photographs[0].Folder != "Camera Uploads" {
		t.Errorf("%+v, %d calls", r.Photographs, w.calls())
	}
	no, yes := false, true
	for _, answer := range []*bool{&no, nil, &yes} {
		if err := transcribe.Answer(t.Context(), w.store, "Camera Uploads", answer); err != nil {
			t.Fatal(err)
		}
		r := w.run()
		if want := map[*bool]int{&yes: 1}[answer]; w.calls() != want || len(r.Photographs) != map[*bool]int{nil: 1}[answer] {
			t.Errorf("%d calls, %+v", w.calls(), r.Photographs)
		}
	}
	if note := w.note("2024-06-04.md"); !strings.Contains(note, "We swam.") || !strings.Contains(note, "Typed.") {
		t.Error(note)
	}
}

// A note that is not on this machine is not written beside.
func TestNoteInTheCloud(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "We swam.")
	w.write(".06-04-2024.md.icloud", "bplist")
	if r := w.run(); w.calls() != 0 || len(r.Kept) != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if _, err := os.Stat(filepath.Join(w.config.Journal, "06-04-2024.md")); err == nil {
		t.Error("a second note was written")
	}
}
