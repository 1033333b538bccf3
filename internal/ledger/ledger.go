// Package ledger records which data of the journal went where: each call to a
// provider with the entries or pages in it, and each program that read the
// journal. It stores IDs, paths and days, but no text. Lines are kept for a
// year.
package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// keepFor is how long a line is kept.
const keepFor = 366 * 24 * time.Hour

// taskRead is the task in lines for programs that read the journal.
const taskRead = "read"

// The statuses of a call.
const (
	Sent      = "sent"      // it is being made, or its end is not known
	OK        = "ok"        // it was answered
	Failed    = "failed"    // Error has the kind of the failure
	Cancelled = "cancelled" // the client left
)

// Line is a line of the ledger.
type Line struct {
	ID       string    `json:"id"`
	Time     time.Time `json:"time" doc:"When the call was sent; of a program, when it read last"`
	Kind     string    `json:"kind" enum:"call,read" doc:"A call to a provider, or a program that read the journal on a day"`
	Provider string    `json:"provider" doc:"Empty for a program"`
	Model    string    `json:"model" doc:"The provider's own name for it"`
	Task     string    `json:"task" doc:"chat, intent, search, title, embedding, transcription or analysis; read for a program"`
	Program  string    `json:"program" doc:"As the program names itself; empty for a call"`
	Count    int       `json:"count" doc:"1 for a call; for a program, how many requests it made that day"`
	Details
}

// Details is the part of a line that a store keeps as JSON.
type Details struct {
	Entries []Entry `json:"entries" nullable:"false" doc:"The entries that had text in the call, or that what was in it was made from"`
	Pages   []Page  `json:"pages" nullable:"false" doc:"The scanned pages whose pictures were in the call"`

	InputTokens  int      `json:"input_tokens"`
	OutputTokens int      `json:"output_tokens"`
	Cost         *float64 `json:"cost" doc:"By the prices of the settings at that time; null without one"`
	Currency     *string  `json:"currency" doc:"Of the cost"`
	Status       string   `json:"status" enum:"sent,ok,failed,cancelled" doc:"sent: it is being made, or Daybook ended before it did"`
	Error        string   `json:"error" doc:"The kind of failure; empty if there was none"`
}

// Entry names an entry of the journal.
type Entry struct {
	ID   string         `json:"id"`
	Path string         `json:"path" doc:"Empty where the entry was gone by then"`
	Days []daybook.Date `json:"days" nullable:"false"`
}

// Page names a page of a scan.
type Page struct {
	Scan string `json:"scan"`
	Note string `json:"note"`
	Page int    `json:"page"`
}

// Store is the part of a store that a Ledger uses; see store.Ledger and
// store.Index.
type Store interface {
	store.Ledger
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
}

// Config configures a Ledger. Store and Now are required.
type Config struct {
	Store Store
	// ReadOnly means that nothing may be written to Store. Calls are not
	// recorded then.
	ReadOnly bool
	// Cost returns the cost of a model's tokens, and false without a price; nil
	// has no prices.
	Cost     func(model llm.Ref, u llm.Usage) (float64, bool)
	Currency string
	Now      func() time.Time // in the owner's time zone, where days begin
	Log      *slog.Logger
}

// Ledger is an llm.Calls. It stores lines within writeWithin, and on Close. It
// is safe for concurrent use.
type Ledger struct {
	Config

	mu      sync.Mutex
	unkept  map[string]*pending // by ID
	timer   *time.Timer
	dropped time.Time // when old lines were last erased
	writing sync.Mutex
	known   map[string]Entry // entries named before, guarded by writing
}

// pending is a line to be written.
type pending struct {
	line    Line
	entries []string
}

// writeWithin is how long lines are collected before they are written: a
// durable write takes longer than a fast chat.
const writeWithin = 200 * time.Millisecond

// Bounds on memory: lines that the store rejects, and the names of entries.
const (
	mostUnkept = 10_000
	mostKnown  = 20_000
)

var _ llm.Calls = (*Ledger)(nil)

