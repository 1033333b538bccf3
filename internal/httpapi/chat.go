package httpapi

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/search"
	"daybook/internal/text"
)

// utterance is a message of the history that a client sends along.
type utterance struct {
	Sender *string `json:"sender,omitempty" nullable:"true" doc:"user or assistant; anything else counts as user"`
	Text   *string `json:"text,omitempty" nullable:"true"`
}

// givenDoc is a document that a client gives as context.
type givenDoc struct {
	Title   *string `json:"title,omitempty" nullable:"true"`
	Content *string `json:"content,omitempty" nullable:"true"`
}

// chatRequest is the contract's ChatRequest; our own fields come last.
type chatRequest struct {
	Query          string       `json:"query" maxLength:"100000"`
	TopK           *wholeNumber `json:"top_k,omitempty" nullable:"true" minimum:"0" maximum:"100" doc:"How many entries to find; 0 is the default"`
	Provider       string       `json:"provider" doc:"openai, anthropic, gemini, offline, or an endpoint named in the settings"`
	Model          string       `json:"model" doc:"The provider's own name for the model; ignored for offline"`
	ThreadID       *string      `json:"thread_id,omitempty" nullable:"true"`
	MessageHistory []utterance  `json:"message_history,omitempty" nullable:"true" maxItems:"1000"`
	ExistingDocs   []givenDoc   `json:"existing_docs,omitempty" nullable:"true" maxItems:"1000" doc:"If not empty, these are the context, and nothing is searched"`

	Save           *bool   `json:"save,omitempty" nullable:"true" doc:"Save the question and the answer in the thread; without a thread_id, a thread is created"`
	IdempotencyKey *string `json:"idempotency_key,omitempty" nullable:"true" maxLength:"200" doc:"With save: a repeated key returns the same turn. The header Idempotency-Key does the same"`
	Stream         *string `json:"stream,omitempty" nullable:"true" enum:"snapshots,deltas" doc:"For /journal_chat/stream: snapshots are frames with the whole text so far; deltas are named events docs, delta, done and error"`
}

type chatInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body chatRequest
}

// request translates the wire's words into the chat's.
func (in chatInput) request() chat.Request {
	b := &in.Body
	req := chat.Request{
		Query: b.Query, TopK: int(value(b.TopK)), Provider: b.Provider, Model: b.Model,
		ThreadID: value(b.ThreadID), Save: value(b.Save), Key: value(b.IdempotencyKey),
	}
	if req.Key == "" {
		req.Key = in.Key
	}
	for _, m := range b.MessageHistory {
		req.History = append(req.History, chat.HistoryMessage{Role: roleOf(value(m.Sender)), Text: value(m.Text)})
	}
	for _, d := range b.ExistingDocs {
		req.Existing = append(req.Existing, chat.Doc{Title: value(d.Title), Content: value(d.Content)})
	}
	return req
}

