package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
)

// paperWidth is the width of the picture of the first page: a page's width says
// which it is.
const paperWidth = 100

// paper is a notebook whose pages a fake model reads.
type paper struct {
	*person
	url, id string
	texts   []string

	mu    sync.Mutex
	calls map[int]int // by page
	says  func(system string, page int) string
}

// notebook returns a person with a notebook of these texts, a page each.
func notebook(t *testing.T, texts ...string) *paper {
	b := &paper{person: newPerson(t), id: "notebook_1", texts: texts, calls: map[int]int{}}
	b.journal(nil)
	b.sharesDecoders()
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		last := r.Messages[len(r.Messages)-1]
		if len(last.Images) != 1 {
			t.Errorf("asked with %d pictures", len(last.Images))
			return llmtest.Script{Status: http.StatusBadRequest}
		}
		page := b.which(last.Images[0].Data)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.calls[page]++
		if b.says != nil {
			return llmtest.Script{Deltas: []string{b.says(r.System, page)}}
		}
		return llmtest.Script{Deltas: []string{b.texts[page]}}
	})
	b.env["OPENAI_API_KEY"], b.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	b.env["DAYBOOK_MODEL_TRANSCRIPTION"] = "openai/gpt-4o"
	return b
}

// which returns the number of the page that a picture is of.
func (b *paper) which(picture []byte) int {
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		b.t.Error(err)
		return 0
	}
	if size := img.Bounds().Size(); size.X < 1000 {
		return size.X - paperWidth
	}
	// A page of a PDF is drawn in one size: its shade tells.
	r, _, _, _ := img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2).RGBA()
	return int(r>>8) / shade
}

// shade is how much lighter a page of a document is than the one before.
const shade = 32

// shaded returns a page of a document.
func shaded(page, document int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 300, 420))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{uint8(page*shade + shade/2 + document)}), image.Point{}, draw.Src)
	return scantest.JPEG(img)
}

func (b *paper) read(page int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[page]
}

func photograph(page int) []byte {
	return scantest.JPEG(scantest.Paper(paperWidth+page, 150, uint64(page+1)))
}

// begins starts a notebook.
func (b *paper) begins(private bool) {
	b.t.Helper()
	var out object
	if status := b.call(http.MethodPut, b.url+"/notebooks/"+b.id, object{"name": "Blue notebook", "private": private}, &out); status != http.StatusOK {
		b.t.Fatalf("begin a notebook: %d %v", status, out)
	}
}

// sends sends a file and returns the answer.
func (b *paper) sends(key string, position int, data []byte) (status int, text string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPut, fmt.Sprintf("%s/notebooks/%s/files/%s?name=IMG.jpg&position=%d", b.url, b.id, key, position), bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

func key(page int) string { return fmt.Sprintf("photo_%04d", page) }

// listed is a notebook as the API shows it.
type listed struct {
	Stage           string
	Version, Count  int
	Waiting, Failed int
	Pages           []struct {
		ID, Stage, Words, Note, Scan, Image, Error string
		Dates, Doubts                              []string
		From                                       string `json:"date_from"`
	}
}

func (b *paper) looks() (l listed) {
	b.t.Helper()
	if status := b.call(http.MethodGet, b.url+"/notebooks/"+b.id, nil, &l); status != http.StatusOK {
		b.t.Fatalf("the notebook: %d", status)
	}
	return l
}

// waits waits until all pages are read.
func (b *paper) waits() (l listed) {
	b.t.Helper()
	eventually(b.t, func() bool {
		l = b.looks()
		return l.Waiting == 0
	})
	return l
}

func (b *paper) confirms(version int) (l listed, status int) {
	b.t.Helper()
	status = b.call(http.MethodPost, b.url+"/notebooks/"+b.id+"/confirm", object{"version": version}, &l)
	return l, status
}

func (b *paper) note(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, "journal", name))
	if err != nil {
		return ""
	}
	return string(data)
}