// New returns a Ledger.
func New(c Config) *Ledger {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Ledger{Config: c, unkept: map[string]*pending{}, known: map[string]Entry{}}
}

// Sent records a call that is about to be sent.
func (l *Ledger) Sent(model llm.Ref, task llm.Task, c llm.Contents) (end func(llm.Usage, error)) {
	line := Line{
		ID: uuid.Must(uuid.NewV7()).String(), Time: l.Now(), Kind: "call", Provider: model.Provider, Model: model.Model, Task: string(task), Count: 1,
	}
	line.Status = Sent
	for _, p := range c.Pages {
		line.Pages = append(line.Pages, Page(p))
	}
	l.put(pending{line, c.Entries})
	var once sync.Once
	return func(used llm.Usage, err error) {
		once.Do(func() {
			line.Count = 0 // already counted
			line.InputTokens, line.OutputTokens = used.InputTokens, used.OutputTokens
			line.Status, line.Error = ended(err)
			if l.Cost != nil {
				if cost, ok := l.Cost(model, used); ok {
					line.Cost, line.Currency = &cost, &l.Currency
				}
			}
			l.put(pending{line, c.Entries})
		})
	}
}

// ended records how a call ended. It keeps only the kind of an error.
func ended(err error) (status, kind string) {
	switch {
	case err == nil:
		return OK, ""
	case errors.Is(err, context.Canceled):
		return Cancelled, ""
	}
	return Failed, string(daybook.KindOf(err))
}

// Read records that a program read the journal. There is one line per program
// and day.
func (l *Ledger) Read(program string) {
	now := l.Now()
	l.put(pending{line: Line{
		ID: "read " + daybook.DateOf(now).String() + " " + program, Time: now, Kind: "read", Task: taskRead, Program: program, Count: 1,
		Details: Details{Status: OK},
	}})
}

func (l *Ledger) put(p pending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before := l.unkept[p.line.ID]; before != nil {
		p.line.Count += before.line.Count
	} else if len(l.unkept) >= mostUnkept {
		return // the store has failed for a long time, which was logged
	}
	l.unkept[p.line.ID] = &p
	if l.timer == nil {
		l.timer = time.AfterFunc(writeWithin, l.flush)
	}
}

// flush writes the collected lines. Those that cannot be written stay
// collected.
func (l *Ledger) flush() {
	if l.ReadOnly {
		return
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	ctx := context.Background()
	l.mu.Lock()
	lines := l.unkept
	l.unkept, l.timer = map[string]*pending{}, nil
	drop := l.Now().Sub(l.dropped) >= 24*time.Hour
	l.mu.Unlock()
	if err := l.write(ctx, lines); err != nil {
		l.Log.Error("keep the ledger", "err", err)
		l.mu.Lock()
		for id, p := range lines {
			if later := l.unkept[id]; later != nil {
				later.line.Count += p.line.Count
			} else {
				l.unkept[id] = p
			}
		}
		l.mu.Unlock()
		return
	}
	if !drop {
		return
	}
	if err := l.Store.WriteLedger(ctx, store.LedgerBatch{DropBefore: l.Now().Add(-keepFor)}); err != nil {
		l.Log.Error("erase old lines of the ledger", "err", err)
		return
	}
	l.mu.Lock()
	l.dropped = l.Now()
	l.mu.Unlock()
}

func (l *Ledger) write(ctx context.Context, lines map[string]*pending) error {
	if len(lines) == 0 {
		return nil
	}
	if err := l.name(ctx, lines); err != nil {
		return err
	}
	kept := make([]store.LedgerLine, 0, len(lines))
	for _, p := range lines {
		d := p.line.Details
		d.Entries = make([]Entry, len(p.entries))
		for i, id := range p.entries {
			e, ok := l.known[id]
			if !ok {
				e = Entry{ID: id, Days: []daybook.Date{}}
			}
			d.Entries[i] = e
		}
		if d.Pages == nil {
			d.Pages = []Page{}
		}
		body, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("write a line of the ledger: %w", err)
		}
		model := ""
		if p.line.Provider != "" {
			model = p.line.Provider + "/" + p.line.Model
		}
		kept = append(kept, store.LedgerLine{ID: p.line.ID, At: p.line.Time.UTC(), Model: model, Task: p.line.Task, Count: p.line.Count, Body: body})
	}
	return l.Store.WriteLedger(ctx, store.LedgerBatch{Lines: kept})
}

