// Package spending records the usage of the models, computes its cost from
// prices, and enforces a monthly cap.
package spending

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Price is the cost of a million tokens.
type Price struct {
	Input, Output float64
	// LongInput and LongOutput apply to calls with more than Above input
	// tokens, unless Above is 0.
	Above                 int
	LongInput, LongOutput float64
}

// of returns the cost of a call's tokens.
func (p Price) of(u llm.Usage) float64 {
	if p.Above > 0 && u.InputTokens > p.Above {
		return (float64(u.InputTokens)*p.LongInput + float64(u.OutputTokens)*p.LongOutput) / 1e6
	}
	return (float64(u.InputTokens)*p.Input + float64(u.OutputTokens)*p.Output) / 1e6
}

// Config configures a Ledger. Store and Now are required.
type Config struct {
	Store store.Usage
	// Prices are keyed by "provider/model", or by "provider" for all its other
	// models.
	Prices map[string]Price
	// Known returns the price of a model that is not in Prices; nil knows none.
	Known    func(llm.Ref) (Price, bool)
	Currency string  // of the prices and the cap
	Cap      float64 // the maximum cost of a calendar month; 0 means no cap
	// Local are providers in this process, whose usage is not recorded.
	Local []string
	Now   func() time.Time // in the owner's time zone, where months begin
	Log   *slog.Logger
}

// Ledger is an llm.Ledger. It stores usage within writeWithin and on Close; a
// process killed before that loses the record. It is safe for concurrent use.
type Ledger struct {
	Config

	mu       sync.Mutex
	unkept   map[store.Use]store.Use // by day, model and task
	reserved float64                 // by running calls
	holding  int                     // how many calls reserved something
	over     chan struct{}           // closed and replaced when one of them ends
	timer    *time.Timer
	writing  sync.Mutex
}

// writeWithin is how long usage is collected before it is written: a durable
// write takes longer than a fast chat.
const writeWithin = 200 * time.Millisecond

// New returns a Ledger.
func New(c Config) *Ledger {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Ledger{Config: c, unkept: map[store.Use]store.Use{}, over: make(chan struct{})}
}

// price returns the price of a model, and false if it is unknown.
func (l *Ledger) price(ref llm.Ref) (Price, bool) {
	if p, ok := l.Prices[ref.String()]; ok {
		return p, true
	}
	if p, ok := l.Prices[ref.Provider]; ok || l.Known == nil {
		return p, ok
	}
	return l.Known(ref)
}

// Cost returns the cost of the tokens of several calls of a model, and false if
// the price is unknown. It treats none of them as long.
func (l *Ledger) Cost(model llm.Ref, u llm.Usage) (float64, bool) {
	p, ok := l.price(model)
	p.Above = 0
	return p.of(u), ok
}

// CallCost returns the cost of one call's tokens, and false if the price is
// unknown.
func (l *Ledger) CallCost(model llm.Ref, u llm.Usage) (float64, bool) {
	p, ok := l.price(model)
	return p.of(u), ok
}

// Terms returns the currency and the monthly cap, 0 for none.
func (l *Ledger) Terms() (currency string, monthlyCap float64) { return l.Currency, l.Cap }

// Priced reports whether to show costs: prices or a cap are configured.
func (l *Ledger) Priced() bool {
	capped := l.Cap > 0 && l.Known != nil
	return capped || len(l.Prices) > 0
}

// Begin refuses a call that could cost more than the cap has left, and
// otherwise returns a function that records it. If only running calls are in
// the way, which usually cost less than they might, it waits for them: for an
// interactive call at most patience.
func (l *Ledger) Begin(ctx context.Context, model llm.Ref, task llm.Task, most llm.Usage) (func(llm.Usage), error) {
	for _, name := range l.Local {
		if model.Provider == name {
			return func(llm.Usage) {}, nil
		}
	}
	price, _ := l.price(model)
	cost := price.of(most)
	if l.Cap <= 0 || cost <= 0 {
		cost = 0
	} else if err := l.hold(ctx, cost); err != nil {
		return nil, err
	}
	var once sync.Once
	return func(used llm.Usage) {
		once.Do(func() { l.record(model, task, price, used, cost) })
	}, nil
}

// patience is how long an interactive call waits for others to end.
const patience = 10 * time.Second

