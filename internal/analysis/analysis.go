// Package analysis answers a question from the whole journal: it reads every
// entry, in steps within a provider's limits, combines their answers year by
// year, and records which entries each step read. Runs are durable: they
// continue after a restart, and no stored step is paid for twice.
package analysis

import (
	"time"

	"daybook"
)

// Kind says what an analysis is.
type Kind string

// The kinds of analysis.
const (
	Years   Kind = "years"   // year by year, and then all of them
	Compare Kind = "compare" // periods side by side
	Report  Kind = "report"  // statistics, without a model
)

// Status says how far an analysis is.
type Status string

// The statuses of an analysis. Those from Complete on are final.
const (
	Running   Status = "running"
	Waiting   Status = "waiting" // every step that could run waits for a budget or a provider
	Complete  Status = "complete"
	Partial   Status = "partial" // the result is incomplete
	Failed    Status = "failed"
	Cancelled Status = "cancelled" // finished steps are kept
)

// Over reports whether the status is final.
func (s Status) Over() bool { return s != Running && s != Waiting }

// Period is a period to compare with others.
type Period struct {
	From daybook.Date `json:"from"`
	To   daybook.Date `json:"to"`
	Name string       `json:"name"`
}

// Request describes an analysis.
type Request struct {
	Query    string       `json:"query"`
	Provider string       `json:"provider"`
	Model    string       `json:"model"`
	From     daybook.Date `json:"from"` // the zero Date is an open end
	To       daybook.Date `json:"to"`
	Tags     []string     `json:"tags"`  // the entries have all of them
	Focus    string       `json:"focus"` // what to concentrate on; may be empty
	// Periods are compared. Without periods, the years are analysed. With
	// periods, From and To are ignored.
	Periods []Period `json:"periods"`
}

