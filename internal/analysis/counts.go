package analysis

import (
	"context"
	"crypto/sha256"
	"iter"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"daybook/internal/llm"
)

// counts caches the token counts of texts: counting ten years of a journal
// takes seconds, and every estimate and run needs it.
type counts struct {
	mu    sync.Mutex
	known map[[32]byte]int
}

// mostCounts bounds the cache, at 40 bytes each.
const mostCounts = 100_000

func newCounts() *counts { return &counts{known: map[[32]byte]int{}} }

func (c *counts) count(text string) int {
	key := sha256.Sum256([]byte(text))
	c.mu.Lock()
	n, ok := c.known[key]
	c.mu.Unlock()
	if ok {
		return n
	}
	n = llm.CountTokens(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= mostCounts {
		clear(c.known)
	}
	c.known[key] = n
	return n
}

// warm counts texts on all cores.
func (c *counts) warm(ctx context.Context, texts []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, text := range texts {
		group.Go(func() error {
			if ctx.Err() == nil {
				c.count(text)
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// counting counts the calls of a model.
type counting struct {
	llm.ChatModel
	calls *int
}

func (c counting) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	*c.calls++
	return c.ChatModel.Stream(ctx, req)
}