// name looks up the paths and days of the entries in lines.
func (l *Ledger) name(ctx context.Context, lines map[string]*pending) error {
	if len(l.known) > mostKnown {
		clear(l.known)
	}
	var unknown []string
	asked := map[string]bool{}
	for _, p := range lines {
		for _, id := range p.entries {
			if _, ok := l.known[id]; !ok && !asked[id] {
				asked[id] = true
				unknown = append(unknown, id)
			}
		}
	}
	const atOnce = 200 // they are loaded with their texts
	for len(unknown) > 0 {
		n := min(atOnce, len(unknown))
		entries, err := l.Store.Entries(ctx, unknown[:n])
		if err != nil {
			return fmt.Errorf("look up what was sent: %w", err)
		}
		for _, e := range entries {
			l.known[e.ID] = Entry{ID: e.ID, Path: e.Path, Days: append([]daybook.Date{}, e.Dates...)}
		}
		unknown = unknown[n:]
	}
	return nil
}

// Close writes all collected lines.
func (l *Ledger) Close() {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	l.flush()
}

// Filter narrows a listing. Its zero value lets everything in.
type Filter struct {
	Since, Until daybook.Date // the first and the last day, in the time zone of Now
	Task         string
	Provider     string
	After        string // the cursor of the previous page
	Limit        int    // 0 means no limit
}

// Lines returns the lines that match f, latest first, and the cursor of the
// next page, "" at the end.
func (l *Ledger) Lines(ctx context.Context, f Filter) (lines []Line, next string, err error) {
	ask := store.LedgerFilter{Task: f.Task, Provider: llm.CanonicalProvider(f.Provider)}
	if f.Limit > 0 {
		ask.Limit = f.Limit + 1
	}
	zone := l.Now().Location()
	if !f.Since.IsZero() {
		ask.Since = f.Since.Time(zone)
	}
	if !f.Until.IsZero() {
		ask.Until = f.Until.AddDays(1).Time(zone)
	}
	if f.After != "" {
		if ask.Before, err = readCursor(f.After); err != nil {
			return nil, "", err
		}
	}
	l.flush() // include what was just sent
	kept, err := l.Store.Lines(ctx, ask)
	if err != nil {
		return nil, "", err
	}
	if f.Limit > 0 && len(kept) > f.Limit {
		kept = kept[:f.Limit]
		next = cursor(kept[f.Limit-1])
	}
	lines = make([]Line, len(kept))
	for i, k := range kept {
		if lines[i], err = lineOf(k); err != nil {
			return nil, "", err
		}
	}
	return lines, next, nil
}

func cursor(l store.LedgerLine) string {
	return l.At.UTC().Format(time.RFC3339Nano) + " " + l.ID
}

func readCursor(text string) (*store.LedgerLine, error) {
	at, id, ok := strings.Cut(text, " ")
	t, err := time.Parse(time.RFC3339Nano, at)
	if !ok || err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Field: "query.after", Message: "This is not the cursor of a page."}
	}
	return &store.LedgerLine{ID: id, At: t}, nil
}

func lineOf(k store.LedgerLine) (Line, error) {
	line := Line{ID: k.ID, Time: k.At, Kind: "call", Task: k.Task, Count: k.Count}
	line.Provider, line.Model, _ = strings.Cut(k.Model, "/")
	if k.Task == taskRead {
		line.Kind = "read"
		// The ID is "read", the day and the program.
		if parts := strings.SplitN(k.ID, " ", 3); len(parts) == 3 {
			line.Program = parts[2]
		}
	}
	if err := json.Unmarshal(k.Body, &line.Details); err != nil {
		return line, fmt.Errorf("read a line of the ledger: %w", err)
	}
	return line, nil
}