// Overview is an analysis without its steps and result.
type Overview struct {
	ID        string        `json:"id"`
	Kind      Kind          `json:"kind" enum:"years,compare,report"`
	Query     string        `json:"query"`
	Provider  string        `json:"provider"`
	Model     string        `json:"model"`
	From      *daybook.Date `json:"from"`
	To        *daybook.Date `json:"to"`
	Tags      []string      `json:"tags" nullable:"false"`
	Focus     string        `json:"focus"`
	Periods   []Period      `json:"periods" nullable:"false" doc:"Of a comparison"`
	Status    Status        `json:"status" enum:"running,waiting,complete,partial,failed,cancelled"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	Entries   Account       `json:"entries"`
	Progress  Progress      `json:"progress"`
	Usage     Usage         `json:"usage"`
	Error     *string       `json:"error"`
}

// Analysis is a complete analysis.
type Analysis struct {
	Overview
	Steps  []Step  `json:"steps" nullable:"false"`
	Result *Result `json:"result" doc:"The result so far; null if there is none yet"`
}

// Account says for every entry in range whether it was read. Read plus Unread
// is InRange.
type Account struct {
	InRange int       `json:"in_range" doc:"Daily entries that pass from, to and tags"`
	Read    int       `json:"read"`
	Unread  int       `json:"unread" doc:"Not read, or not yet"`
	LeftOut []LeftOut `json:"left_out" nullable:"false" doc:"Those that were not read, and why"`
}

// LeftOut is an entry that was not read.
type LeftOut struct {
	ID    string       `json:"id"`
	Date  daybook.Date `json:"date"`
	Title string       `json:"title"`
	Why   string       `json:"why"`
}

// Progress counts steps.
type Progress struct {
	Steps int `json:"steps"`
	Done  int `json:"done" doc:"Those that failed, too"`
}

// Usage is an analysis's use of its model, without steps reused from earlier
// ones.
type Usage struct {
	InputTokens  int      `json:"input_tokens"`
	OutputTokens int      `json:"output_tokens"`
	Calls        int      `json:"calls"`
	Cost         *float64 `json:"cost" doc:"By the prices of the settings; null without one for the model"`
	Currency     *string  `json:"currency" doc:"Of the cost; null without one"`
}

// StepKind says what a step does.
type StepKind string

// The kinds of step.
const (
	PromptStep StepKind = "prompt" // briefs the analysts
	ChunkStep  StepKind = "chunk"  // reads entries
	RoundStep  StepKind = "round"  // combines some of many parts
	YearStep   StepKind = "year"   // combines a year
	FinalStep  StepKind = "final"  // answers
)

// StepStatus says how far a step is.
type StepStatus string

// The statuses of a step.
const (
	StepWaiting StepStatus = "waiting"
	StepRunning StepStatus = "running"
	StepDone    StepStatus = "done"
	StepFailed  StepStatus = "failed"
	StepCached  StepStatus = "cached" // reused from an earlier analysis
)

// Step is one call of an analysis.
type Step struct {
	ID       string     `json:"id"`
	Kind     StepKind   `json:"kind" enum:"chunk,year,round,final,prompt"`
	Name     string     `json:"name" doc:"Such as “1660, part 2 of 5”"`
	Year     *int       `json:"year"`
	Status   StepStatus `json:"status" enum:"waiting,running,done,failed,cached"`
	Entries  []string   `json:"entries" nullable:"false" doc:"The IDs of the entries it reads, by itself or through the steps before it"`
	Error    *string    `json:"error"`
	Analysis *Part      `json:"analysis"`
}

// Part is the answer of a step.
type Part struct {
	Reasoning string `json:"reasoning"`
	Analysis  string `json:"analysis" doc:"A quotation in it that no entry has is followed by [unverified]"`
	// Excerpts are those found verbatim in the entries that the step read;
	// Quotations includes the others.
	Excerpts   []string    `json:"excerpts" nullable:"false" doc:"Verified ones only"`
	Quotations []Quotation `json:"quotations" nullable:"false"`
	// Claims are the statements about a period of a comparison; nil elsewhere.
	Claims []Claim `json:"claims,omitempty"`
}

// Claim is a statement about a period with its evidence.
type Claim struct {
	Claim      string      `json:"claim"`
	Quotations []Quotation `json:"quotations" nullable:"false"`
}

// Quotation is an excerpt as a model gave it. An unverified one is in none of
// the entries that the step read.
type Quotation struct {
	Text     string        `json:"text"`
	Verified bool          `json:"verified"`
	EntryID  *string       `json:"entry_id"`
	Date     *daybook.Date `json:"date"`
	Start    *int          `json:"start" doc:"Where it is in the entry's text, in Unicode code points"`
	End      *int          `json:"end"`
}

// YearPart is a year's analysis.
type YearPart struct {
	Year int `json:"year"`
	Part
}

// PeriodPart is a period's side of a comparison.
type PeriodPart struct {
	Period
	Part
}

// Result is the result of an analysis so far.
type Result struct {
	YearAnalyses []YearPart   `json:"year_analyses" nullable:"false"`
	Final        *Part        `json:"final_analysis"`
	Periods      []PeriodPart `json:"periods" nullable:"false"`
	// Report has the statistics of an analysis without a model.
	Report any `json:"report,omitempty"`
}

// Estimate is the expected cost and duration of an analysis.
type Estimate struct {
	Entries      int      `json:"entries"`
	InputTokens  int      `json:"input_tokens" doc:"Of the calls that would be made"`
	OutputTokens int      `json:"output_tokens" doc:"At most"`
	Calls        int      `json:"calls"`
	CachedCalls  int      `json:"cached_calls" doc:"Steps that an earlier analysis has paid for"`
	Seconds      float64  `json:"seconds_at_least" doc:"The shortest time that the budget of tokens and requests a minute allows"`
	Cost         *float64 `json:"cost" doc:"At most; null without a price for the model"`
	Currency     *string  `json:"currency"`
	Spent        *float64 `json:"spent_this_month"`
	Cap          *float64 `json:"monthly_cap" doc:"Null for none"`
	Confirm      bool     `json:"confirm" doc:"Above the limits that require a confirmation"`
	Notices      []string `json:"notices" nullable:"false"`
}

// Event is a change of an analysis; one of its fields is set.
type Event struct {
	Plan  *Analysis
	Step  *Step
	Wait  *Wait
	Delta *Delta
	Done  *Analysis
}

// Wait says that nothing happens until a point in time.
type Wait struct {
	Why   string    `json:"why"`
	Until time.Time `json:"until"`
}

// Delta is a piece of the final analysis. Again means that the text restarts.
type Delta struct {
	Text  string `json:"text"`
	Again bool   `json:"again,omitempty"`
}
