package backup

import (
	"time"

	"daybook"
	"daybook/internal/store"
)

// conversationLine is a line of conversations.jsonl. One of its fields is set.
type conversationLine struct {
	Thread  *threadRecord  `json:"thread,omitempty"`
	Message *messageRecord `json:"message,omitempty"`
	Turn    *turnRecord    `json:"turn,omitempty"`
}

type threadRecord struct {
	ID      text   `json:"id"`
	Title   text   `json:"title"`
	Tags    []text `json:"tags"`
	Created moment `json:"created_at"`
	Updated moment `json:"updated_at"`
}

type messageRecord struct {
	ID        text             `json:"id"`
	ThreadID  text             `json:"thread_id"`
	Time      moment           `json:"time"`
	Role      text             `json:"role"`
	Text      text             `json:"text"`
	Status    text             `json:"status,omitempty"`
	Citations []citationRecord `json:"citations"`
	Trace     *text            `json:"trace,omitempty"` // JSON, as it was kept
}

type citationRecord struct {
	Number  int          `json:"number"`
	EntryID text         `json:"entry_id"`
	Date    daybook.Date `json:"date"`
	Title   text         `json:"title"`
	Path    text         `json:"path"`
	Line    int          `json:"line"`
	Start   int          `json:"start"`
	End     int          `json:"end"`
	Page    int          `json:"page,omitempty"`
}

// turnRecord refers to its question and answer among the messages.
type turnRecord struct {
	ThreadID    text   `json:"thread_id"`
	Key         text   `json:"key"`
	Fingerprint text   `json:"fingerprint"`
	QuestionID  text   `json:"question_id"`
	AnswerID    text   `json:"answer_id"`
	Beat        moment `json:"beat"`
}

// conversation is a thread with its messages and turns.
type conversation struct {
	thread   daybook.Thread
	messages []daybook.Message
	turns    []daybook.Turn
	damaged  int // messages that could not be read
}

func threadToRecord(t daybook.Thread) *threadRecord {
	return &threadRecord{text(t.ID), text(t.Title), texts(t.Tags), moment(t.CreatedAt), moment(t.UpdatedAt)}
}

func (r *threadRecord) thread() daybook.Thread {
	return daybook.Thread{ID: string(r.ID), Title: string(r.Title), Tags: plainTexts(r.Tags), CreatedAt: time.Time(r.Created), UpdatedAt: time.Time(r.Updated)}
}

func messageToRecord(m daybook.Message) *messageRecord {
	r := &messageRecord{
		ID: text(m.ID), ThreadID: text(m.ThreadID), Time: moment(m.Time), Role: text(m.Role), Text: text(m.Text), Status: text(m.Status),
		Trace: optional(m.Trace),
	}
	if m.Citations != nil {
		r.Citations = []citationRecord{}
	}
	for _, c := range m.Citations {
		r.Citations = append(r.Citations, citationRecord{c.Number, text(c.EntryID), c.Date, text(c.Title), text(c.Path), c.Line, c.Start, c.End, c.Page})
	}
	return r
}

func (r *messageRecord) message() daybook.Message {
	m := daybook.Message{
		ID: string(r.ID), ThreadID: string(r.ThreadID), Time: time.Time(r.Time), Role: daybook.Role(r.Role), Text: string(r.Text),
		Status: daybook.MessageStatus(r.Status), Trace: r.Trace.bytes(),
	}
	if r.Citations != nil {
		m.Citations = []daybook.Citation{}
	}
	for _, c := range r.Citations {
		m.Citations = append(m.Citations, daybook.Citation{
			Number: c.Number, EntryID: string(c.EntryID), Date: c.Date, Title: string(c.Title), Path: string(c.Path), Line: c.Line, Start: c.Start, End: c.End, Page: c.Page,
		})
	}
	return m
}

