package llm

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

type windower func(context.Context) (int, error)

func (w windower) Ping(context.Context) error                        { return nil }
func (w windower) Window(ctx context.Context, _ string) (int, error) { return w(ctx) }

func TestWindowsAreAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, says, after, fails := 0, 4096, time.Duration(0), error(nil)
		w := NewWindows([]Provider{{Name: "p", Pinger: windower(func(context.Context) (int, error) {
			calls++
			time.Sleep(after)
			return says, fails
		})}})
		ref := Ref{"p", "m"}
		check := func(when string, want, asked int) {
			t.Helper()
			got := w.Of(ref)
			synctest.Wait() // a server that is slow is asked beside it
			if got != want || calls != asked {
				t.Errorf("%s: %d after %d calls, want %d after %d", when, got, calls, want, asked)
			}
		}
		check("first", 4096, 1)
		check("known", 4096, 1)
		time.Sleep(windowFor + time.Second)
		says, after = 8192, 5*time.Second
		started := time.Now()
		check("slow", 4096, 2) // what was known holds meanwhile
		if took := time.Since(started); took != windowWithin {
			t.Errorf("waited %s", took)
		}
		time.Sleep(after)
		check("slow, later", 8192, 2)
		time.Sleep(windowFor + time.Second)
		after, fails = 0, errors.New("down")
		check("down", 8192, 3)
		w.Forget(ref)
		says, fails = 0, nil
		check("unknown", 0, 4)
		if w.Of(Ref{"other", "m"}) != 0 {
			t.Error("another provider")
		}
	})
}