// hold reserves a call's cost until it ends, as soon as the cap allows.
func (l *Ledger) hold(ctx context.Context, cost float64) error {
	var late <-chan time.Time
	if llm.IsInteractive(ctx) {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	for {
		l.mu.Lock()
		over := l.over
		l.mu.Unlock()
		spent, err := l.Spent(ctx)
		if err != nil {
			return err
		}
		reserved, ok := l.reserve(over, spent, cost)
		switch {
		case ok:
			return nil
		case spent+cost > l.Cap:
			return daybook.Errorf(daybook.RateLimited,
				"This would go over the monthly cap of %s, of which %s are spent.", l.Money(l.Cap), l.Money(spent))
		}
		select {
		case <-over:
		case <-late:
			return daybook.Errorf(daybook.RateLimited,
				"This could go over the monthly cap of %s: %s are spent, and calls that are being made may cost %s. Try again when they are over.",
				l.Money(l.Cap), l.Money(spent), l.Money(reserved))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Money formats an amount with its currency.
func (l *Ledger) Money(amount float64) string { return Amount(amount) + " " + l.Currency }

// Amount formats an amount with two decimals, rounded up, so that a small cost
// does not look free.
func Amount(amount float64) string {
	return fmt.Sprintf("%.2f", math.Abs(math.Ceil(amount*100-1e-6))/100)
}

// reserve reserves a call's cost if the cap allows it, and otherwise returns
// what other calls have reserved. It does not reserve if a call has ended since
// over was read: the spent amount is higher then.
func (l *Ledger) reserve(over chan struct{}, spent, cost float64) (reserved float64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if over != l.over || spent+l.reserved+cost > l.Cap {
		return l.reserved, false
	}
	l.reserved += cost
	l.holding++
	return l.reserved, true
}

func (l *Ledger) record(model llm.Ref, task llm.Task, price Price, used llm.Usage, reserved float64) {
	key := store.Use{Day: daybook.DateOf(l.Now()).String(), Model: model.String(), Task: string(task)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if reserved > 0 {
		l.reserved -= reserved
		l.holding--
	}
	if l.holding == 0 {
		l.reserved = 0 // don't wait for a rounding error
	}
	defer func() { // when the usage is counted
		close(l.over)
		l.over = make(chan struct{})
	}()
	if used == (llm.Usage{}) {
		return
	}
	sum, ok := l.unkept[key]
	if !ok {
		sum = key
	}
	sum.Calls++
	sum.InputTokens += used.InputTokens
	sum.OutputTokens += used.OutputTokens
	sum.Cost += price.of(used)
	l.unkept[key] = sum
	if l.timer == nil {
		l.timer = time.AfterFunc(writeWithin, l.flush)
	}
}

// flush writes the collected usage. What cannot be written stays collected.
func (l *Ledger) flush() {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	sums := l.unkept
	l.unkept, l.timer = map[store.Use]store.Use{}, nil
	l.mu.Unlock()
	for key, sum := range sums {
		err := l.Store.WriteLedger(context.Background(), store.LedgerBatch{Used: []store.Use{sum}})
		if err == nil {
			continue
		}
		l.Log.Error("keep what was used of the models", "err", err)
		l.mu.Lock()
		later, ok := l.unkept[key]
		if !ok {
			later = key
		}
		later.Calls += sum.Calls
		later.InputTokens += sum.InputTokens
		later.OutputTokens += sum.OutputTokens
		later.Cost += sum.Cost
		l.unkept[key] = later
		l.mu.Unlock()
	}
}

// Close writes all collected usage.
func (l *Ledger) Close() {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	l.flush()
}

// Spent returns what all processes spent this month, without running calls.
func (l *Ledger) Spent(ctx context.Context) (float64, error) {
	first := daybook.DateOf(l.Now())
	first.Day = 1
	l.writing.Lock() // so that nothing is counted twice or left out
	defer l.writing.Unlock()
	uses, err := l.Store.UsedSince(ctx, first.String())
	if err != nil {
		return 0, fmt.Errorf("count what was spent this month: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0.0
	for _, u := range uses {
		total += u.Cost
	}
	for _, u := range l.unkept {
		if u.Day >= first.String() {
			total += u.Cost
		}
	}
	return total, nil
}
