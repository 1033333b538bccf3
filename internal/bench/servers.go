package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"daybook"
	"daybook/internal/pages/scantest"
	"daybook/internal/store/postgres/pgtest"
)

// servers measures how two servers on one database share the reading of 200
// scans, when one of them is killed half-way.
func (b *bench) servers() error {
	const documents, atOnce = 200, 4
	server, err := pgtest.Launch(pgtest.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", errLeftOut, err)
	}
	defer server.End()
	address, err := server.NewDatabase()
	if err != nil {
		return err
	}
	journal := filepath.Join(b.work, "two-servers")
	if err := scansOf(journal, documents); err != nil {
		return err
	}
	env := []string{"DAYBOOK_STORE=" + address, "DAYBOOK_MODEL_TRANSCRIPTION=openai/" + reader, fmt.Sprintf("DAYBOOK_PAGES_AT_ONCE=%d", atOnce)}
	before, err := b.fake.read()
	if err != nil {
		return err
	}
	began := time.Now()
	one, err := b.start("servers-one", journal, env...)
	if err != nil {
		return err
	}
	defer one.stop()
	two, err := b.start("servers-two", journal, env...)
	if err != nil {
		return err
	}
	defer two.stop()
	if err := two.writes(b.ctx, documents/2); err != nil {
		return err
	}
	if err := one.cmd.Process.Kill(); err != nil {
		return err
	}
	if err := two.writes(b.ctx, documents); err != nil {
		return err
	}
	after, err := b.fake.read()
	if err != nil {
		return err
	}
	b.add("two servers on one PostgreSQL, 200 scans, 2 s a page, one killed half-way", "each page transcribed once, all done",
		fmt.Sprintf("%d pages at once on each; a page whose answer nobody kept has to be asked for again", atOnce),
		"%d of %d done in %.0f s; %d pages asked for by %d calls", documents, documents, time.Since(began).Seconds(),
		after.Pages-before.Pages, after.Calls-before.Calls)
	return nil
}

// scansOf makes a journal of one-page scans, one a day.
func scansOf(journal string, documents int) error {
	if err := os.MkdirAll(journal, 0o700); err != nil {
		return err
	}
	for i := range documents {
		day := daybook.Date{Year: 2020, Month: 1, Day: 1}.AddDays(i)
		name := fmt.Sprintf("%02d-%02d-%d.jpg", day.Month, day.Day, day.Year)
		if err := os.WriteFile(filepath.Join(journal, name), scantest.JPEG(scantest.Paper(400, 560, uint64(i))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writes waits until so many documents are transcribed into their notes.
func (s *server) writes(ctx context.Context, documents int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		var state struct{ Stages map[string]int }
		if err := getJSON(s.url+"/ingest", &state); err != nil {
			return err
		}
		if state.Stages["written"] >= documents {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d documents were written: %s", state.Stages["written"], documents, s.said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// readings counts the requested pages and the calls.
type readings struct{ Pages, Calls int }

func (f *fakeProcess) read() (r readings, err error) { return r, getJSON(f.url+"/read", &r) }

func getJSON(url string, to any) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, to)
}