func (in chatInput) agentRequest() chat.Request {
	req := in.request()
	req.Agent = true
	return req
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// EntryJSON is the contract's Entry; our own fields come last.
type EntryJSON struct {
	Date      string     `json:"date"`
	Title     string     `json:"title"`
	Text      string     `json:"text"`
	Tags      []string   `json:"tags" nullable:"false"`
	Embedding *[]float32 `json:"embedding" doc:"Always null"`

	ID    string   `json:"id"`
	Kind  string   `json:"kind" enum:"daily,evergreen"`
	Dates []string `json:"dates" nullable:"false" doc:"Every day the note is for"`
	Path  string   `json:"path" doc:"The note's file, relative to its folder"`

	Private bool `json:"private" doc:"Marked private: never sent to a provider"`
}

// passageJSON is a passage that the answer may cite.
type passageJSON struct {
	Number  int    `json:"number" doc:"As the answer cites it: [1]"`
	Text    string `json:"text" doc:"Plain text, without the marks of Markdown"`
	Start   int    `json:"start" doc:"Where it begins in the entry's text, in Unicode code points"`
	End     int    `json:"end"`
	Line    int    `json:"line" doc:"The line of the note's file on which it begins, from 1"`
	Matched bool   `json:"matched" doc:"Found by the search itself, not only along with its entry"`
}

// docJSON is the contract's RetrievedDoc and its passages.
type docJSON struct {
	Entry    EntryJSON     `json:"entry"`
	Distance *float64      `json:"distance"`
	Passages []passageJSON `json:"passages" nullable:"false"`
}

// chatResponse is the contract's ChatResponse; our own fields come last.
type chatResponse struct {
	Response string    `json:"response"`
	Docs     []docJSON `json:"docs" nullable:"false"`
	ThreadID *string   `json:"thread_id"`

	MessageID string             `json:"message_id,omitempty" doc:"The saved answer"`
	Intent    string             `json:"intent" enum:"recent,vector,none"`
	Mentions  *mentionsJSON      `json:"mentions" doc:"For questions of how often, first or last: counted over all days; otherwise null"`
	Notices   []string           `json:"notices" nullable:"false" doc:"What the reader should know about how this was found"`
	Citations []daybook.Citation `json:"citations" nullable:"false" doc:"The passages that the answer was given, by number. start and end are byte offsets into the entry's text"`
	Usage     usageJSON          `json:"usage"`

	NothingFound bool `json:"nothing_found" doc:"The search found nothing about the question; the docs are only the nearest"`

	PrivateLeftOut int `json:"private_left_out" doc:"How many entries the model was not given because they are private"`

	Quotations []quotationJSON `json:"quotations" nullable:"false" doc:"What a model put in quotation marks. Quotations that are not word for word in a passage are followed by [unverified] in the response"`

	Metadata *messageMetadata `json:"message_metadata,omitempty" doc:"Only in POST /journal_chat, for older clients that save it with the message"`
}

type quotationJSON struct {
	Text     string `json:"text"`
	Start    int    `json:"start" doc:"Where it begins in the response, in Unicode code points"`
	End      int    `json:"end"`
	Verified bool   `json:"verified" doc:"It is word for word in a passage that the answer was given, or in its entry"`
	Number   int    `json:"number" doc:"The number of that passage; 0 if there is none"`
}

func quotationsOf(quotations []chat.Quotation) []quotationJSON {
	out := make([]quotationJSON, len(quotations))
	for i, q := range quotations {
		out[i] = quotationJSON{q.Text, q.Start, q.End, q.Verified, q.Number}
	}
	return out
}

// mentionsJSON are all days on which the words of a question are mentioned.
type mentionsJSON struct {
	Asked   string   `json:"asked" enum:"first,last,count"`
	Words   []string `json:"words" nullable:"false" doc:"What was counted: each is in a passage of the day, in any of its forms"`
	Spelled []string `json:"spelled" nullable:"false" doc:"Other spellings and names that were counted as the same"`
	// Approximate is as in search.Mentions.
	Approximate bool           `json:"approximate" doc:"The count may not be exactly what was asked for: it includes other spellings, words that are only near each other, or mentions of what may not have happened that day"`
	Near        []nearFormJSON `json:"near" nullable:"false" doc:"Similar words that were not counted, each with the days that have it"`
	Read        int            `json:"read" doc:"Days whose passages a model read before they were counted; 0 if none did"`
	Count       int            `json:"count" doc:"How many days"`
	Days        []string       `json:"days" nullable:"false" doc:"All of them, earliest first"`
}

// nearFormJSON is a word that may be meant too.
type nearFormJSON struct {
	Word string `json:"word"`
	Days int    `json:"days"`
}

func mentionsOf(m *search.Mentions) *mentionsJSON {
	if m == nil {
		return nil
	}
	days := make([]string, len(m.Days))
	for i, d := range m.Days {
		days[i] = d.String()
	}
	near := make([]nearFormJSON, len(m.Near))
	for i, f := range m.Near {
		near[i] = nearFormJSON{f.Text, f.Days}
	}
	return &mentionsJSON{
		Asked: string(m.Asked), Words: list(m.Words), Spelled: list(m.Spelled), Approximate: m.Approximate(), Near: near,
		Read: m.Read, Count: len(days), Days: days,
	}
}

type usageJSON struct {
	InputTokens  int `json:"input_tokens"`
	OutputTokens int `json:"output_tokens"`
}

func (s *server) chat(ctx context.Context, in *chatInput) (*body[chatResponse], error) {
	found, done, err := chat.Collect(s.Chat.Answer(ctx, in.request()))
	if err != nil {
		return nil, err
	}
	out := responseOf(&found, &done, docsOf(&found), in.Body.ThreadID)
	out.Metadata = messageMetadataOf(in.Body.Provider, in.Body.Model, &found)
	return reply(out)
}

func responseOf(found *chat.Found, done *chat.Done, docs []docJSON, asked *string) chatResponse {
	return chatResponse{
		Response: done.Text, Docs: docs, ThreadID: threadOf(done.ThreadID, asked),
		MessageID: done.MessageID, Intent: string(found.Intent), Mentions: mentionsOf(found.Mentions),
		Notices: list(done.Notices), Citations: list(done.Citations), Usage: usageOf(done.Usage),
		Quotations: quotationsOf(done.Quotations), PrivateLeftOut: done.PrivateLeftOut, NothingFound: found.Nothing,
	}
}

// threadOf echoes the thread of the request as it was sent ("" stays ""),
// unless the server made one.
func threadOf(made string, asked *string) *string {
	if made != "" {
		return &made
	}
	return asked
}

func usageOf(u llm.Usage) usageJSON { return usageJSON{u.InputTokens, u.OutputTokens} }

// list makes a JSON array of a nil slice.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func docsOf(found *chat.Found) []docJSON {
	docs := make([]docJSON, 0, len(found.Results))
	for i := range found.Results {
		r := &found.Results[i]
		doc := docJSON{Entry: entryOf(&r.Entry), Distance: r.Distance, Passages: []passageJSON{}}
		at := codePoints{text: r.Entry.Text}
		for _, src := range found.Sources {
			if src.Entry != nil && src.Entry.ID == r.Entry.ID {
				plain, _ := text.Plain(src.Passage.Text, nil)
				doc.Passages = append(doc.Passages, passageJSON{
					Number: src.Number, Text: plain, Line: src.Passage.Line, Matched: src.Matched,
					Start: at.count(src.Passage.Start), End: at.count(src.Passage.End),
				})
			}
		}
		docs = append(docs, doc)
	}
	return docs
}

// codePoints turns growing byte offsets into a text into counts of code
// points, looking at each byte once.
type codePoints struct {
	text  string
	at, n int
}

func (c *codePoints) count(offset int) int {
	if offset = min(offset, len(c.text)); offset < c.at {
		c.at, c.n = 0, 0
	}
	c.n += utf8.RuneCountInString(c.text[c.at:offset])
	c.at = offset
	return c.n
}

func entryOf(e *daybook.Entry) EntryJSON {
	dates := make([]string, len(e.Dates))
	for i, d := range e.Dates {
		dates[i] = d.String()
	}
	return EntryJSON{
		Date: e.Date().String(), Title: e.Title, Text: e.Text, Tags: list(e.Tags),
		ID: e.ID, Kind: string(e.Kind), Dates: dates, Path: e.Path, Private: e.Private,
	}
}

// MarshalAnswer writes a whole answer as POST /journal_chat does.
func MarshalAnswer(found *chat.Found, done *chat.Done) ([]byte, error) {
	return json.Marshal(responseOf(found, done, docsOf(found), nil))
}
