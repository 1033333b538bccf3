package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
)

const runs = 5

// index measures a cold index of the journal, without vectors.
func (b *bench) index() error {
	var times []time.Duration
	for i := range runs {
		cmd := exec.CommandContext(b.ctx, b.binary, "index", "--journal", b.journal)
		cmd.Env = b.environment(fmt.Sprintf("cold%d", i))
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		times = append(times, time.Since(began))
	}
	b.add("cold index of 1,810 notes, no vectors", "≤ 2 s", fmt.Sprintf("median of %d whole runs of “daybook index”", runs),
		"%.2f s", at(times, 0.5).Seconds())
	return nil
}

// warmStart measures how soon a server over 10,000 unchanged notes is ready.
func (b *bench) warmStart() error {
	dir, _, err := b.tenThousand("ten-thousand")
	if err != nil {
		return err
	}
	var times []time.Duration
	for i := range runs + 1 {
		s, err := b.start("warm", dir)
		if err != nil {
			return err
		}
		s.stop()
		if i > 0 { // the first one indexes
			times = append(times, s.took)
		}
	}
	b.add("warm start of 10,000 unchanged notes, until ready", "≤ 300 ms", fmt.Sprintf("median of %d, process start to /status ready", runs),
		"%d ms", at(times, 0.5).Milliseconds())
	return nil
}

// tenThousand writes 10,000 notes into a named folder, and returns the folder
// and their paths.
func (b *bench) tenThousand(name string) (dir string, paths []string, err error) {
	dir = filepath.Join(b.work, name)
	day := daybook.Date{Year: 1990, Month: 1, Day: 1}
	for i := range 10_000 {
		d := day.AddDays(i)
		folder := filepath.Join(dir, strconv.Itoa(d.Year))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", nil, err
		}
		text := fmt.Sprintf("Day number %d of many. %s\n", i, strings.Repeat("Some words of an ordinary day. ", 20))
		path := filepath.Join(folder, fmt.Sprintf("%02d-%02d-%04d.md", d.Month, d.Day, d.Year))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", nil, err
		}
		paths = append(paths, path)
	}
	return dir, paths, nil
}

// withVectors are the settings of a server whose entries have vectors.
var withVectors = []string{"DAYBOOK_MODEL_EMBEDDING=openai/text-embedding-3-large"}

// How the model helps a search: not at all, or with two more calls of a question.
const (
	alone  = "DAYBOOK_SEARCH_HELP=off"
	helped = "DAYBOOK_SEARCH_HELP=3s"
)

