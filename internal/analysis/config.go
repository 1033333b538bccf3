package analysis

import (
	"context"
	"log/slog"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/prompts"
	"daybook/internal/store"
)

// Offline is the provider that reports statistics without a model.
const Offline = "offline"

// Model is a configured model. A nil Chat means Offline.
type Model struct {
	Chat   llm.ChatModel
	Ref    llm.Ref
	Window int // tokens of a prompt and its answer together
	Output int // maximum tokens of an answer; 0 chooses a default
	// The limits per minute; 0 means no limit.
	TokensPerMinute   int
	RequestsPerMinute int
}

// Models finds models.
type Models interface {
	// Lookup returns the model that a request names. The error is
	// daybook.Invalid and names the field.
	Lookup(provider, model string) (Model, error)
}

// Store is the part of a store that analyses use; see store.Index and
// store.Analyses for the contracts.
type Store interface {
	store.Analyses
	Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Capabilities() store.Capabilities
}

// Guard knows which entries are private; see private.Guard.
type Guard interface {
	Split(ctx context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error)
	Among(ctx context.Context, ids []string) (map[string]bool, error)
}

// Purse knows prices and spending; see spending.Ledger.
type Purse interface {
	// Cost returns the cost of tokens of a model, and false if its price is
	// unknown.
	Cost(model llm.Ref, u llm.Usage) (float64, bool)
	Spent(ctx context.Context) (float64, error)
	// Terms returns the currency and the monthly cap; 0 means no cap.
	Terms() (currency string, monthlyCap float64)
}

// Counted is a report made without a model.
type Counted struct {
	Data any    // for JSON
	Text string // for a person, in Markdown
}

// Reporter makes reports without a model.
type Reporter interface {
	Report(ctx context.Context, query string, f store.Filter) (Counted, error)
}

// Config configures a Service. All fields but Guard, Lock, Reporter and Log are
// required.
type Config struct {
	Store   Store
	Models  Models
	Prompts *prompts.Set
	Purse   Purse
	// Guard keeps private entries from the models; the default is the marks in
	// the store.
	Guard Guard
	// Reporter makes the reports of Offline; by default they count days and
	// words.
	Reporter Reporter
	// Lock locks an analysis for this process until unlock is called, or
	// returns false if another process has it. A killed process releases its
	// locks. It may be nil if no other process uses the store.
	Lock func(id string) (unlock func(), ok bool, err error)
	// AtOnce is the number of concurrent steps over all analyses.
	AtOnce int
	// ConfirmTokens and ConfirmCost are the limits above which the user should
	// confirm; 0 means never.
	ConfirmTokens int
	ConfirmCost   float64
	Now           func() time.Time
	Log           *slog.Logger
}
