package pages

import (
	"slices"
	"testing"
	"testing/synctest"
)

// TestPoolServesInOrder lets the one that waits longest have the next free slot.
func TestPoolServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := &pool{most: 2}
		for range 2 {
			if p, err := pool.take(t.Context(), file{}); p != nil || err != nil {
				t.Fatal(p, err)
			}
		}
		var served []int
		for i := range 6 {
			go func() {
				if _, err := pool.take(t.Context(), file{}); err != nil {
					t.Error(err)
				}
				served = append(served, i)
			}()
			synctest.Wait() // it waits in the queue now
		}
		for range 6 {
			pool.vacate()
			synctest.Wait()
		}
		if want := []int{0, 1, 2, 3, 4, 5}; !slices.Equal(served, want) {
			t.Errorf("served %v, want %v", served, want)
		}
	})
}
