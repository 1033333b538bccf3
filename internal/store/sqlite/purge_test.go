package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/internal/store"
)

// TestPurge deletes a word while the file stays open, and looks for it in the
// files' bytes. Somebody who reads meanwhile is waited for.
func TestPurge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	s := open(t, path)
	fill(t, s, "gone", "zanzibarquux is a secret")
	if err := s.Apply(t.Context(), store.Batch{Delete: []string{"gone"}}); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Index.db.reader().QueryContext(t.Context(), "SELECT key FROM meta")
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	fill(t, s, "other", "something that the reader does not see yet")
	purged := make(chan error, 1)
	go func() { purged <- s.Purge(t.Context()) }()
	select {
	case err := <-purged:
		t.Errorf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-purged; err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{indexPath(path), indexPath(path) + "-wal"} {
		if data, err := os.ReadFile(f); err != nil || strings.Contains(string(data), "zanzibarquux") {
			t.Errorf("%s: %v, or it still has the deleted word", filepath.Base(f), err)
		}
	}
	if got, err := store.EntryOf(t.Context(), s, "other"); err != nil || got.Text == "" {
		t.Errorf("%+v, %v", got, err)
	}
}