// Forty pages become the notes of their days: in order, read once each, with a
// page for two days, next to a note that its owner typed.
func TestNotebookBecomesNotes(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	var texts []string
	want := map[string]string{} // words of the notes, by their names
	day := time.Date(2019, 6, 4, 0, 0, 0, 0, time.UTC)
	for i := range 40 {
		word := fmt.Sprintf("pageword%02d", i)
		var head, note string
		switch i % 4 {
		case 0:
			head, note = day.Format("2 January 2006")+"\n\n", day.Format("01-02-2006")
		case 1: // continues
			note = day.Format("01-02-2006")
		case 2: // the end of a day and the next
			next := day.AddDate(0, 0, 1)
			note = day.Format("01-02-2006") + "_" + next.Format("01-02-2006")
			head = "and so to bed.\n\n" + next.Format("Mon 2nd")[:4] + fmt.Sprint(next.Day()) + "th. "
			day = next
		case 3:
			note = day.Format("01-02-2006")
			day = day.AddDate(0, 0, 3)
		}
		texts = append(texts, head+"Wrote about "+word+".")
		want[note] += word + " "
	}
	b := notebook(t, texts...)
	typed := "Typed by hand, years ago.\n"
	b.journal(map[string]string{"06-04-2019.md": typed})
	var stop func() int
	b.url, _, stop = b.serves()
	b.begins(false)
	for i := range 40 { // out of order, as a queue sends what failed
		page := 39 - i
		if status, body := b.sends(key(page), page, photograph(page)); status != http.StatusCreated {
			t.Fatalf("page %d: %d %s", page, status, body)
		}
	}
	if status, body := b.sends(key(7), 7, photograph(7)); status != http.StatusOK || !strings.Contains(body, `"again":true`) {
		t.Errorf("the same again: %d %s", status, body)
	}
	if status, body := b.sends("another_key", 7, photograph(7)); status != http.StatusOK || !strings.Contains(body, `"file":"`+key(7)) {
		t.Errorf("the same bytes again: %d %s", status, body)
	}
	if status, _ := b.sends(key(7), 7, photograph(8)); status != http.StatusConflict {
		t.Errorf("other bytes with the same key: %d", status)
	}
	l := b.waits()
	for i, p := range l.Pages {
		if p.ID != key(i)+"-1" || len(p.Dates) == 0 || len(p.Doubts) > 0 {
			t.Errorf("page %d: %+v", i, p)
		}
	}
	if _, status := b.confirms(l.Version - 1); status != http.StatusPreconditionFailed {
		t.Errorf("an old list is confirmed: %d", status)
	}
	l, status := b.confirms(l.Version)
	if status != http.StatusOK || l.Stage != "done" {
		t.Fatalf("confirm: %d %+v", status, l)
	}
	if again, status := b.confirms(0); status != http.StatusOK || again.Stage != "done" {
		t.Errorf("confirm again: %d %s", status, again.Stage)
	}
	if got := b.note("06-04-2019.md"); got != typed {
		t.Errorf("the typed note has become\n%s", got)
	}
	want["06-04-2019 Notebook"] = want["06-04-2019"]
	delete(want, "06-04-2019")
	eventually(t, func() bool {
		for note, words := range want {
			at := -1
			text := b.note(note + ".md")
			for word := range strings.FieldsSeq(words) {
				next := strings.Index(text, word)
				if next <= at {
					return false
				}
				at = next
			}
		}
		return true
	})
	if left, _ := filepath.Glob(filepath.Join(b.dir, "journal", "*.md")); len(left) != len(want)+1 {
		t.Errorf("notes: %q, want %d", left, len(want)+1)
	}
	for i := range 40 {
		if n := b.read(i); n != 1 {
			t.Errorf("page %d was read %d times", i, n)
		}
	}
	eventually(t, func() bool { return len(b.finds(b.url, "pageword02")) == 1 })
	if found := b.finds(b.url, "pageword02"); found[0] != "06-04-2019_06-05-2019.md" {
		t.Errorf("the page of two days is in %q", found)
	}
	if left, _ := filepath.Glob(filepath.Join(b.env["DAYBOOK_DATA"], "*", "notebooks", b.id, "*")); len(left) != 1 {
		t.Errorf("left of the notebook: %q", left)
	}
	stop()
}

// A PDF stays whole for one day, and becomes a picture for each page for several.
func TestNotebookOfOneDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	b := notebook(t)
	b.url, _, _ = b.serves()
	for n, c := range []struct {
		texts []string
		scans string
	}{
		{[]string{"4 June 2019\nRain.", "Sun.", "Wind."}, "06-04-2019.pdf"},
		{[]string{"4 July 2019\nRain.", "Sun.", "5th. Wind."}, "06-04-2019.pdf 07-04-2019 2.png 07-04-2019.png 07-05-2019.png"},
	} {
		b.mu.Lock()
		b.id, b.texts, b.calls = fmt.Sprintf("notebook_%d", n), c.texts, map[int]int{}
		b.mu.Unlock()
		b.begins(false)
		var pictures [][]byte
		for i := range c.texts {
			pictures = append(pictures, shaded(i, n))
		}
		if status, body := b.sends("document_1", 0, scantest.PDF(pictures...)); status != http.StatusCreated || !strings.Contains(body, "document_1-3") {
			t.Fatalf("%d %s", status, body)
		}
		l := b.waits()
		l, status := b.confirms(l.Version)
		if status != http.StatusOK {
			t.Fatalf("%d %+v", status, l)
		}
		for i, p := range l.Pages {
			eventually(t, func() bool { return strings.Contains(b.note(p.Note), c.texts[i][len(c.texts[i])-4:]) })
		}
		scans, _ := filepath.Glob(filepath.Join(b.dir, "journal", "[0-9]*.p*"))
		for i := range scans {
			scans[i] = filepath.Base(scans[i])
		}
		if got := strings.Join(scans, " "); got != c.scans {
			t.Errorf("scans %q, want %q", got, c.scans)
		}
		for i := range c.texts {
			if n := b.read(i); n != 1 {
				t.Errorf("page %d was read %d times", i, n)
			}
		}
	}
}