// embedded starts a server over the journal with a vector for each passage.
func (b *bench) embedded(help string) (*server, error) {
	cmd := exec.CommandContext(b.ctx, b.binary, "index", "--journal", b.journal)
	cmd.Env = b.environment("embedded", withVectors...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return b.start("embedded", b.journal, append(withVectors, help)...)
}

// firstToken measures the time to the first delta with a fake that answers at
// once, for one client.
func (b *bench) firstToken() error {
	if err := b.firstTokens(alone, "p50 ≤ 10 ms, p99 ≤ 30 ms", "500 streams; the instant fake's intent, embedding and first token are in it"); err != nil {
		return err
	}
	return b.firstTokens(helped, "p50 ≤ 25 ms, p99 ≤ 60 ms", "500 streams; the model also suggests searches and orders the passages")
}

func (b *bench) firstTokens(help, bar, how string) error {
	s, err := b.embedded(help)
	if err != nil {
		return err
	}
	defer s.stop()
	c := client()
	defer c.CloseIdleConnections()
	var times []time.Duration
	for i := range 520 {
		began := time.Now()
		resp, err := ask(b.ctx, c, s.url, "/journal_chat/stream", "openai", instant, questions[i%len(questions)])
		if err != nil {
			return err
		}
		var first time.Duration
		err = events(resp.Body, func(name, _ string) bool {
			if name == "delta" && first == 0 {
				first = time.Since(began)
			}
			return true
		})
		resp.Body.Close()
		if err != nil || first == 0 {
			return fmt.Errorf("no delta came: %w", err)
		}
		if i >= 20 { // the first ones warm up
			times = append(times, first)
		}
	}
	b.add("time to the first token, 1,810 entries with 3072-dimension vectors, one client"+with[help], bar, how,
		"p50 %.1f ms, p99 %.1f ms", ms(at(times, 0.5)), ms(at(times, 0.99)))
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// with says in the table how the model helps a search.
var with = map[string]string{alone: "", helped: ", the model helps the search"}

func (b *bench) chats() error {
	for _, help := range []string{alone, helped} {
		s, err := b.embedded(help)
		if err != nil {
			return err
		}
		bar := map[string]string{alone: "≥ 300 a second", helped: "≥ 100 a second"}[help]
		err = b.throughput(s, "POST /journal_chat, instant fake (intent, embedding, chat), 50 clients"+with[help], bar, "openai")
		s.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) offlineChats() error {
	s, err := b.start("offline", b.journal)
	if err != nil {
		return err
	}
	defer s.stop()
	return b.throughput(s, "POST /journal_chat, offline, 50 clients", "≥ 300 a second", "offline")
}

func (b *bench) throughput(s *server, what, bar, provider string) error {
	if _, _, err := throughput(b.ctx, s.url, provider, instant, 50, 2*time.Second); err != nil {
		return err
	}
	before, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	rate, times, err := throughput(b.ctx, s.url, provider, instant, 50, 10*time.Second)
	if err != nil {
		return err
	}
	after, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	b.add(what, bar, fmt.Sprintf("10 s; p50 %.0f ms, p99 %.0f ms; the server's own processor time %.2f ms an answer",
		ms(at(times, 0.5)), ms(at(times, 0.99)), ms(after-before)/float64(len(times))), "%.0f a second", rate)
	return nil
}

// open opens n streams of a model and calls f with each event of each, until
// they end.
func (b *bench) open(ctx context.Context, s *server, n int, model string, began func(), f func(name, data string)) (wait func() error) {
	c := client()
	var wg sync.WaitGroup
	var failure atomic.Value
	gate := make(chan struct{}, 32) // so many connect at a time
	for i := range n {
		wg.Go(func() {
			gate <- struct{}{}
			resp, err := ask(ctx, c, s.url, "/journal_chat/stream", "openai", model, questions[i%len(questions)])
			<-gate
			if err == nil {
				defer resp.Body.Close()
				first := true
				err = events(resp.Body, func(name, data string) bool {
					if first && name == "delta" {
						first = false
						began()
					}
					f(name, data)
					return true
				})
			}
			if err != nil && ctx.Err() == nil {
				failure.Store(err)
			}
		})
	}
	return func() error {
		wg.Wait()
		c.CloseIdleConnections()
		err, _ := failure.Load().(error)
		return err
	}
}

// reach waits until n streams have begun.
func reach(begun *atomic.Int32, n int32) error {
	for end := time.Now().Add(time.Minute); begun.Load() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("%d of %d streams began within a minute", begun.Load(), n)
		}
	}
	return nil
}

// streams measures a thousand open streams of ten deltas a second.
func (b *bench) streams() error {
	const n = 1000
	s, err := b.start("offline", b.journal, alone)
	if err != nil {
		return err
	}
	defer s.stop()
	pid := s.cmd.Process.Pid
	idle, err := memory(pid)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var late []time.Duration
	var begun atomic.Int32
	ctx, leave := context.WithCancel(b.ctx)
	defer leave()
	wait := b.open(ctx, s, n, steady, func() { begun.Add(1) }, func(name, data string) {
		now := time.Now()
		_, digits, ok := strings.Cut(data, `"text":"`)
		sent, err := strconv.ParseInt(strings.Trim(digits, ` "}`), 10, 64)
		if name != "delta" || !ok || err != nil {
			return
		}
		mu.Lock()
		late = append(late, now.Sub(time.Unix(0, sent)))
		mu.Unlock()
	})
	if err := reach(&begun, n); err != nil {
		return err
	}
	mu.Lock()
	late = late[:0]
	mu.Unlock()
	const span = 8 * time.Second
	before, err := cpu(pid)
	if err != nil {
		return err
	}
	time.Sleep(span)
	after, err := cpu(pid)
	if err != nil {
		return err
	}
	full, err := memory(pid)
	if err != nil {
		return err
	}
	mu.Lock()
	times := append([]time.Duration{}, late...)
	mu.Unlock()
	leave()
	if err := wait(); err != nil {
		return err
	}
	if want := n * int(span/steadyEvery); len(times) < want*9/10 {
		return fmt.Errorf("%d events came within %s, want about %d", len(times), span, want)
	}
	b.add("1,000 open streams of 10 deltas a second", "≤ 0.4 core, ≤ 200 KB each, p99 late ≤ 10 ms",
		fmt.Sprintf("over %s; %d events; memory is the growth of the resident set from idle, its upstream side in it", span, len(times)),
		"%.2f core, %d KB each, p99 %.0f ms late", (after-before).Seconds()/span.Seconds(), (full-idle)/n>>10, ms(at(times, 0.99)))
	return nil
}

// leaving measures how soon a thousand upstream calls are closed after their
// clients disconnect mid-stream, and what they leave behind.
func (b *bench) leaving() error {
	const n = 1000
	s, err := b.start("offline", b.journal)
	if err != nil {
		return err
	}
	fresh, err := b.start("offline", b.journal)
	if err != nil {
		return err
	}
	ctx, leave := context.WithCancel(b.ctx)
	defer leave()
	var begun atomic.Int32
	wait := b.open(ctx, s, n, endless, func() { begun.Add(1) }, func(string, string) {})
	if err := reach(&begun, n); err != nil {
		return err
	}
	left := time.Now()
	leave()
	for {
		open, err := b.fake.open()
		if err != nil {
			return err
		}
		if open == 0 {
			break
		}
		if time.Since(left) > 10*time.Second {
			return fmt.Errorf("%d upstream calls are still open", open)
		}
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(left)
	if err := wait(); err != nil {
		return err
	}
	http.DefaultClient.CloseIdleConnections()
	time.Sleep(2 * time.Second) // for connections that are being closed
	after, err := s.goroutines()
	if err != nil {
		return err
	}
	before, err := fresh.goroutines()
	if err != nil {
		return err
	}
	b.add("1,000 clients that leave in the middle of a stream", "upstream closed ≤ 1 s each, 0 goroutines left",
		fmt.Sprintf("until the last of the 1,000 is closed; %d goroutines after, %d in a server that was never asked, both without those of kept connections", after, before),
		"%d ms, %d left", took.Milliseconds(), max(0, after-before))
	return nil
}
