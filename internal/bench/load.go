package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// client is an HTTP client for many connections to one server.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100, ReadBufferSize: 2 << 10, WriteBufferSize: 1 << 10}}
}

// questions are about as long and as specific as real ones.
var questions = []string{
	"When did I drink tea for the first time?", "What did I think of the play with the witches?",
	"How did my brother fall ill?", "When was my wife angry about the maid?", "Which days did I go by water to Woolwich?",
	"What did we eat at the dinner for the stone?", "Who told me about the comet?", "When did I buy a new periwig?",
}

func ask(ctx context.Context, c *http.Client, url, path, provider, model, query string) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{"query": query, "provider": provider, "model": model, "stream": "deltas"})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return nil, fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	return resp, nil
}

// events calls f with the name and data of every event of a stream until f
// returns false.
func events(r io.Reader, f func(name, data string) bool) error {
	reader := bufio.NewReaderSize(r, 2<<10)
	name := ""
	for {
		line, err := reader.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\n")
		if v, ok := strings.CutPrefix(line, "event: "); ok {
			name = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok && !f(name, v) {
			return nil
		}
	}
}

// throughput posts to /journal_chat from clients concurrent clients for a while
// and returns the answers per second and their times.
func throughput(ctx context.Context, url, provider, model string, clients int, long time.Duration) (float64, []time.Duration, error) {
	c := client()
	c.Transport.(*http.Transport).MaxIdleConnsPerHost = clients
	defer c.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var mu sync.Mutex
	var times []time.Duration
	var failure error
	var wg sync.WaitGroup
	began := time.Now()
	for i := range clients {
		wg.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				start := time.Now()
				resp, err := ask(ctx, c, url, "/journal_chat", provider, model, questions[n%len(questions)])
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				mu.Lock()
				switch {
				case err == nil:
					times = append(times, time.Since(start))
				case ctx.Err() == nil:
					failure = err
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return float64(len(times)) / time.Since(began).Seconds(), times, failure
}

// at returns the p quantile of the times.
func at(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}