// One date that is corrected moves those after it.
func TestNotebookDatesFollow(t *testing.T) {
	b := notebook(t, "no date here", "more of it", "Wed 5th. Sun.", "31 June 2019")
	b.url, _, _ = b.serves()
	b.begins(false)
	for i := range 4 {
		b.sends(key(i), i, photograph(i))
	}
	l := b.waits()
	if len(l.Pages) != 4 || len(l.Pages[0].Dates) != 0 || !slices.Equal(l.Pages[3].Doubts, []string{"not_real"}) && len(l.Pages[3].Doubts) == 0 {
		t.Errorf("before: %+v", l.Pages)
	}
	if _, status := b.confirms(l.Version); status != http.StatusConflict {
		t.Errorf("pages without a date are confirmed: %d", status)
	}
	var after listed
	if status := b.call(http.MethodPatch, b.url+"/notebooks/"+b.id+"/pages/"+key(0)+"-1", object{"dates": []string{"2019-06-04"}}, &after); status != http.StatusOK {
		t.Fatal(status)
	}
	var dates []string
	for _, p := range after.Pages {
		dates = append(dates, strings.Join(p.Dates, "+"))
	}
	if got := strings.Join(dates, " "); got != "2019-06-04 2019-06-04 2019-06-05 2019-06-05" {
		t.Errorf("after: %s", got)
	}
	for _, bad := range []any{[]string{"2019-02-30"}, []string{"soon"}, []int{5}} {
		if status := b.call(http.MethodPatch, b.url+"/notebooks/"+b.id+"/pages/"+key(0)+"-1", object{"dates": bad}, &object{}); status != http.StatusUnprocessableEntity {
			t.Errorf("dates %v: %d", bad, status)
		}
	}
	// A page is left out, and its words are gone.
	if status := b.call(http.MethodDelete, b.url+"/notebooks/"+b.id+"/pages/"+key(3)+"-1", nil, &after); status != http.StatusOK || len(after.Pages) != 3 {
		t.Errorf("%d, %d pages", status, len(after.Pages))
	}
	if status := b.call(http.MethodGet, b.url+"/notebooks/"+b.id+"/pages/"+key(3)+"-1/image", nil, nil); status != http.StatusNotFound {
		t.Errorf("a page that was left out is shown: %d", status)
	}
	resp, err := http.Get(b.url + after.Pages[0].Image + "?longest=100")
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
		t.Errorf("no picture: %v %v", resp, err)
	}
	resp.Body.Close()
	if status := b.call(http.MethodDelete, b.url+"/notebooks/"+b.id, nil, nil); status != http.StatusNoContent {
		t.Errorf("delete: %d", status)
	}
	if left, _ := filepath.Glob(filepath.Join(b.env["DAYBOOK_DATA"], "*", "notebooks", b.id)); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A page that cannot be put into the journal does not keep the others from it. It
// can be removed, or the notebook deleted; pages in the journal stay.
func TestNotebookWithABrokenPage(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	b := notebook(t, "4 June 2019\nRain.", "4 July 2019\nSun.", "5 July 2019\nWind.")
	b.url, _, _ = b.serves()
	placed := func() bool { return b.note("07-05-2019.jpg") != "" }
	breaks := func(id string) listed {
		b.id = id
		b.begins(false)
		if status, body := b.sends("document_1", 0, scantest.PDF(shaded(0, len(id)), shaded(1, len(id)))); status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		b.sends(key(2), 2, photograph(2))
		l := b.waits()
		kept, _ := filepath.Glob(filepath.Join(b.env["DAYBOOK_DATA"], "*", "notebooks", id, "document_1"))
		if len(kept) != 1 || os.WriteFile(kept[0], []byte("%PDF-1.7 of nothing"), 0o600) != nil {
			t.Fatal(kept)
		}
		if _, status := b.confirms(l.Version); status != http.StatusConflict {
			t.Errorf("confirm: %d", status)
		}
		l = b.looks()
		if l.Stage != "writing" || len(l.Pages) != 3 || l.Pages[0].Stage != "failed" || l.Pages[1].Stage != "failed" || l.Pages[2].Stage == "failed" || !placed() {
			t.Fatalf("%+v", l)
		}
		return l
	}
	l := breaks("notebook_1")
	for page, want := range map[string]int{key(2) + "-1": http.StatusConflict, "document_1-1": http.StatusOK, "document_1-2": http.StatusOK} {
		status := 0
		eventually(t, func() bool { // it may just be trying again
			status = b.call(http.MethodDelete, b.url+"/notebooks/"+b.id+"/pages/"+page, nil, &object{})
			return status == want
		})
	}
	if l, status := b.confirms(l.Version); status != http.StatusOK || l.Stage != "done" || len(l.Pages) != 1 {
		t.Errorf("%d %+v", status, l)
	}
	breaks("notebook_22")
	if status := b.call(http.MethodDelete, b.url+"/notebooks/"+b.id, nil, nil); status != http.StatusNoContent {
		t.Errorf("delete: %d", status)
	}
	if left, _ := filepath.Glob(filepath.Join(b.env["DAYBOOK_DATA"], "*", "notebooks", b.id)); len(left) > 0 || !placed() {
		t.Errorf("left: %q", left)
	}
}

