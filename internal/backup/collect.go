package backup

import (
	"context"
	"maps"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// maxLine bounds a record, in bytes of JSON.
const maxLine = 64 << 20

// ledgerPage is how many lines of the ledger are read at a time.
const ledgerPage = 1000

// attempts is how often a conversation is read that keeps changing, in a store
// without snapshots.
const attempts = 5

// records writes all records of the store.
func (w *writer) records(ctx context.Context) error {
	src := w.plan.Records
	for _, member := range []struct {
		name  string
		write func(put func(any) error) error
	}{
		{conversationsName, func(put func(any) error) error { return w.conversations(ctx, src, put) }},
		{analysesName, func(put func(any) error) error { return w.analyses(ctx, src, put) }},
		{usageName, func(put func(any) error) error {
			all, err := src.UsedSince(ctx, "")
			return putAll(all, err, &w.manifest.Counts.Usage, put, useToRecord)
		}},
		{scansName, func(put func(any) error) error {
			all, err := src.Scans(ctx)
			return putAll(all, err, &w.manifest.Counts.Scans, put, scanToRecord)
		}},
		{pagesName, func(put func(any) error) error {
			return src.PageTexts(ctx, nil, func(page store.PageText) error {
				w.manifest.Counts.Pages++
				return put(pageRecord{text(page.Key), page.Scan, text(page.Text)})
			})
		}},
		{writtenName, func(put func(any) error) error {
			all, err := src.WrittenNotes(ctx)
			notes := slices.Sorted(maps.Keys(all))
			return putAll(notes, err, &w.manifest.Counts.Written, put, func(note string) writtenRecord { return writtenToRecord(note, all[note]) })
		}},
		{ledgerName, func(put func(any) error) error { return w.ledger(ctx, src, put) }},
	} {
		if err := w.lines(member.name, member.write); err != nil {
			return err
		}
	}
	return nil
}

func putAll[T, R any](all []T, err error, count *int, put func(any) error, record func(T) R) error {
	if err != nil {
		return err
	}
	*count = len(all)
	for _, one := range all {
		if err := put(record(one)); err != nil {
			return err
		}
	}
	return nil
}

// ledger writes the lines of the ledger, latest first. Without a snapshot, a
// line that changes may be read twice; its first form is written.
func (w *writer) ledger(ctx context.Context, src Source, put func(any) error) error {
	written := map[string]bool{}
	filter := store.LedgerFilter{Limit: ledgerPage}
	for {
		page, err := src.Lines(ctx, filter)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			if written[l.ID] {
				continue
			}
			written[l.ID] = true
			w.manifest.Counts.Ledger++
			if err := put(lineToRecord(l)); err != nil {
				return err
			}
		}
		filter.Before = &page[len(page)-1]
	}
}

func (w *writer) conversations(ctx context.Context, src Source, put func(any) error) error {
	threads, err := src.Threads(ctx)
	if err != nil {
		return err
	}
	counts := &w.manifest.Counts
	for i, t := range threads {
		w.plan.Progress(Progress{"Reading the conversations", i, len(threads)})
		if t.Damaged {
			counts.Damaged++
			continue
		}
		c, err := readConversation(ctx, src, t.ID)
		if daybook.KindOf(err) == daybook.NotFound {
			continue // deleted in the meantime
		}
		if err != nil {
			return err
		}
		counts.Damaged += c.damaged
		if err := put(conversationLine{Thread: threadToRecord(c.thread)}); err != nil {
			return err
		}
		for _, m := range c.messages {
			if err := put(conversationLine{Message: messageToRecord(m)}); err != nil {
				return err
			}
		}
		for _, turn := range c.turns {
			if err := put(conversationLine{Turn: turnToRecord(turn)}); err != nil {
				return err
			}
		}
		counts.Threads, counts.Messages, counts.Turns = counts.Threads+1, counts.Messages+len(c.messages), counts.Turns+len(c.turns)
	}
	return nil
}

// readConversation reads a thread, its messages and turns. Without a snapshot
// it reads them again until they are consistent.
func readConversation(ctx context.Context, src Source, id string) (c conversation, err error) {
	for range attempts {
		if c.thread, err = readThread(ctx, src, id); err != nil {
			return c, err
		}
		missing := 0
		if c.messages, err = src.Messages(ctx, id); err != nil {
			if len(c.messages) == 0 {
				return c, err
			}
			missing = 1 // at least; the rest is stored
		}
		all := len(c.messages) + missing
		c.messages = slices.DeleteFunc(c.messages, func(m daybook.Message) bool { return m.Damaged })
		c.damaged = all - len(c.messages)
		if c.turns, err = src.Turns(ctx, store.TurnQuery{ThreadID: id}); err != nil {
			if c.damaged > 0 {
				return c, nil // store what is intact, without turns
			}
			return c, err
		}
		after, err := readThread(ctx, src, id)
		if err != nil {
			return c, err
		}
		if after.UpdatedAt.Equal(c.thread.UpdatedAt) && c.agrees() {
			break
		}
	}
	c.complete()
	return c, nil
}

func readThread(ctx context.Context, src Source, id string) (daybook.Thread, error) {
	found, err := src.Threads(ctx, id)
	if err == nil && len(found) == 0 {
		err = daybook.Errorf(daybook.NotFound, "A conversation was deleted while it was being read.")
	}
	if err != nil {
		return daybook.Thread{}, err
	}
	return found[0], nil
}

// agrees reports whether the messages include the questions and answers of all
// turns.
func (c *conversation) agrees() bool {
	known := c.ids()
	return !slices.ContainsFunc(c.turns, func(t daybook.Turn) bool { return !known[t.Question.ID] || !known[t.Answer.ID] })
}

func (c *conversation) ids() map[string]bool {
	known := map[string]bool{}
	for _, m := range c.messages {
		known[m.ID] = true
	}
	return known
}

// complete adds the questions and answers that the store has not added to the
// messages yet.
func (c *conversation) complete() {
	known := c.ids()
	for _, t := range c.turns {
		for _, m := range []daybook.Message{t.Question, t.Answer} {
			if !known[m.ID] {
				known[m.ID] = true
				c.messages = append(c.messages, m)
			}
		}
	}
}

func (w *writer) analyses(ctx context.Context, src Source, put func(any) error) error {
	all, err := src.Analyses(ctx)
	if err != nil {
		return err
	}
	for i, a := range all {
		w.plan.Progress(Progress{"Reading the analyses", i, len(all)})
		steps, err := src.Steps(ctx, a.ID)
		if err != nil {
			return err
		}
		keys := map[string]bool{}
		for _, s := range steps {
			if s.Key != "" {
				keys[s.Key] = true
			}
		}
		results, err := src.StepResults(ctx, slices.Sorted(maps.Keys(keys)))
		if err != nil {
			return err
		}
		list := make([]store.StepResult, 0, len(results))
		for _, key := range slices.Sorted(maps.Keys(results)) {
			list = append(list, results[key])
		}
		if err := put(analysisToRecord(a, steps, list)); err != nil {
			return err
		}
		w.manifest.Counts.Analyses++
	}
	return nil
}
