package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/search"
	"daybook/internal/store"
)

var errAway = errors.New("the store is away")

// countdown makes one call fail after so many others.
type countdown struct {
	mu   sync.Mutex
	left int
	at   string // the call that failed; "" for none
}

func (c *countdown) next(call string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	if c.left != -1 {
		return nil
	}
	c.at = call
	return fmt.Errorf("%s: %w", call, errAway)
}

// failingSearcher, failingGuard and failingThreads count the calls of a service and let
// one of them fail.
type failingSearcher struct {
	chat.Searcher
	*countdown
}

func (f failingSearcher) Find(ctx context.Context, q search.Query, k int) (found search.Found, err error) {
	if err = f.next("Find"); err == nil {
		found, err = f.Searcher.Find(ctx, q, k)
	}
	return found, err
}

func (f failingSearcher) Recent(ctx context.Context, filter store.Filter, k int) (list []search.Result, err error) {
	if err = f.next("Recent"); err == nil {
		list, err = f.Searcher.Recent(ctx, filter, k)
	}
	return list, err
}

func (f failingSearcher) Passages(ctx context.Context, id string) (list []daybook.Passage, err error) {
	if err = f.next("Passages"); err == nil {
		list, err = f.Searcher.Passages(ctx, id)
	}
	return list, err
}

func (f failingSearcher) Load(ctx context.Context, ids []string) (list []daybook.Entry, err error) {
	if err = f.next("Load"); err == nil {
		list, err = f.Searcher.Load(ctx, ids)
	}
	return list, err
}

func (f failingSearcher) Show(ctx context.Context, found *search.Found, r *search.Result, limit int) (list []search.Shown, err error) {
	if err = f.next("Show"); err == nil {
		list, err = f.Searcher.Show(ctx, found, r, limit)
	}
	return list, err
}

type failingGuard struct {
	chat.Guard
	*countdown
}

func (f failingGuard) Split(ctx context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error) {
	if err = f.next("Split"); err == nil {
		public, private, err = f.Guard.Split(ctx, entries)
	}
	return public, private, err
}

func (f failingGuard) Among(ctx context.Context, ids []string) (private map[string]bool, err error) {
	if err = f.next("Among"); err == nil {
		private, err = f.Guard.Among(ctx, ids)
	}
	return private, err
}

func (f failingGuard) Quotes(ctx context.Context, text string) (ids []string, err error) {
	if err = f.next("Quotes"); err == nil {
		ids, err = f.Guard.Quotes(ctx, text)
	}
	return ids, err
}

func (f failingGuard) Betrays(ctx context.Context, text string) (ids []string, unknown bool, err error) {
	if err = f.next("Betrays"); err == nil {
		ids, unknown, err = f.Guard.Betrays(ctx, text)
	}
	return ids, unknown, err
}

func (f failingGuard) Is(ctx context.Context, title, content string) (ids []string, err error) {
	if err = f.next("Is"); err == nil {
		ids, err = f.Guard.Is(ctx, title, content)
	}
	return ids, err
}

// conversations is an alias, since chat.Threads has a method of its own name.
type conversations = chat.Threads

type failingThreads struct {
	conversations
	*countdown
}

func (f failingThreads) Thread(ctx context.Context, id string) (t daybook.Thread, err error) {
	if err = f.next("Thread"); err == nil {
		t, err = f.conversations.Thread(ctx, id)
	}
	return t, err
}

func (f failingThreads) CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) (err error) {
	if err = f.next("CreateThread"); err == nil {
		err = f.conversations.CreateThread(ctx, t, messages...)
	}
	return err
}

func (f failingThreads) Messages(ctx context.Context, id string) (list []daybook.Message, err error) {
	if err = f.next("Messages"); err == nil {
		list, err = f.conversations.Messages(ctx, id)
	}
	return list, err
}

func (f failingThreads) BeginTurn(ctx context.Context, t daybook.Turn) (kept daybook.Turn, again bool, err error) {
	if err = f.next("BeginTurn"); err == nil {
		kept, again, err = f.conversations.BeginTurn(ctx, t)
	}
	return kept, again, err
}

func (f failingThreads) RenameThread(ctx context.Context, id, title string, at time.Time) (err error) {
	if err = f.next("RenameThread"); err == nil {
		err = f.conversations.RenameThread(ctx, id, title, at)
	}
	return err
}

func (f failingThreads) DeleteThread(ctx context.Context, id string) (err error) {
	if err = f.next("DeleteThread"); err == nil {
		err = f.conversations.DeleteThread(ctx, id)
	}
	return err
}

// Whichever call to the store, the search or the guard fails, the question fails too: it
// is never answered from a part of what there is, and nothing private is sent.
func TestEveryErrorIsReturned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, harbour())
	_, first := w.asks(chat.Request{Query: "What of the soup?", Save: true})
	title := func(s *chat.Service) error { _, err := s.Title(t.Context(), first.ThreadID, "openai", "m"); return err }
	fork := func(s *chat.Service) error { _, err := s.Fork(t.Context(), first.ThreadID, ""); return err }
	asked := func(req chat.Request) func(s *chat.Service) error {
		return func(s *chat.Service) error {
			if req.Provider == "" {
				req.Provider, req.Model = "openai", "m"
			}
			_, _, err := chat.Collect(s.Answer(t.Context(), req))
			return err
		}
	}
	said := []chat.HistoryMessage{{Role: daybook.User, Text: "Which plant?"}, {Role: daybook.Assistant, Text: "The fern."}}
	for name, do := range map[string]func(*chat.Service) error{
		"search":          asked(chat.Request{Query: "What of the harbour?"}),
		"offline":         asked(chat.Request{Query: "What of the harbour?", Provider: chat.Offline}),
		"recent":          asked(chat.Request{Query: "What did I do lately?", Provider: chat.Offline}),
		"count":           asked(chat.Request{Query: "How often did I mention the harbour?"}),
		"count privately": asked(chat.Request{Query: "How often did I mention the qillwort?"}),
		"history":         asked(chat.Request{Query: "Why?", History: said}),
		"thread":          asked(chat.Request{Query: "Why?", ThreadID: first.ThreadID}),
		"save":            asked(chat.Request{Query: "What of the letter?", Save: true}),
		"documents":       asked(chat.Request{Query: "What is this?", Existing: []chat.Doc{{Title: "x", Content: "The fern."}}}),
		"agent":           asked(chat.Request{Query: "What of the harbour?", Agent: true}),
		"title":           title,
		"fork":            fork,
	} {
		t.Run(name, func(t *testing.T) {
			for n := range 200 {
				c := &countdown{left: n}
				config := w.config
				config.Searcher, config.Guard, config.Threads = failingSearcher{config.Searcher, c}, failingGuard{config.Guard, c}, failingThreads{config.Threads, c}
				s := chat.New(config)
				err := do(s)
				s.Close()
				if c.at == "" {
					if err != nil || n == 0 {
						t.Errorf("%v after %d calls", err, n)
					}
					return
				}
				// An agent answers with what its other searches found.
				if !errors.Is(err, errAway) && (name != "agent" || err != nil) {
					t.Errorf("call %d, %s, fails and the question returns %v", n, c.at, err)
				}
				if sent := w.sent(); strings.Contains(sent, "quillwort") {
					t.Errorf("call %d, %s, fails and a private note is sent", n, c.at)
				}
			}
			t.Error("it makes calls without an end")
		})
	}
}
