package lancedb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"daybook"
)

// extra is the data for which the older service's table of messages has no
// column.
type extra struct {
	thread    string
	seq       int64 // orders a thread's messages
	status    daybook.MessageStatus
	citations []daybook.Citation
	trace     json.RawMessage
	batch     string // a message with one is hidden
}

// messagesOf is a thread's messages as stored on the server.
type messagesOf struct {
	list   []daybook.Message // in order
	extras map[string]extra
	last   int64 // the highest seq
}

// stored loads a thread's messages from the server.
func (s *Store) stored(ctx context.Context, threadID string) (*messagesOf, error) {
	var all []daybook.Message
	extras := map[string]extra{}
	where := "thread_id = " + quote(threadID)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.c.all(gctx, messagesTable, query{columns: names(messagesSchema), where: where}, func(v view) error {
			all = append(all, readMessage(v))
			return nil
		})
	})
	g.Go(func() error {
		return s.c.all(gctx, extrasTable, query{columns: names(extrasSchema), where: where}, func(v view) error {
			e, err := readExtra(v)
			extras[v.text("message_id")] = e
			return err
		})
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := &messagesOf{list: ordered(all, extras), extras: extras}
	for _, e := range extras {
		out.last = max(out.last, e.seq)
	}
	return out, nil
}

func readMessage(v view) daybook.Message {
	m := daybook.Message{
		ID: v.text("message_id"), ThreadID: v.text("thread_id"), Time: readTime(v.text("timestamp")), Role: daybook.Role(v.text("role")), Text: v.text("content"),
	}
	if m.Role != daybook.Assistant {
		m.Role = daybook.User
	}
	return m
}

func readExtra(v view) (extra, error) {
	e := extra{thread: v.text("thread_id"), seq: v.number("seq"), status: daybook.MessageStatus(v.text("status")), batch: v.text("batch")}
	if v.has("citations") {
		if err := e.readCitations([]byte(v.text("citations"))); err != nil {
			return e, fmt.Errorf("read the citations of a message: %w", err)
		}
	}
	return e, nil
}

// cited is the content of the citations column if an answer has a trace.
// Without one it is just the list of citations.
type cited struct {
	Citations []daybook.Citation `json:"citations"`
	Trace     json.RawMessage    `json:"trace"`
}

func (e *extra) readCitations(data []byte) error {
	if !bytes.HasPrefix(data, []byte("{")) {
		return json.Unmarshal(data, &e.citations)
	}
	var c cited
	err := json.Unmarshal(data, &c)
	e.citations, e.trace = c.Citations, c.Trace
	return err
}

// ordered returns the visible messages, ours in the order they were added. One
// written by the older service goes before the first that is later.
func ordered(all []daybook.Message, extras map[string]extra) []daybook.Message {
	var mine, theirs []daybook.Message
	seen := map[string]bool{}
	for _, m := range all {
		e, ours := extras[m.ID]
		switch {
		case seen[m.ID] || e.batch != "":
			continue
		case ours:
			m.Status, m.Citations, m.Trace = e.status, e.citations, e.trace
			mine = append(mine, m)
		default:
			theirs = append(theirs, m)
		}
		seen[m.ID] = true
	}
	slices.SortStableFunc(mine, func(a, b daybook.Message) int { return cmp.Compare(extras[a.ID].seq, extras[b.ID].seq) })
	slices.SortStableFunc(theirs, func(a, b daybook.Message) int { return a.Time.Compare(b.Time) })
	return between(mine, theirs)
}

// between inserts messages, sorted by time, between others. Each goes before
// the first that is later.
func between(old, fresh []daybook.Message) []daybook.Message {
	out := make([]daybook.Message, 0, len(old)+len(fresh))
	for _, m := range old {
		for len(fresh) > 0 && fresh[0].Time.Before(m.Time) {
			out, fresh = append(out, fresh[0]), fresh[1:]
		}
		out = append(out, m)
	}
	return append(out, fresh...)
}

// Messages returns a thread's messages in the order they were added.
func (s *Store) Messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	messages := []daybook.Message{}
	_, err := s.thread(ctx, threadID)
	if daybook.KindOf(err) == daybook.NotFound {
		return messages, nil
	}
	if err != nil {
		return nil, wrap("load a thread's messages", err)
	}
	kept, err := s.stored(ctx, threadID)
	if err != nil {
		return nil, wrap("load a thread's messages", err)
	}
	list, err := s.withTurns(ctx, threadID, kept)
	return append(messages, list...), wrap("load a thread's messages", err)
}

