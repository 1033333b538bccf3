package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// watch measures how soon an edit of one of 10,000 notes is found, also during
// their first embedding, and the cost of watching.
func (b *bench) watch() error {
	dir, paths, err := b.tenThousand("watched")
	if err != nil {
		return err
	}
	s, err := b.start("watched", dir)
	if err != nil {
		return err
	}
	defer s.stop()
	const edits = 50
	times, err := b.edits(s, paths, edits)
	if err != nil {
		return err
	}
	b.add("from a save to being found, 10,000 notes", "p95 ≤ 2 s", fmt.Sprintf("%d edits at random moments, written in place or renamed into place, until GET /search has them", edits),
		"p50 %.2f s, p95 %.2f s, max %.2f s", at(times, 0.5).Seconds(), at(times, 0.95).Seconds(), at(times, 1).Seconds())
	if err := b.idle(s); err != nil {
		return err
	}
	return b.whileEmbedding(dir, paths)
}

// idle measures the cost of an idle server.
func (b *bench) idle(s *server) error {
	const span = time.Minute
	before, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	time.Sleep(span)
	after, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	b.add("a server over 10,000 notes that nothing happens to", "≤ 1 % of a core", fmt.Sprintf("processor time over %s, its sweeps in it", span),
		"%.2f %%", 100*(after-before).Seconds()/span.Seconds())
	return nil
}

// whileEmbedding measures edits beside the built-in model at work.
func (b *bench) whileEmbedding(dir string, paths []string) error {
	if _, err := os.Stat(filepath.Join(filepath.Dir(b.binary), "model")); err != nil {
		fmt.Fprintln(os.Stderr, "not measured beside the built-in model, which is not here")
		return nil
	}
	s, err := b.start("embedding", dir, "DAYBOOK_MODEL_EMBEDDING=builtin")
	if err != nil {
		return err
	}
	defer s.stop()
	const edits = 20
	times, err := b.edits(s, paths, edits)
	if err != nil {
		return err
	}
	if strings.Contains(s.said.String(), "embedded the journal") {
		return fmt.Errorf("the embedding ended too early: %s", s.said)
	}
	b.add("from a save to being found by words, while 10,000 notes are embedded", "p95 ≤ 2 s", fmt.Sprintf("%d edits, the built-in model at work all the while", edits),
		"p50 %.2f s, p95 %.2f s, max %.2f s", at(times, 0.5).Seconds(), at(times, 0.95).Seconds(), at(times, 1).Seconds())
	return nil
}

// edits changes notes and returns how long it took until each was found.
func (b *bench) edits(s *server, paths []string, n int) ([]time.Duration, error) {
	c := client()
	defer c.CloseIdleConnections()
	var times []time.Duration
	for i := range n {
		time.Sleep(rand.N(2 * time.Second))
		path := paths[rand.IntN(len(paths))]
		word := fmt.Sprintf("%c%cqzw%d", 'a'+rand.N('z'-'a'), 'a'+rand.N('z'-'a'), time.Now().UnixNano())
		began := time.Now()
		if err := save(path, "An ordinary day, and "+word+".\n", i%2 == 0); err != nil {
			return nil, err
		}
		for {
			found, err := b.finds(c, s, word, filepath.Base(path))
			if err != nil {
				return nil, err
			}
			if found {
				break
			}
			if time.Since(began) > time.Minute {
				return nil, fmt.Errorf("an edit was not found within a minute: %s", s.said)
			}
			time.Sleep(5 * time.Millisecond)
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

// save writes a note in place or by renaming, as editors do.
func save(path, text string, inPlace bool) error {
	if inPlace {
		return os.WriteFile(path, []byte(text), 0o600)
	}
	next := filepath.Join(filepath.Dir(path), ".next.tmp")
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// finds reports whether searching for a word finds a note.
func (b *bench) finds(c *http.Client, s *server, word, name string) (bool, error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, s.url+"/search?k=1&q="+url.QueryEscape(`"`+word+`"`), nil)
	if err != nil {
		return false, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("search: status %d", resp.StatusCode)
	}
	var out struct{ Results []struct{ File string } }
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return false, fmt.Errorf("search: %w", err)
	}
	return len(out.Results) == 1 && strings.HasSuffix(out.Results[0].File, name), nil
}
