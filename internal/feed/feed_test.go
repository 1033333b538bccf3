package feed_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"daybook/internal/feed"
)

// collect follows a feed to its end.
func collect(ctx context.Context, f *feed.Feed[int], keep func([]int) []int) (all []int, last error) {
	for n, err := range f.Follow(ctx, keep) {
		if err != nil {
			return all, err
		}
		all = append(all, n)
	}
	return all, nil
}

func TestFollowersGetEveryEvent(t *testing.T) {
	failed := errors.New("failed")
	for _, end := range []error{nil, failed} {
		synctest.Test(t, func(t *testing.T) {
			f := feed.New[int]()
			go func() {
				for n := range 5 {
					f.Add(n)
					time.Sleep(time.Second)
				}
				f.End(end)
			}()
			for _, late := range []time.Duration{0, 2500 * time.Millisecond, time.Hour} {
				time.Sleep(late)
				all, err := collect(t.Context(), f, nil)
				if !slices.Equal(all, []int{0, 1, 2, 3, 4}) || !errors.Is(err, end) {
					t.Errorf("%s late: %v, %v", late, all, err)
				}
			}
		})
	}
}

func TestLeavingEndsOnlyTheFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := feed.New[int]()
		f.Add(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if all, err := collect(ctx, f, nil); len(all) != 1 || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("%v, %v after %s", all, err, time.Since(start))
		}
		for range f.Follow(t.Context(), nil) {
			break
		}
		f.Add(2)
		f.End(nil)
		if all, err := collect(t.Context(), f, nil); len(all) != 2 || err != nil {
			t.Errorf("%v, %v", all, err)
		}
	})
}

func TestKeepDropsEvents(t *testing.T) {
	f := feed.New[int]()
	for n := range 6 {
		f.Add(n)
	}
	f.End(nil)
	odd := func(list []int) []int {
		return slices.DeleteFunc(slices.Clone(list), func(n int) bool { return n%2 == 0 })
	}
	if all, err := collect(t.Context(), f, odd); !slices.Equal(all, []int{1, 3, 5}) || err != nil {
		t.Errorf("%v, %v", all, err)
	}
	if all, _ := collect(t.Context(), f, nil); len(all) != 6 {
		t.Errorf("the feed lost events: %v", all)
	}
}