func turnToRecord(t daybook.Turn) *turnRecord {
	return &turnRecord{text(t.ThreadID), text(t.Key), text(t.Fingerprint), text(t.Question.ID), text(t.Answer.ID), moment(t.Beat)}
}

type analysisRecord struct {
	ID      text           `json:"id"`
	Request text           `json:"request"` // JSON, as it was kept; so is account
	Status  text           `json:"status"`
	Error   text           `json:"error,omitempty"`
	Account *text          `json:"account,omitempty"`
	Created moment         `json:"created_at"`
	Updated moment         `json:"updated_at"`
	Steps   []stepRecord   `json:"steps"`
	Results []resultRecord `json:"results"`
}

type stepRecord struct {
	ID      text   `json:"id"`
	Kind    text   `json:"kind"`
	Name    text   `json:"name"`
	Year    int    `json:"year,omitempty"`
	Period  int    `json:"period,omitempty"`
	Status  text   `json:"status"`
	Error   text   `json:"error,omitempty"`
	Key     text   `json:"key,omitempty"`
	Entries []text `json:"entries"`
}

type resultRecord struct {
	Key          text   `json:"key"`
	Body         text   `json:"body"`
	Entries      []text `json:"entries"`
	InputTokens  int    `json:"input_tokens"`
	OutputTokens int    `json:"output_tokens"`
	Calls        int    `json:"calls"`
}

func analysisToRecord(a store.Analysis, steps []store.AnalysisStep, results []store.StepResult) analysisRecord {
	r := analysisRecord{
		ID: text(a.ID), Request: text(a.Request), Status: text(a.Status), Error: text(a.Error), Account: optional(a.Account),
		Created: moment(a.Created), Updated: moment(a.Updated), Steps: []stepRecord{}, Results: []resultRecord{},
	}
	for _, s := range steps {
		r.Steps = append(r.Steps, stepRecord{text(s.ID), text(s.Kind), text(s.Name), s.Year, s.Period, text(s.Status), text(s.Error), text(s.Key), texts(s.Entries)})
	}
	for _, s := range results {
		r.Results = append(r.Results, resultRecord{text(s.Key), text(s.Body), texts(s.Entries), s.InputTokens, s.OutputTokens, s.Calls})
	}
	return r
}

func (r analysisRecord) analysis() (store.Analysis, []store.AnalysisStep, map[string]*store.StepResult) {
	a := store.Analysis{
		ID: string(r.ID), Request: []byte(r.Request), Status: string(r.Status), Error: string(r.Error), Account: r.Account.bytes(),
		Created: time.Time(r.Created), Updated: time.Time(r.Updated),
	}
	var steps []store.AnalysisStep
	for _, s := range r.Steps {
		steps = append(steps, store.AnalysisStep{
			ID: string(s.ID), Kind: string(s.Kind), Name: string(s.Name), Year: s.Year, Period: s.Period, Status: string(s.Status),
			Error: string(s.Error), Key: string(s.Key), Entries: plainTexts(s.Entries),
		})
	}
	results := map[string]*store.StepResult{}
	for _, s := range r.Results {
		results[string(s.Key)] = &store.StepResult{
			Key: string(s.Key), Body: []byte(s.Body), Entries: plainTexts(s.Entries), InputTokens: s.InputTokens, OutputTokens: s.OutputTokens, Calls: s.Calls,
		}
	}
	return a, steps, results
}

type useRecord struct {
	Day          text    `json:"day"`
	Model        text    `json:"model"`
	Task         text    `json:"task"`
	Calls        int     `json:"calls"`
	InputTokens  int     `json:"input_tokens"`
	OutputTokens int     `json:"output_tokens"`
	Cost         float64 `json:"cost"`
}

func useToRecord(u store.Use) useRecord {
	return useRecord{text(u.Day), text(u.Model), text(u.Task), u.Calls, u.InputTokens, u.OutputTokens, u.Cost}
}

