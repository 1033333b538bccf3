// Package spending records what the models are used for, what that costs by
// the prices that were set, and holds it to a cap a month.
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

// Price is what a million tokens cost.
type Price struct {
	Input, Output float64
	// LongInput and LongOutput hold for calls with more than Above tokens of input,
	// unless that is 0.
	Above                 int
	LongInput, LongOutput float64
}

// of returns what the tokens of a call cost.
func (p Price) of(u llm.Usage) float64 {
	if p.Above > 0 && u.InputTokens > p.Above {
		return (float64(u.InputTokens)*p.LongInput + float64(u.OutputTokens)*p.LongOutput) / 1e6
	}
	return (float64(u.InputTokens)*p.Input + float64(u.OutputTokens)*p.Output) / 1e6
}

// Config is what a Ledger is made of. Store and Now are required.
type Config struct {
	Store store.Usage
	// Prices are keyed by "provider/model", or by "provider" for each of its
	// other models.
	Prices map[string]Price
	// Known returns the price of a model that Prices lack; nil knows none.
	Known    func(llm.Ref) (Price, bool)
	Currency string  // that the prices and the cap are in
	Cap      float64 // the most that a calendar month may cost; 0 means no cap
	// Local are providers in this process: their use is not recorded.
	Local []string
	Now   func() time.Time // in the owner's time zone, where the months begin
	Log   *slog.Logger
}

// Ledger is an llm.Ledger. What was used is kept within writeWithin, and by
// Close; who is killed before that loses the record of it. It is safe for
// concurrent use.
type Ledger struct {
	Config

	mu       sync.Mutex
	unkept   map[store.Use]store.Use // by day, model and task
	reserved float64                 // by calls that are being made
	holding  int                     // how many of those hold something
	over     chan struct{}           // closed and made anew when one of them is over
	timer    *time.Timer
	writing  sync.Mutex
}

// writeWithin is how long what was used is gathered before it is written: a
// write that is safe takes longer than a fast chat.
const writeWithin = 200 * time.Millisecond

// New returns a Ledger.
func New(c Config) *Ledger {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Ledger{Config: c, unkept: map[store.Use]store.Use{}, over: make(chan struct{})}
}

// price returns what a model costs, and false where no price was set.
func (l *Ledger) price(ref llm.Ref) (Price, bool) {
	if p, ok := l.Prices[ref.String()]; ok {
		return p, true
	}
	if p, ok := l.Prices[ref.Provider]; ok || l.Known == nil {
		return p, ok
	}
	return l.Known(ref)
}

// Cost returns what the tokens of several calls of a model cost, and false where no
// price was set. It takes none of them for a long one.
func (l *Ledger) Cost(model llm.Ref, u llm.Usage) (float64, bool) {
	p, ok := l.price(model)
	p.Above = 0
	return p.of(u), ok
}

// CallCost returns what the tokens of one call of a model cost, and false where no
// price was set.
func (l *Ledger) CallCost(model llm.Ref, u llm.Usage) (float64, bool) {
	p, ok := l.price(model)
	return p.of(u), ok
}

// Terms returns the currency, and the cap a month, 0 for none.
func (l *Ledger) Terms() (currency string, monthlyCap float64) { return l.Currency, l.Cap }

// Priced reports whether what is spent should be shown: prices or a cap were
// set.
func (l *Ledger) Priced() bool { return len(l.Prices) > 0 || l.Cap > 0 && l.Known != nil }

// Begin refuses a call that could cost more than the cap has left, and
// otherwise returns what records it. Where only the calls that are being made
// are in the way, which mostly cost less than they might, it waits for them: for
// somebody who waits for an answer, patience at most.
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

// patience is how long a call that somebody waits for waits for others to be over.
const patience = 10 * time.Second

// hold holds a call's cost until it is over, as soon as the cap allows it.
func (l *Ledger) hold(ctx context.Context, cost float64) error {
	var late <-chan time.Time
	if llm.SomebodyWaits(ctx) {
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

// Money writes an amount.
func (l *Ledger) Money(amount float64) string { return Amount(amount) + " " + l.Currency }

// Amount writes an amount with two decimals, rounded up: what costs little is
// not free.
func Amount(amount float64) string {
	return fmt.Sprintf("%.2f", math.Abs(math.Ceil(amount*100-1e-6))/100)
}

// reserve holds a call's cost where the cap allows it, and returns what others
// hold where not. It does not where a call was over since over was read: what was
// spent is more than that then.
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
		l.reserved = 0 // no rounding is left to be waited for
	}
	defer func() { // when what was used is counted
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

// flush writes what was gathered. What cannot be written is gathered further.
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

// Close writes what is not written yet.
func (l *Ledger) Close() {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	l.flush()
}

// Spent returns what was spent this month by all processes, without what is
// being spent.
func (l *Ledger) Spent(ctx context.Context) (float64, error) {
	first := daybook.DateOf(l.Now())
	first.Day = 1
	l.writing.Lock() // nothing is counted twice, or not at all
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
