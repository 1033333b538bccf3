package lancedb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/store/sqlite"
	"daybook/internal/store/storetest"
)

// open opens a store on a server, with a local store of its own.
func open(t testing.TB, address, dir string) *Store {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	local, err := sqlite.OpenRecords(t.Context(), filepath.Join(dir, "local.db"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Address: address, Local: local, Lock: filepath.Join(dir, "lock"), Read: read, Older: "gemini/gemini-embedding-001"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// read cuts an entry into one passage, found by its lower-case words.
func read(e daybook.Entry) []store.IndexedPassage {
	if e.Text == "" {
		return nil
	}
	p := store.IndexedPassage{Passage: daybook.Passage{EntryID: e.ID, End: len(e.Text), Line: 1, Text: e.Text}}
	p.Terms = strings.Join(strings.Fields(strings.ToLower(e.Text)), " ")
	return []store.IndexedPassage{p}
}

func TestStore(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	server, err := lancetest.Start(lancetest.Need(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	fresh := func(t *testing.T) *Store {
		dir := t.TempDir()
		address, err := server.Serve(filepath.Join(dir, "lance"))
		if err != nil {
			t.Fatal(err)
		}
		return open(t, address, dir)
	}
	storetest.Run(t, func(t *testing.T) store.Store { return fresh(t) })
	storetest.RunAnalyses(t, func(t *testing.T) storetest.Keeper { return fresh(t) })
}
