package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// filled opens a new store with conversations.
func filled(t *testing.T) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "daybook.db")
	s = open(t, path)
	fillAll(t, s)
	return s, path
}

// say adds a message to the first thread.
func say(t *testing.T, s *Store, id string) error {
	t.Helper()
	return threads.In(s).AddMessage(t.Context(), daybook.Message{ID: id, ThreadID: "thread-0", Time: time.Now(), Role: daybook.User, Text: "said " + id})
}

// refused fails unless err is daybook.Unavailable and has words.
func refused(t *testing.T, err error, words string) {
	t.Helper()
	if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(daybook.PublicMessage(err), words) {
		t.Errorf("got %v, want Unavailable with %q", err, words)
	}
}

func TestMovedWhileOpen(t *testing.T) {
	s, path := filled(t)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	refused(t, say(t, s, "lost"), "was deleted or moved")
	refused(t, s.WriteLedger(t.Context(), store.LedgerBatch{Used: []store.Use{useOf("x")}}), "was deleted or moved")
	_, err := s.Messages(t.Context(), "thread-0")
	refused(t, err, "was deleted or moved")
	_, err = s.Threads(t.Context())
	refused(t, err, "was deleted or moved")
	_, err = s.Analyses(t.Context())
	refused(t, err, "was deleted or moved")
	_, _, err = store.PageTextOf(t.Context(), s, "scan0.pdf#1")
	refused(t, err, "was deleted or moved")
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was made again")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := say(t, s, "found"); err != nil {
		t.Errorf("once the file is back: %v", err)
	}
}

// TestDeletedDuringAWrite deletes the file inside of a transaction.
func TestDeletedDuringAWrite(t *testing.T) {
	s, path := filled(t)
	tx, err := s.Records.db.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := insertMessage(t.Context(), tx.Tx, daybook.Message{ID: "m", ThreadID: "thread-0", Time: time.Now(), Role: daybook.User}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused(t, tx.commit(t.Context()), "was deleted or moved")
}

// TestReplacedDuringAWrite replaces the file inside of a transaction.
func TestReplacedDuringAWrite(t *testing.T) {
	s, path := filled(t)
	other := filepath.Join(t.TempDir(), "other")
	if err := s.Records.db.copyTo(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	tx, err := s.Records.db.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := insertMessage(t.Context(), tx.Tx, daybook.Message{ID: "m", ThreadID: "thread-0", Time: time.Now(), Role: daybook.User}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	refused(t, tx.commit(t.Context()), "send it again")
	if err := say(t, s, "m"); err != nil {
		t.Errorf("once more: %v", err)
	}
}

func TestReplacedWhileOpen(t *testing.T) {
	s, path := filled(t)
	older := filepath.Join(t.TempDir(), "older")
	if err := s.Records.db.copyTo(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	if err := say(t, s, "not in the copy"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(older, path); err != nil {
		t.Fatal(err)
	}
	messages, err := s.Messages(t.Context(), "thread-0")
	if err != nil || len(messages) != 8 {
		t.Errorf("the older copy has 8 messages, got %d, %v", len(messages), err)
	}
	if err := say(t, s, "after"); err != nil {
		t.Error(err)
	}
	again := open(t, path)
	if messages, err = again.Messages(t.Context(), "thread-0"); err != nil || len(messages) != 9 || messages[8].ID != "after" {
		t.Errorf("the file at the path has %d messages, %v", len(messages), err)
	}
}

func TestReplacedByAnythingElse(t *testing.T) {
	for name, data := range map[string]string{"nothing": "", "a text": strings.Repeat("my own words ", 1000)} {
		t.Run(name, func(t *testing.T) {
			s, path := filled(t)
			other := path + ".other"
			if err := os.WriteFile(other, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(other, path); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				refused(t, say(t, s, "lost"), "was replaced")
				_, err := s.Messages(t.Context(), "thread-0")
				refused(t, err, "was replaced")
			}
			if err := os.Rename(path+".away", path); err != nil {
				t.Fatal(err)
			}
			if err := say(t, s, "found"); err != nil {
				t.Errorf("once the file is back: %v", err)
			}
			if messages, err := s.Messages(t.Context(), "thread-0"); err != nil || len(messages) != 9 {
				t.Errorf("%d messages, %v", len(messages), err)
			}
		})
	}
}

// TestLogDeletedWhileOpen deletes what SQLite keeps beside the file. What was
// acknowledged is there for another process, also if this one is killed.
func TestLogDeletedWhileOpen(t *testing.T) {
	for _, suffixes := range [][]string{{"-wal"}, {"-shm"}, {"-wal", "-shm"}} {
		t.Run(strings.Join(suffixes, " "), func(t *testing.T) {
			s, path := filled(t)
			for i := range 3 {
				if err := say(t, s, fmt.Sprintf("before %d", i)); err != nil {
					t.Fatal(err)
				}
				for _, suffix := range suffixes {
					if err := os.Remove(path + suffix); err != nil {
						t.Fatal(err)
					}
				}
				if err := say(t, s, fmt.Sprintf("after %d", i)); err != nil {
					t.Error(err)
				}
				folder := filepath.Join(t.TempDir(), "killed")
				copyFolder(t, filepath.Dir(path), folder)
				other := open(t, filepath.Join(folder, "daybook.db"))
				if messages, err := other.Messages(t.Context(), "thread-0"); err != nil || len(messages) != 8+2*(i+1) {
					t.Errorf("another process sees %d messages, %v", len(messages), err)
				}
				if missing := other.warnings(t.Context()); len(missing) > 0 {
					t.Errorf("warned: %v", missing)
				}
			}
		})
	}
}

func TestIndexReplacedWhileOpen(t *testing.T) {
	s, path := filled(t)
	other, otherPath := filled(t)
	fill(t, other, "only there", "quokka")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(indexPath(otherPath), indexPath(path)); err != nil {
		t.Fatal(err)
	}
	fill(t, s, "new", "wombat")
	for _, id := range []string{"only there", "new", "note 1"} {
		if _, err := store.EntryOf(t.Context(), s, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
