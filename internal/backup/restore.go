package backup

import (
	"context"
	"math"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// Mode determines what a restore does with existing data.
type Mode string

// The modes of a restore.
const (
	// IntoEmpty restores to a store without data of its own. In any mode, an
	// interrupted restore can be repeated and has the same result.
	IntoEmpty Mode = "empty"
	// Merge adds what is missing and leaves existing data unchanged.
	Merge Mode = "merge"
	// Replace makes the store's data equal to the backup's.
	Replace Mode = "replace"
)

// Holds counts the data in a store that cannot be rebuilt.
func Holds(ctx context.Context, s Source) (c Counts, err error) {
	threads, err := s.Threads(ctx)
	if err != nil {
		return c, err
	}
	c.Threads = len(threads)
	analyses, err := s.Analyses(ctx)
	if err != nil {
		return c, err
	}
	c.Analyses = len(analyses)
	written, err := s.WrittenNotes(ctx)
	if err != nil {
		return c, err
	}
	for _, w := range written {
		if !blank(w) {
			c.Written++
		}
	}
	return c, s.PageTexts(ctx, nil, func(store.PageText) error {
		c.Pages++
		return nil
	})
}

// blank reports whether nothing was ever written into a note.
func blank(w store.WrittenNote) bool { return w.Text == "" && w.Before == "" && len(w.Parts) == 0 }

// Empty reports whether there is nothing that a restore could overwrite.
func (c Counts) Empty() bool { return c.Threads+c.Analyses+c.Written+c.Pages == 0 }

// RestoreRecords restores the records of the backup to a store.
func (b *Backup) RestoreRecords(ctx context.Context, to Target, mode Mode, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	r := &restorer{ctx: ctx, to: to, mode: mode, backup: b, progress: progress, kept: map[string]map[string]bool{}}
	if err := r.load(); err != nil {
		return err
	}
	if mode == Replace {
		if err := r.clear(); err != nil {
			return err
		}
	}
	if err := b.each(ctx, r); err != nil {
		return err
	}
	return r.addLines()
}

// restorer is a visitor that writes records to a store.
type restorer struct {
	ctx      context.Context
	to       Target
	mode     Mode
	backup   *Backup
	progress func(Progress)
	done     int
	used     map[useKey]store.Use
	kept     map[string]map[string]bool // in the store before, by kind and ID
	counted  map[string]int             // counts of the ledger's lines before, by ID
	lines    []store.LedgerLine         // of the ledger, to be added
}

type useKey struct{ day, model, task string }

// load reads what the store already has.
func (r *restorer) load() error {
	used, err := r.to.UsedSince(r.ctx, "")
	if err != nil {
		return err
	}
	r.used = map[useKey]store.Use{}
	for _, u := range used {
		r.used[useKey{u.Day, u.Model, u.Task}] = u
	}
	lines, err := r.to.Lines(r.ctx, store.LedgerFilter{})
	if err != nil {
		return err
	}
	r.counted = make(map[string]int, len(lines))
	for _, l := range lines {
		r.counted[l.ID] = l.Count
	}
	threads, err := r.to.Threads(r.ctx)
	if err != nil {
		return err
	}
	for _, t := range threads {
		r.hold("thread", t.ID)
	}
	analyses, err := r.to.Analyses(r.ctx)
	if err != nil {
		return err
	}
	for _, a := range analyses {
		r.hold("analysis", a.ID)
	}
	scans, err := r.to.Scans(r.ctx)
	if err != nil {
		return err
	}
	for _, s := range scans {
		r.hold("scan", s.Path)
	}
	written, err := r.to.WrittenNotes(r.ctx)
	if err != nil {
		return err
	}
	for note, w := range written {
		if !blank(w) {
			r.hold("written", note)
		}
	}
	return r.to.PageTexts(r.ctx, nil, func(page store.PageText) error {
		r.hold("page", page.Key)
		return nil
	})
}

func (r *restorer) hold(kind, id string) {
	if r.kept[kind] == nil {
		r.kept[kind] = map[string]bool{}
	}
	r.kept[kind][id] = true
}

// clear erases what the backup does not have.
func (r *restorer) clear() error {
	var has seen
	if err := r.backup.each(r.ctx, &has); err != nil {
		return err
	}
	for _, kind := range []struct {
		name  string
		erase func(id string) error
	}{
		{"thread", func(id string) error { return r.to.WriteThread(r.ctx, store.ThreadChange{ID: id, Delete: true}) }},
		{"analysis", func(id string) error { return r.to.WriteAnalysis(r.ctx, store.AnalysisChange{ID: id, Delete: true}) }},
		{"scan", func(id string) error { return r.to.WriteScans(r.ctx, store.ScanBatch{Delete: []string{id}}) }},
		{"page", func(id string) error { return r.to.WriteScans(r.ctx, store.ScanBatch{ForgetPages: []string{id}}) }},
		{"written", func(id string) error {
			return r.to.WriteScans(r.ctx, store.ScanBatch{Written: map[string]store.WrittenNote{id: {}}})
		}},
	} {
		for id := range r.kept[kind.name] {
			if has.ids[kind.name+"\x00"+id] {
				continue
			}
			if err := kind.erase(id); err != nil && daybook.KindOf(err) != daybook.NotFound {
				return err
			}
		}
	}
	for key, u := range r.used {
		if !has.ids["use\x00"+key.day+"\x00"+key.model+"\x00"+key.task] {
			if err := r.addUse(store.Use{Day: u.Day, Model: u.Model, Task: u.Task}, u); err != nil {
				return err
			}
		}
	}
	clear(r.counted)
	return r.to.WriteLedger(r.ctx, store.LedgerBatch{DropBefore: endOfTime}) // the backup's lines are added again
}

// endOfTime is after every line of a ledger.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// seen collects the IDs in a backup.
type seen struct{ ids map[string]bool }

func (s *seen) add(kind string, id text) error {
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	s.ids[kind+"\x00"+string(id)] = true
	return nil
}

func (s *seen) conversation(c conversation) error { return s.add("thread", text(c.thread.ID)) }
func (s *seen) analysis(r analysisRecord) error   { return s.add("analysis", r.ID) }
func (s *seen) use(r useRecord) error             { return s.add("use", r.Day+"\x00"+r.Model+"\x00"+r.Task) }
func (s *seen) scan(r scanRecord) error           { return s.add("scan", r.Path) }
func (s *seen) page(r pageRecord) error           { return s.add("page", r.Key) }
func (s *seen) written(r writtenRecord) error     { return s.add("written", r.Note) }
func (s *seen) line(ledgerRecord) error           { return nil }

// leaves reports whether existing data stays unchanged.
func (r *restorer) leaves(kind, id string) bool { return r.mode == Merge && r.kept[kind][id] }

func (r *restorer) conversation(c conversation) error {
	r.progress(Progress{"Restoring the conversations", r.done, r.backup.Manifest.Counts.Threads})
	r.done++
	if r.leaves("thread", c.thread.ID) {
		_, _, err := threads.In(r.to).MergeThread(r.ctx, c.thread, interrupted(c.messages))
		return err
	}
	return threads.In(r.to).ReplaceThread(r.ctx, c.thread, c.messages, c.turns)
}

// interrupted marks pending messages as interrupted, since no server will
// continue them.
func interrupted(messages []daybook.Message) []daybook.Message {
	out := append([]daybook.Message{}, messages...)
	for i := range out {
		if out[i].Status == daybook.Pending {
			out[i].Status = daybook.Interrupted
		}
	}
	return out
}

func (r *restorer) analysis(record analysisRecord) error {
	a, steps, results := record.analysis()
	if r.leaves("analysis", a.ID) {
		return nil
	}
	c := store.AnalysisChange{ID: a.ID, Head: &a, Steps: append([]store.AnalysisStep{}, steps...)}
	for _, result := range results {
		c.Results = append(c.Results, *result)
	}
	return r.to.WriteAnalysis(r.ctx, c)
}

// use raises the store's usage to the backup's. Only Replace lowers it.
func (r *restorer) use(record useRecord) error {
	u := record.use()
	there := r.used[useKey{u.Day, u.Model, u.Task}]
	if r.mode != Replace {
		u.Calls, u.InputTokens = max(u.Calls, there.Calls), max(u.InputTokens, there.InputTokens)
		u.OutputTokens, u.Cost = max(u.OutputTokens, there.OutputTokens), max(u.Cost, there.Cost)
	}
	return r.addUse(u, there)
}

// addUse adds the difference between want and there.
func (r *restorer) addUse(want, there store.Use) error {
	u := want
	u.Calls -= there.Calls
	u.InputTokens -= there.InputTokens
	u.OutputTokens -= there.OutputTokens
	if u.Cost -= there.Cost; math.Abs(u.Cost) < 1e-12 {
		u.Cost = 0
	}
	if u.Calls == 0 && u.InputTokens == 0 && u.OutputTokens == 0 && u.Cost == 0 {
		return nil
	}
	return r.to.WriteLedger(r.ctx, store.LedgerBatch{Used: []store.Use{u}})
}

func (r *restorer) scan(record scanRecord) error {
	if r.leaves("scan", string(record.Path)) {
		return nil
	}
	return r.to.WriteScans(r.ctx, store.ScanBatch{Put: []store.ScanState{record.scan()}})
}

func (r *restorer) page(record pageRecord) error {
	if r.leaves("page", string(record.Key)) {
		return nil
	}
	return r.to.WriteScans(r.ctx, store.ScanBatch{Pages: []store.PageText{{Key: string(record.Key), Scan: record.Scan, Text: string(record.Text)}}})
}

func (r *restorer) written(record writtenRecord) error {
	if r.leaves("written", string(record.Note)) {
		return nil
	}
	return r.to.WriteScans(r.ctx, store.ScanBatch{Written: map[string]store.WrittenNote{string(record.Note): record.written()}})
}

// line adds a line of the ledger, or raises the store's count to the backup's.
func (r *restorer) line(record ledgerRecord) error {
	l := record.line()
	if counted, ok := r.counted[l.ID]; ok {
		if l.Count <= counted {
			return nil
		}
		l.Count -= counted
	}
	r.lines = append(r.lines, l)
	if len(r.lines) < ledgerPage {
		return nil
	}
	return r.addLines()
}

func (r *restorer) addLines() error {
	lines := r.lines
	r.lines = nil
	if len(lines) == 0 {
		return nil
	}
	return r.to.WriteLedger(r.ctx, store.LedgerBatch{Lines: lines})
}
