package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// Models of the fake, by what they do.
const (
	instant = "instant" // answers at once
	steady  = "steady"  // ten deltas a second for a while
	endless = "endless" // a few deltas, and then nothing
	reader  = "reader"  // takes a while for a page

	analyst = "analyst" // takes a while for a step of an analysis
	forger  = "forger"  // the same, with false quotations in comparisons

	// They take a while for a batch, and make vectors of the length in their
	// name.
	embedder768  = "embedder-768"
	embedder3072 = "embedder-3072"
)

const (
	dimension   = 3072
	steadyFor   = 50 * time.Second // longer than a thousand streams take to begin
	steadyEvery = 100 * time.Millisecond
	readerTakes = 2 * time.Second
	batchTakes  = 300 * time.Millisecond
	stepTakes   = time.Second
)

// nowMark is replaced in a delta by the time it is sent.
const nowMark = "@now@"

// serveFake serves the fake until ctx ends. Its first line of output is its
// address and key.
func serveFake(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var read pagesRead
	fake := llmtest.New(playFor(&read))
	mux := http.NewServeMux()
	mux.HandleFunc("/read", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(read.counts()) }) // or the client has left
	mux.HandleFunc("/open", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, fake.Open()) })
	mux.Handle("/", fake)
	fmt.Fprintf(os.Stdout, "http://%s %s\n", ln.Addr(), llmtest.Key)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(ln); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// pagesRead counts the requested pages, by picture.
type pagesRead struct {
	mu    sync.Mutex
	calls map[[sha256.Size]byte]int
}

func (p *pagesRead) add(picture []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls == nil {
		p.calls = map[[sha256.Size]byte]int{}
	}
	p.calls[sha256.Sum256(picture)]++
}

func (p *pagesRead) counts() (r readings) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.calls {
		r.Pages++
		r.Calls += n
	}
	return r
}

func playFor(read *pagesRead) func(llmtest.Request) llmtest.Script {
	reply := llmtest.Reply("You wrote of it on the fourth of May [1], and again in June [2].")
	searches := llmtest.Script{Deltas: llmtest.Object(map[string][]string{"searches": {"a dish of tea", "the new drink"}}, 100), Usage: llm.Usage{InputTokens: 300, OutputTokens: 20}}
	best := llmtest.Script{Deltas: llmtest.Object(map[string][]int{"best": {3, 1, 2}}, 100), Usage: llm.Usage{InputTokens: 4000, OutputTokens: 20}}
	var stamped []string
	for range int(steadyFor / steadyEvery) {
		stamped = append(stamped, nowMark+" ")
	}
	stamped = append(append([]string{`{"response":"`}, stamped...), `"}`)
	return func(r llmtest.Request) llmtest.Script {
		switch {
		case r.Model == analyst:
			return llmtest.Script{First: stepTakes, Deltas: llmtest.Object(llmtest.Analyst(r, nil), 200)}
		case r.Model == forger:
			return llmtest.Script{First: stepTakes, Deltas: llmtest.Object(llmtest.Analyst(r, forge), 200)}
		case r.Model == reader:
			for _, image := range r.Messages[0].Images {
				read.add(image.Data)
			}
			return llmtest.Script{First: readerTakes, Deltas: []string{"Words of a page, such as one writes them down in the evening."}}
		case r.Model == embedder768:
			return llmtest.Script{First: batchTakes, Dim: 768}
		case r.Model == embedder3072:
			return llmtest.Script{First: batchTakes, Dim: 3072}
		case r.Inputs != nil:
			return llmtest.Script{Dim: dimension}
		case r.Wants("searches"):
			return searches
		case r.Wants("best"):
			return best
		case r.Wants("intent"):
			return reply(r)
		case r.Model == endless:
			return llmtest.Script{Deltas: llmtest.Answer("response", "a beginning", 4), SilentAfter: 5}
		case strings.HasPrefix(r.Model, steady):
			return llmtest.Script{Deltas: stamped, Every: steadyEvery, Now: nowMark}
		}
		return reply(r)
	}
}

// forge adds altered quotations, and quotations of another side, to each side
// of a comparison.
func forge(answer any) any {
	c, ok := answer.(llmtest.Compared)
	if !ok {
		return answer
	}
	var all []string
	for _, p := range c.Periods {
		all = append(all, p.Claims[0].Excerpts...)
	}
	for _, text := range all {
		all = append(all, "Indeed "+text)
	}
	for i := range c.Periods {
		c.Periods[i].Claims[0].Excerpts = all
	}
	return c
}
