package httpapi_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daybook/internal/vault/edit/edittest"
)

// racers is among how many notes interleavings are spread.
const racers = 20

// TestEveryAcknowledgedVersionIsKept saves notes through the API while another
// program saves them in each of its ways, often a copy that is stale. Each text
// that was acknowledged can be restored. DAYBOOK_RACE is the number of
// interleavings.
func TestEveryAcknowledgedVersionIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	rounds := 140
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_RACE")); err == nil {
		rounds = n
	}
	w := newWorld(t, options{})
	notes := make([]*racer, racers)
	for i := range notes {
		date := fmt.Sprintf("2023-05-%02d", i+1)
		status, e, _ := w.asks(http.MethodPost, "/entries", object{"date": date, "text": "begin"})
		if status != http.StatusCreated {
			t.Fatal(status, e.Detail)
		}
		notes[i] = &racer{w: w, date: date, id: e.ID, etag: *e.ETag, path: w.path(e.Path), texts: []string{"begin"}, acknowledged: []string{"begin"}}
	}
	ways := edittest.Ways()
	if len(ways) != 14 {
		t.Fatalf("%d ways", len(ways))
	}
	for n := range rounds {
		notes[n%racers].round(n, ways[n/racers%len(ways)])
	}
	acknowledged, replaced, refused := 0, 0, 0
	for _, r := range notes {
		acknowledged += len(r.acknowledged)
		replaced += r.replaced
		refused += r.refused
		r.check()
	}
	t.Logf("%d interleavings: %d versions were acknowledged, %d of them replaced by the other program; %d saves refused", rounds, acknowledged, replaced, refused)
	if acknowledged < rounds/2 || replaced == 0 { // how many depends on the machine
		t.Error("too few to say anything")
	}
}

// racer is a note that two programs write.
type racer struct {
	w              *world
	date, id, etag string
	path           string
	texts          []string // that were in the note
	acknowledged   []string
	replaced       int // acknowledged versions that the other program replaced
	refused        int
}

// round has both programs save at about the same time.
func (r *racer) round(n int, way edittest.Way) {
	r.w.t.Helper()
	theirs := r.texts[rand.IntN(len(r.texts))] // which may be stale
	if n%3 > 0 {
		theirs += fmt.Sprintf("\n\ntheir line number %d.", n)
	}
	done := make(chan error, 1)
	go func() {
		time.Sleep(time.Duration(rand.IntN(12_000)) * time.Microsecond)
		done <- way.Save(r.path, []byte(theirs+"\n"), func() { time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond) })
	}()
	time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
	ours := r.texts[len(r.texts)-1] + fmt.Sprintf("\n\nour line number %d.", n)
	if n%4 == 0 {
		ours = fmt.Sprintf("ours alone %d.", n)
	}
	saved := r.save(ours)
	if err := <-done; err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.w.t.Errorf("%s: %v", way.Name, err)
	}
	r.texts = append(r.texts, theirs)
	if saved {
		r.texts = append(r.texts, ours)
		if now, err := os.ReadFile(r.path); err != nil || strings.TrimSpace(string(now)) != ours {
			r.replaced++
		}
	}
	r.texts = r.texts[max(0, len(r.texts)-8):]
}

// save saves as a client does: on top of the state it knows, which it reads
// again if that is not the note's.
func (r *racer) save(text string) bool {
	r.w.t.Helper()
	for range 5 {
		var status int
		var e entry
		if r.etag == "" {
			status, e, _ = r.w.asks(http.MethodPost, "/entries", object{"date": r.date, "text": text})
		} else {
			status, e, _ = r.w.asks(http.MethodPut, "/entries/"+r.id, object{"text": text}, "If-Match", r.etag)
		}
		switch status {
		case http.StatusOK, http.StatusCreated:
			if e.text() != text {
				r.w.t.Errorf("%q was acknowledged for %q", e.text(), text)
			}
			r.id, r.etag = e.ID, *e.ETag
			r.acknowledged = append(r.acknowledged, text)
			return true
		case http.StatusPreconditionFailed, http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable:
			r.refused++
		default:
			r.w.t.Fatalf("%d %v", status, e.Detail)
		}
		r.etag = ""
		for _, e := range get[[]entry](r.w, http.MethodGet, "/entries?date="+r.date, nil) {
			if e.ETag != nil {
				r.id, r.etag = e.ID, *e.ETag
			}
		}
	}
	return false
}

// check restores each text that was acknowledged.
func (r *racer) check() {
	t := r.w.t
	t.Helper()
	type version struct{ Version, ETag, Cause, Text string }
	list := get[[]version](r.w, http.MethodGet, "/entries/"+r.id+"/history", nil)
	texts := map[string]string{}
	for _, v := range list {
		texts[get[version](r.w, http.MethodGet, "/entries/"+r.id+"/history/"+v.Version, nil).Text] = v.Version
	}
	for i, text := range r.acknowledged {
		id, ok := texts[text]
		if !ok {
			t.Errorf("%s: %q was acknowledged and is not among %d versions", r.date, text, len(list))
			continue
		}
		if i%10 != 0 && i < len(r.acknowledged)-1 {
			continue // found is enough: each restoring is a save
		}
		status, e, _ := r.w.asks(http.MethodPost, "/entries/"+r.id+"/history/"+id+"/restore", nil, "If-Match", "*")
		note, err := os.ReadFile(r.path)
		if status != http.StatusOK || e.text() != text || err != nil || string(note) != text+"\n" && string(note) != text {
			t.Errorf("restoring %s: %d %v, %q, %v", id, status, e.Detail, note, err)
		}
	}
	if len(r.acknowledged) > 1 && !slices.ContainsFunc(list, func(v version) bool { return v.Cause == "other program" }) {
		t.Errorf("%s: nothing of the other program's was kept", r.date)
	}
}