// A private notebook is sent to no model: not while it is a list, and not once it
// is in the journal, whatever else is there.
func TestPrivateNotebookIsNotSent(t *testing.T) {
	b := notebook(t, "secret", "secret", "secret")
	b.journal(map[string]string{"06-04-2019.md": "A public note.\n"})
	b.url, _, _ = b.serves()
	b.begins(true)
	for i := range 3 {
		b.sends(key(i), i, photograph(i))
	}
	l := b.looks()
	if l.Pages[0].Stage != "private" || l.Waiting != 0 {
		t.Errorf("%+v", l)
	}
	var after listed
	b.call(http.MethodPatch, b.url+"/notebooks/"+b.id+"/pages/"+key(0)+"-1", object{"dates": []string{"2019-06-04"}}, &after)
	b.call(http.MethodPatch, b.url+"/notebooks/"+b.id+"/pages/"+key(2)+"-1", object{"dates": []string{"2019-06-05"}}, &after)
	if after, status := b.confirms(after.Version); status != http.StatusOK {
		t.Fatalf("%d %+v", status, after)
	}
	for name, scans := range map[string]int{"06-04-2019 Private.md": 2, "06-05-2019.md": 1} {
		if text := b.note(name); !strings.HasPrefix(text, "---\nprivate: true\n---\n") || strings.Count(text, "![[") != scans {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if b.note("06-04-2019.md") != "A public note.\n" {
		t.Error("the public note was changed")
	}
	eventually(t, func() bool {
		return strings.Contains(b.get(b.url+"/ingest"), `"stages":{"kept":3}`) && strings.Contains(b.get(b.url+"/ingest"), `"running":[]`)
	})
	if len(b.calls) > 0 {
		t.Errorf("sent: %v", b.calls)
	}
	// One that becomes private forgets what was read of it.
	b.id = "notebook_2"
	b.begins(false)
	b.sends(key(0), 0, photograph(1))
	b.waits()
	b.begins(true)
	if l := b.looks(); l.Pages[0].Words != "" || l.Pages[0].Stage != "private" {
		t.Errorf("%+v", l.Pages[0])
	}
}

// What cannot be a page is refused, and nothing of it stays.
func TestNotebookRefuses(t *testing.T) {
	b := notebook(t, "x")
	b.url, _, _ = b.serves()
	if status, _ := b.sends(key(0), 0, photograph(0)); status != http.StatusNotFound {
		t.Errorf("a notebook that nobody began: %d", status)
	}
	b.begins(false)
	for name, c := range map[string]struct {
		key    string
		data   []byte
		status int
	}{
		"text":           {key(1), []byte("Dear diary"), 422},
		"nothing":        {key(1), nil, 422},
		"cut off":        {key(1), photograph(1)[:200], 422},
		"a path for key": {"..%2F..%2Fkey", photograph(1), 422},
		"a short key":    {"k", photograph(1), 422},
		"too large":      {key(1), append(photograph(1), make([]byte, 50<<20)...), 413},
	} {
		if status, body := b.sends(c.key, 0, c.data); status != c.status || strings.Contains(body, "incoming") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status := b.call(http.MethodPut, b.url+"/notebooks/..%2Fx", object{}, &object{}); status != http.StatusUnprocessableEntity {
		t.Errorf("a path for an ID: %d", status)
	}
	for i := range 25 {
		status := b.call(http.MethodPut, fmt.Sprintf("%s/notebooks/another_%03d", b.url, i), object{}, &object{})
		if want := map[bool]int{true: http.StatusOK, false: http.StatusConflict}[i < 19]; status != want {
			t.Errorf("notebook %d: %d", i+2, status)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(b.env["DAYBOOK_DATA"], "*", "notebooks", b.id, "*")); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
}