func (r useRecord) use() store.Use {
	return store.Use{Day: string(r.Day), Model: string(r.Model), Task: string(r.Task), Calls: r.Calls, InputTokens: r.InputTokens, OutputTokens: r.OutputTokens, Cost: r.Cost}
}

type scanRecord struct {
	Path     text   `json:"path"`
	Note     text   `json:"note"`
	Size     int64  `json:"size"`
	ModTime  int64  `json:"mod_time"` // Unix nanoseconds
	Inode    uint64 `json:"inode"`
	Hash     hash32 `json:"sha256"`
	Pages    int    `json:"pages"`
	Done     int    `json:"done"`
	Stage    text   `json:"stage"`
	Error    text   `json:"error,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
	Updated  moment `json:"updated_at"`
}

func scanToRecord(s store.ScanState) scanRecord {
	return scanRecord{text(s.Path), text(s.Note), s.Size, s.ModTime, s.Inode, hash32(s.Hash), s.Pages, s.Done, text(s.Stage), text(s.Error), s.Attempts, moment(s.Updated)}
}

func (r scanRecord) scan() store.ScanState {
	return store.ScanState{
		Path: string(r.Path), Note: string(r.Note), Size: r.Size, ModTime: r.ModTime, Inode: r.Inode, Hash: r.Hash, Pages: r.Pages, Done: r.Done,
		Stage: store.Stage(r.Stage), Error: string(r.Error), Attempts: r.Attempts, Updated: time.Time(r.Updated),
	}
}

type pageRecord struct {
	Key  text   `json:"key"`
	Scan hash32 `json:"scan_sha256"`
	Text text   `json:"text"`
}

type writtenRecord struct {
	Note   text         `json:"note"`
	Text   text         `json:"text"`
	Before text         `json:"before,omitempty"`
	Parts  []partRecord `json:"parts"`
}

type partRecord struct {
	Scan  text `json:"scan"`
	Page  int  `json:"page"`
	Start int  `json:"start"`
	End   int  `json:"end"`
}

func writtenToRecord(note string, w store.WrittenNote) writtenRecord {
	r := writtenRecord{Note: text(note), Text: text(w.Text), Before: text(w.Before)}
	if w.Parts != nil {
		r.Parts = []partRecord{}
	}
	for _, p := range w.Parts {
		r.Parts = append(r.Parts, partRecord{text(p.Scan), p.Page, p.Start, p.End})
	}
	return r
}

func (r writtenRecord) written() store.WrittenNote {
	w := store.WrittenNote{Text: string(r.Text), Before: string(r.Before)}
	if r.Parts != nil {
		w.Parts = []store.PagePart{}
	}
	for _, p := range r.Parts {
		w.Parts = append(w.Parts, store.PagePart{Scan: string(p.Scan), Page: p.Page, Start: p.Start, End: p.End})
	}
	return w
}

// ledgerRecord is a line of the ledger.
type ledgerRecord struct {
	ID    text   `json:"id"`
	Time  moment `json:"time"`
	Model text   `json:"model"`
	Task  text   `json:"task"`
	Count int    `json:"count"`
	Body  text   `json:"body"` // JSON, as it was kept
}

func lineToRecord(l store.LedgerLine) ledgerRecord {
	return ledgerRecord{text(l.ID), moment(l.At), text(l.Model), text(l.Task), l.Count, text(l.Body)}
}

func (r ledgerRecord) line() store.LedgerLine {
	return store.LedgerLine{ID: string(r.ID), At: time.Time(r.Time), Model: string(r.Model), Task: string(r.Task), Count: r.Count, Body: []byte(r.Body)}
}

func (r *turnRecord) turn(question, answer daybook.Message) daybook.Turn {
	return daybook.Turn{
		ThreadID: string(r.ThreadID), Key: string(r.Key), Fingerprint: string(r.Fingerprint), Question: question, Answer: answer, Beat: time.Time(r.Beat),
	}
}
