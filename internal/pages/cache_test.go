package pages

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestCache keeps what was used last, within its bound.
func TestCache(t *testing.T) {
	made := 0
	c := Cache[int]{Limit: 1000}
	get := func(k int) {
		t.Helper()
		p, err := c.Get(t.Context(), k, func(context.Context) (Picture, error) {
			made++
			return Picture{Data: make([]byte, 100+k)}, nil
		})
		if err != nil || len(p.Data) != 100+k {
			t.Errorf("%d bytes, %v", len(p.Data), err)
		}
	}
	get(1)
	for i := range 20 {
		get(10 + i)
		get(1)
	}
	if made != 21 {
		t.Errorf("made %d pictures, want 21: the one that was used last is kept", made)
	}
	get(2000) // larger than all that is kept
	if c.bytes > c.Limit || c.bytes < 800 || len(c.at) != c.order.Len() || len(c.making) != 0 {
		t.Errorf("the cache has %d bytes, %d of %d pictures, and makes %d", c.bytes, len(c.at), c.order.Len(), len(c.making))
	}
}

// TestCacheMakesOnce makes a picture once for all that wait for it, and again if that
// fails or its caller leaves.
func TestCacheMakesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache[string]{Limit: 1000}
		calls := 0
		slow := func(ctx context.Context) (Picture, error) {
			calls++
			select {
			case <-time.After(time.Second):
				return Picture{Data: []byte("made")}, nil
			case <-ctx.Done():
				return Picture{}, ctx.Err()
			}
		}
		first, leave := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := c.Get(first, "a", slow)
			failed <- err
		}()
		synctest.Wait()
		others := make(chan Picture, 5)
		for range 5 {
			go func() {
				p, err := c.Get(t.Context(), "a", slow)
				if err != nil {
					t.Error(err)
				}
				others <- p
			}()
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.Get(impatient, "a", slow); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		leave()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		for range 5 {
			if p := <-others; string(p.Data) != "made" {
				t.Errorf("%q", p.Data)
			}
		}
		if calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
	})
}
