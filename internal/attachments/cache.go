package attachments

import (
	"container/list"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"daybook/internal/pages"
)

// cacheBytes bounds the pictures that are kept in memory.
const cacheBytes = 48 << 20

// key names a picture: by the bytes of its file, and its size in pixels.
type key struct {
	sum     [sha256.Size]byte
	longest int
}

func keyOf(file *File, longest int) (key, error) {
	h := sha256.New()
	if _, err := io.Copy(h, reader(file)); err != nil {
		return key{}, fmt.Errorf("read an attachment: %w", err)
	}
	return key{[sha256.Size]byte(h.Sum(nil)), longest}, nil
}

// cache keeps the pictures that were used last. The zero cache keeps nothing.
type cache struct {
	limit int

	mu    sync.Mutex
	bytes int
	order list.List // of *cached, the last used first
	at    map[key]*list.Element
}

type cached struct {
	key     key
	picture pages.Picture
}

func (c *cache) get(k key) (pages.Picture, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[k]
	if !ok {
		return pages.Picture{}, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).picture, true
}

func (c *cache) put(k key, p pages.Picture) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil {
		c.at = map[key]*list.Element{}
	}
	if c.at[k] != nil || len(p.Data) > c.limit {
		return
	}
	c.at[k] = c.order.PushFront(&cached{k, p})
	for c.bytes += len(p.Data); c.bytes > c.limit; {
		last := c.order.Back()
		old := c.order.Remove(last).(*cached)
		delete(c.at, old.key)
		c.bytes -= len(old.picture.Data)
	}
}
