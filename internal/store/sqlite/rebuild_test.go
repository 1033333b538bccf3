package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/store"
)

// TestDamagedIndex sets a damaged index aside, at the start or soon after it,
// and never the conversations.
func TestDamagedIndex(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for name, at := range map[string]int64{"the first page": 20, "a page within": 4096*20 + 3} {
		t.Run(name, func(t *testing.T) {
			path := closed(t)
			f, err := os.OpenFile(indexPath(path), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(make([]byte, 4096), at); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			s.Index.check.Wait()
			states, err := s.NoteStates(t.Context())
			if err != nil || len(states) > 0 {
				t.Errorf("%d notes, %v; want a new index", len(states), err)
			}
			if got := strings.Join(s.warnings(t.Context()), "\n"); !strings.Contains(got, "rebuilt from the journal") {
				t.Errorf("warned: %q", got)
			}
			fill(t, s, "again", "a note")
			if _, err := store.EntryOf(t.Context(), s, "again"); err != nil {
				t.Error(err)
			}
			if threads, err := s.Threads(t.Context()); err != nil || len(threads) != 12 {
				t.Errorf("%d threads, %v", len(threads), err)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), "index.db.damaged")); err != nil {
				t.Error(err)
			}
		})
	}
}
