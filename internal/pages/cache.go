package pages

import (
	"container/list"
	"context"
	"sync"
)

// Cache keeps the pictures that were used last in memory, and makes each of them once at
// a time. It is safe for concurrent use. The zero Cache keeps nothing.
type Cache[K comparable] struct {
	Limit int // bytes of all pictures

	mu     sync.Mutex
	bytes  int
	order  list.List // of *cached[K], the last used first
	at     map[K]*list.Element
	making map[K]chan struct{} // closed at the end
}

type cached[K comparable] struct {
	key     K
	picture Picture
}

// Get returns a picture from the cache, or makes it. A call for a picture that another
// call is making waits for that, and makes it itself if the other fails.
func (c *Cache[K]) Get(ctx context.Context, k K, make func(context.Context) (Picture, error)) (Picture, error) {
	for {
		picture, ok, others := c.take(k)
		if ok {
			return picture, nil
		}
		if others == nil {
			break
		}
		select {
		case <-others:
		case <-ctx.Done():
			return Picture{}, context.Cause(ctx)
		}
	}
	var picture Picture
	var err error
	made := false
	defer func() { c.made(k, picture, made && err == nil) }() // also if make panics
	picture, err = make(ctx)
	made = true
	return picture, err
}

// take returns a picture, or what to wait for while another call makes it. If that is
// nil, the caller makes it.
func (c *Cache[K]) take(k K) (p Picture, ok bool, others <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.at[k]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*cached[K]).picture, true, nil
	}
	if others, ok := c.making[k]; ok {
		return p, false, others
	}
	if c.making == nil {
		c.making = map[K]chan struct{}{}
	}
	c.making[k] = make(chan struct{})
	return p, false, nil
}

// made ends the making of a picture, and keeps it if it succeeded.
func (c *Cache[K]) made(k K, p Picture, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.making[k])
	delete(c.making, k)
	if !ok || len(p.Data) > c.Limit {
		return
	}
	if c.at == nil {
		c.at = map[K]*list.Element{}
	}
	c.at[k] = c.order.PushFront(&cached[K]{k, p})
	for c.bytes += len(p.Data); c.bytes > c.Limit; {
		last := c.order.Back()
		old := c.order.Remove(last).(*cached[K])
		delete(c.at, old.key)
		c.bytes -= len(old.picture.Data)
	}
}
