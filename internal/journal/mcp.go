package journal

import (
	"context"
	"sync"
	"time"

	"daybook"
	"daybook/internal/mcp"
	"daybook/internal/notes"
)

// MCP returns what serves the journal to other programs. If it is alone, it
// brings the index up to date itself; a server does so anyway.
func (j *Journal) MCP(service *notes.Service, version string, alone bool) *mcp.Server {
	c := mcp.Config{
		Searcher: j.Search, Notes: service, Almanac: j.Almanac, Chat: j.Chat, Guard: j.Guard, Ledger: j.Calls,
		Model: j.ChatDefault(), Now: j.Now, Version: version, Log: j.Log,
	}
	if alone {
		c.Refresh = (&refresher{journal: j}).refresh
	}
	return mcp.New(c)
}

// refreshEvery is how often the folder is listed at most.
const refreshEvery = 2 * time.Second

// refresher reads what changed in the journal, one caller at a time.
type refresher struct {
	journal *Journal
	mu      sync.Mutex
	last    time.Time
}

// refresh returns nil if the folder cannot be read now: then what was read
// before is used.
func (r *refresher) refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.last) < refreshEvery {
		return nil
	}
	_, err := r.journal.Indexer.Run(ctx, nil)
	if err != nil && daybook.KindOf(err) != daybook.Unavailable {
		return err
	}
	r.last = time.Now()
	return ctx.Err()
}