// EachMessage calls f with every message of every thread, or with those that
// have one of ids. Answers still being written are left out: they are not on
// the server yet.
func (s *Store) EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error {
	err := s.prepare(ctx)
	if err == nil && ids != nil {
		err = s.eachOf(ctx, ids, f)
	} else if err == nil {
		err = s.c.all(ctx, messagesTable, query{columns: names(messagesSchema)}, func(v view) error { return f(readMessage(v)) })
	}
	return wrap("look through the messages", err)
}

// eachOf calls f with the messages that have one of ids. It skips the hidden
// ones of an interrupted merge.
func (s *Store) eachOf(ctx context.Context, ids []string, f func(daybook.Message) error) error {
	for chunk := range slices.Chunk(ids, 1000) {
		unseen := map[string]bool{}
		err := s.c.all(ctx, extrasTable, query{columns: []string{"message_id"}, where: "batch <> '' AND " + in("message_id", chunk)}, func(v view) error {
			unseen[v.text("message_id")] = true
			return nil
		})
		if err != nil {
			return err
		}
		err = s.c.all(ctx, messagesTable, query{columns: names(messagesSchema), where: in("message_id", chunk)}, func(v view) error {
			if m := readMessage(v); !unseen[m.ID] {
				return f(m)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.local.EachMessage(ctx, ids, f)
}

func messageRow(m daybook.Message) row {
	return row{"message_id": m.ID, "thread_id": m.ThreadID, "timestamp": written(m.Time), "role": string(m.Role), "content": m.Text}
}

func extraRow(m daybook.Message, seq int64, batch string) (row, error) {
	r := row{"message_id": m.ID, "thread_id": m.ThreadID, "seq": seq, "status": string(m.Status), "batch": batch}
	var kept any
	switch {
	case m.Trace != nil:
		kept = cited{m.Citations, m.Trace}
	case m.Citations != nil:
		kept = m.Citations
	default:
		return r, nil
	}
	data, err := json.Marshal(kept)
	r["citations"] = string(data)
	return r, err
}

// putExtras stores what the table of messages has no column for, numbering from
// seq.
func (s *Store) putExtras(ctx context.Context, messages []daybook.Message, seq int64, batch string) error {
	rows := make([]row, len(messages))
	for i, m := range messages {
		var err error
		if rows[i], err = extraRow(m, seq+int64(i), batch); err != nil {
			return err
		}
	}
	return s.c.mergeAll(ctx, extrasTable, []string{"message_id"}, extrasSchema, rows)
}

// putMessages stores messages and makes them visible.
func (s *Store) putMessages(ctx context.Context, messages []daybook.Message) error {
	rows := make([]row, len(messages))
	for i, m := range messages {
		rows[i] = messageRow(m)
	}
	return s.refused(s.c.mergeAll(ctx, messagesTable, []string{"message_id"}, s.schemaOf(messagesTable), rows))
}

// refused makes the next write check the shared tables again if the server
// rejected one: the older service may have overwritten them with columns of
// other types.
func (s *Store) refused(err error) error {
	if answered := (failure{}); errors.As(err, &answered) {
		s.ready.Store(false)
	}
	return err
}

// mine refuses messages of another thread.
func mine(threadID string, messages []daybook.Message) error {
	for _, m := range messages {
		if m.ThreadID != threadID {
			return daybook.Errorf(daybook.Invalid, "A message is of another thread.")
		}
	}
	return nil
}

// settled loads a thread's messages. It numbers those written by the older
// service first, so that new messages come after them.
func (s *Store) settled(ctx context.Context, threadID string) (*messagesOf, error) {
	kept, err := s.stored(ctx, threadID)
	if err != nil || !slices.ContainsFunc(kept.list, func(m daybook.Message) bool { _, ok := kept.extras[m.ID]; return !ok }) {
		return kept, err
	}
	list, err := s.withTurns(ctx, threadID, kept)
	if err != nil {
		return nil, err
	}
	if err := s.renumber(ctx, kept, list, ""); err != nil {
		return nil, err
	}
	return s.stored(ctx, threadID)
}

// renumber gives the messages of a list new numbers, including those without
// one. The numbers are above all existing ones, and the last message gets its
// number first, so that the order stays right if it takes several requests.
// Messages without a number go into the batch, if there is one.
func (s *Store) renumber(ctx context.Context, kept *messagesOf, list []daybook.Message, batch string) error {
	rows := make([]row, len(list))
	for i, m := range list {
		name := batch
		if e, ok := kept.extras[m.ID]; ok && e.batch == "" {
			name = ""
		}
		r, err := extraRow(m, kept.last+int64(i)+1, name)
		if err != nil {
			return err
		}
		rows[len(list)-1-i] = r
	}
	return s.c.mergeAll(ctx, extrasTable, []string{"message_id"}, extrasSchema, rows)
}
