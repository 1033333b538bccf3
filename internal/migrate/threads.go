package migrate

import (
	"context"
	"slices"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// whole is a thread with its messages and turns.
type whole struct {
	Thread   daybook.Thread
	Messages []daybook.Message
	Turns    []daybook.Turn
}

func load(ctx context.Context, s store.Store, t daybook.Thread) (w whole, err error) {
	w.Thread = t
	if w.Messages, err = s.Messages(ctx, t.ID); err != nil {
		return w, err
	}
	if t.Damaged || slices.ContainsFunc(w.Messages, func(m daybook.Message) bool { return m.Damaged }) {
		return w, daybook.Errorf(daybook.Unavailable, "The conversation %s is damaged on disk, and cannot be copied. Restore it from a backup first, or delete it.", t.ID)
	}
	w.Turns, err = s.Turns(ctx, store.TurnQuery{ThreadID: t.ID})
	return w, err
}

func (m *migration) copyThreads(ctx context.Context) (written int, err error) {
	all, err := m.from.Threads(ctx)
	if err != nil {
		return 0, err
	}
	for i, t := range all {
		m.progress(Progress{"Copying the conversations", i, len(all)})
		done, err := m.copyThread(ctx, t)
		if err != nil {
			return written, err
		}
		if done {
			written++
		}
	}
	return written, nil
}

func (m *migration) copyThread(ctx context.Context, t daybook.Thread) (bool, error) {
	from, err := load(ctx, m.from, t)
	if err != nil {
		return false, err
	}
	there, err := threads.In(m.to).Thread(ctx, t.ID)
	if daybook.KindOf(err) == daybook.NotFound {
		return true, threads.In(m.to).ReplaceThread(ctx, t, from.Messages, from.Turns)
	}
	if err != nil {
		return false, err
	}
	to, err := load(ctx, m.to, there)
	if err != nil || digest(to) == digest(from) {
		return false, err
	}
	known := map[string]bool{}
	for _, message := range from.Messages {
		known[message.ID] = true
	}
	if there.UpdatedAt.After(t.UpdatedAt) || slices.ContainsFunc(to.Messages, func(message daybook.Message) bool { return !known[message.ID] }) {
		m.kept[t.ID] = true
		added, err := m.add(ctx, t, from, to)
		return added > 0, err
	}
	return true, threads.In(m.to).ReplaceThread(ctx, t, from.Messages, from.Turns)
}

// add inserts missing messages into a thread that continued in the second
// store, and checks that they arrived.
func (m *migration) add(ctx context.Context, t daybook.Thread, from, to whole) (added int, err error) {
	known := map[string]bool{}
	for _, message := range to.Messages {
		known[message.ID] = true
	}
	var missing []daybook.Message
	for _, message := range from.Messages {
		if known[message.ID] {
			continue
		}
		if message.Status == daybook.Pending {
			message.Status = daybook.Interrupted // it is not continued there
		}
		missing = append(missing, message)
	}
	if len(missing) == 0 {
		return 0, nil
	}
	slices.SortStableFunc(missing, func(a, b daybook.Message) int { return a.Time.Compare(b.Time) })
	if _, added, err = threads.In(m.to).MergeThread(ctx, t, missing); err != nil {
		return added, err
	}
	there, err := m.to.Messages(ctx, t.ID)
	if err != nil {
		return added, err
	}
	same := map[string][32]byte{}
	for _, message := range there {
		same[message.ID] = digest(message)
	}
	for _, message := range missing {
		if same[message.ID] != digest(message) {
			return added, daybook.Errorf(daybook.Conflict, "A message of a thread that went on in the second store did not come there as it was.")
		}
	}
	return added, nil
}

func (m *migration) sumThreads(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := m.from.Threads(ctx)
	if err != nil {
		return out, err
	}
	known := map[string]bool{}
	for _, t := range wanted {
		known[t.ID] = !m.kept[t.ID]
	}
	all, err := s.Threads(ctx)
	if err != nil {
		return out, err
	}
	for _, t := range all {
		if !known[t.ID] {
			continue
		}
		w, err := load(ctx, s, t)
		if err != nil {
			return out, err
		}
		out.add(digest(w))
	}
	return out, nil
}
