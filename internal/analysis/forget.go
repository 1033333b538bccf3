package analysis

import (
	"context"

	"daybook"
	"daybook/internal/store"
)

// forget erases what analyses say about deleted entries and records that in the
// analyses that used them.
func forget(ctx context.Context, st store.Analyses, entryIDs []string) error {
	touched, err := st.ForgetEntries(ctx, entryIDs)
	if err != nil {
		return err
	}
	for _, id := range touched {
		head, err := store.AnalysisOf(ctx, st, id)
		if daybook.KindOf(err) == daybook.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if status := Status(head.Status); status == Complete || status == Partial {
			head.Status, head.Error = string(Partial), forgottenWhy
			if err := st.WriteAnalysis(ctx, store.AnalysisChange{ID: head.ID, Head: &head}); err != nil {
				return err
			}
		}
	}
	return nil
}

const forgottenWhy = "An entry that this is based on was deleted, so what was said about it is erased. Run the analysis again to combine the rest."

// Index is the index that analyses read.
type Index interface {
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
	Apply(ctx context.Context, b store.Batch) error
	Meta(ctx context.Context) (map[string]string, error)
}

// Forgetting wraps an index such that deleting an entry also erases what
// analyses say about it.
func Forgetting(ix Index, analyses store.Analyses) Index { return forgetting{ix, analyses} }

type forgetting struct {
	Index
	analyses store.Analyses
}

// Apply forgets before the change, since the process may die in between, and
// after it, since an analysis may have been running.
func (f forgetting) Apply(ctx context.Context, b store.Batch) error {
	if len(b.Delete) == 0 {
		return f.Index.Apply(ctx, b)
	}
	if err := forget(ctx, f.analyses, b.Delete); err != nil {
		return err
	}
	if err := f.Index.Apply(ctx, b); err != nil {
		return err
	}
	return forget(ctx, f.analyses, b.Delete)
}
