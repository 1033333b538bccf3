package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook"
)

// The size of the vault that is measured.
const (
	vaultNotes    = 40_000
	vaultPictures = 20_000
	vaultPhotos   = 20 // of 12 megapixels, requested one after the other
	vaultAtOnce   = 6  // and these at once
)

// largeVault measures a server over a vault of 40,000 notes with 20,000 pictures:
// how soon it is ready, its memory, the first page of the journal, and the
// thumbnails of photographs.
func (b *bench) largeVault() error {
	dir := filepath.Join(b.work, "vault")
	if err := writeVault(dir); err != nil {
		return err
	}
	cold, err := b.start("vault-data", dir)
	if err != nil {
		return err
	}
	began := time.Now()
	for { // until the notes are in the index
		if time.Since(began) > 5*time.Minute {
			cold.stop()
			return errors.New("the vault was not indexed within five minutes")
		}
		if cold.settled() {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	took := cold.took + time.Since(began)
	cold.stop()
	b.add("cold index of 40,000 notes and 20,000 pictures", "", "process start until /ingest says that all is indexed", "%.1f s", took.Seconds())

	s, err := b.start("vault-data", dir)
	if err != nil {
		return err
	}
	defer s.stop()
	rss, err := memory(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	b.add("warm start over 40,000 notes", "", "process start to /status ready", "%d ms; %d MB resident", s.took.Milliseconds(), rss>>20)
	for _, page := range []struct{ what, path string }{
		{"first page of the journal over 40,000 notes", "/entries?limit=50"},
		{"the days of 40,000 notes", "/days"},
		{"search by words in 40,000 notes", "/search?q=heron"},
		{"the same with text, of a month", "/entries?limit=50&text=true&from=1960-01-01&to=1960-01-31"},
	} {
		var times []time.Duration
		for range 30 {
			began := time.Now()
			if _, err := s.get(page.path); err != nil {
				return err
			}
			times = append(times, time.Since(began))
		}
		b.add(page.what, "≤ 1 s", "GET "+page.path+", 30 times: first, p95", "%d ms, %d ms", times[0].Milliseconds(), at(times, 0.95).Milliseconds())
	}
	return b.thumbnails(s)
}

// thumbnails measures pictures of photographs of 12 megapixels.
func (b *bench) thumbnails(s *server) error {
	newest, err := s.list("/entries?limit=50")
	if err != nil {
		return err
	}
	show := func(i int) (time.Duration, error) {
		query := url.Values{"name": {fmt.Sprintf("photo%d.jpg", i)}, "longest": {"400"}}
		began := time.Now()
		_, err := s.get("/entries/" + url.PathEscape(newest[0]) + "/file?" + query.Encode())
		return time.Since(began), err
	}
	var first, again []time.Duration
	for i := range vaultPhotos {
		for _, times := range []*[]time.Duration{&first, &again} {
			took, err := show(i)
			if err != nil {
				return err
			}
			*times = append(*times, took)
		}
	}
	var all errgroup.Group
	together := make([]time.Duration, vaultAtOnce)
	for i := range vaultAtOnce {
		all.Go(func() (err error) {
			together[i], err = show(vaultPhotos + i)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	how := fmt.Sprintf("%d photographs of 4000 × 3000, 400 pixels: median, longest", vaultPhotos)
	b.add("thumbnail of a 12 MP photograph, cold", "≤ 400 ms", how, "%d ms, %d ms", at(first, 0.5).Milliseconds(), at(first, 1).Milliseconds())
	b.add("the same, warm", "≤ 100 ms", how, "%d ms, %d ms", at(again, 0.5).Milliseconds(), at(again, 1).Milliseconds())
	b.add("the same, cold, six at once", "", "the first, the last", "%d ms, %d ms", at(together, 0).Milliseconds(), at(together, 1).Milliseconds())
	return nil
}

// get returns the body of a successful answer.
func (s *server) get(path string) ([]byte, error) {
	resp, err := http.Get(s.url + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return body, err
}

// list returns the IDs of the entries of a page.
func (s *server) list(path string) ([]string, error) {
	body, err := s.get(path)
	if err != nil {
		return nil, err
	}
	var page []struct{ ID string }
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range page {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// settled reports whether all notes are in the index.
func (s *server) settled() bool {
	body, err := s.get("/ingest")
	var status struct{ Entries int }
	return err == nil && json.Unmarshal(body, &status) == nil && status.Entries >= vaultNotes
}

// writeVault writes a vault of Obsidian's: a note a day, every second with a
// picture, and in the newest note photographs.
func writeVault(dir string) error {
	small, err := photograph(96, 64)
	if err != nil {
		return err
	}
	large, err := photograph(4000, 3000)
	if err != nil {
		return err
	}
	files := filepath.Join(dir, "files")
	for _, folder := range []string{files, filepath.Join(dir, ".obsidian")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".obsidian", "app.json"), []byte(`{"attachmentFolderPath": "files"}`), 0o600); err != nil {
		return err
	}
	day := daybook.Date{Year: 1915, Month: 1, Day: 1}
	for i := range vaultNotes {
		d := day.AddDays(i)
		text := fmt.Sprintf("Day %d. We rowed to the island and saw a heron. %s\n", i, strings.Repeat("Some words of an ordinary day. ", 20))
		if i%(vaultNotes/vaultPictures) == 0 {
			name := fmt.Sprintf("picture%d.jpg", i)
			text += "\n![[" + name + "]]\n"
			// What is behind the end of a JPEG makes other bytes of the same picture.
			if err := os.WriteFile(filepath.Join(files, name), append(bytes.Clone(small), name...), 0o600); err != nil {
				return err
			}
		}
		if i == vaultNotes-1 {
			for n := range vaultPhotos + vaultAtOnce {
				name := fmt.Sprintf("photo%d.jpg", n)
				text += "![[" + name + "]]\n"
				if err := os.WriteFile(filepath.Join(files, name), append(bytes.Clone(large), name...), 0o600); err != nil {
					return err
				}
			}
		}
		folder := filepath.Join(dir, fmt.Sprintf("%04d", d.Year))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, d.String()+".md"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// photograph returns a JPEG with as much in it as a photograph has.
func photograph(width, height int) ([]byte, error) {
	r := rand.New(rand.NewPCG(1, 2))
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			grain := uint8(r.UintN(24))
			p.SetRGBA(x, y, color.RGBA{uint8(x*200/width) + grain, uint8(y*200/height) + grain, uint8((x+y)%180) + grain, 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}
