package sqlite

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"daybook"
	"daybook/internal/store"
)

// withScript returns the program's scripts and one more for the records.
func withScript(t *testing.T, script string) migrations {
	t.Helper()
	more := fstest.MapFS{"migrations/records/9999_more.sql": {Data: []byte(script)}}
	err := fs.WalkDir(scripts, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, readErr := scripts.ReadFile(path)
			more[path], err = &fstest.MapFile{Data: data}, readErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return migrations{scripts: more}
}

// conversation stores a thread with a message in a new file, and closes it.
func conversation(t *testing.T) (path, id string) {
	t.Helper()
	path, id = filepath.Join(t.TempDir(), "daybook.db"), "00000000-0000-4000-8000-000000000001"
	s, err := OpenRecords(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	change := store.ThreadChange{ID: id, Put: &daybook.Thread{ID: id, Title: "The sea"}, Messages: []daybook.Message{{ID: "m", ThreadID: id, Role: daybook.User, Text: "When?"}}}
	if err := s.WriteThread(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, id
}

// threadsAnew adds a column, which means to make the table anew. All messages
// refer to it, and are deleted with its rows.
const threadsAnew = `
DROP TRIGGER messages_come;
DROP TRIGGER messages_go;
CREATE TABLE new_threads (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    tags       TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    messages   INTEGER NOT NULL DEFAULT 0,
    pinned     INTEGER NOT NULL DEFAULT 0,
    sum        INTEGER NOT NULL AS (daybook_sum(id, title, tags, created_at, updated_at, messages)) STORED
);
INSERT INTO new_threads (id, title, tags, created_at, updated_at, messages) SELECT id, title, tags, created_at, updated_at, messages FROM threads;
DROP TABLE threads;
ALTER TABLE new_threads RENAME TO threads;
CREATE TRIGGER messages_come AFTER INSERT ON messages BEGIN
    UPDATE threads SET messages = messages + 1 WHERE id = new.thread;
END;
CREATE TRIGGER messages_go AFTER DELETE ON messages BEGIN
    UPDATE threads SET messages = messages - 1 WHERE id = old.thread;
END;
`

func TestTableMadeAnewKeepsWhatRefersToIt(t *testing.T) {
	path, id := conversation(t)
	s, err := openRecords(t.Context(), path, withScript(t, threadsAnew))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	messages, err := s.Messages(t.Context(), id)
	if err != nil || len(messages) != 1 || messages[0].Text != "When?" {
		t.Errorf("%v, %v", messages, err)
	}
	if err := s.WriteThread(t.Context(), store.ThreadChange{ID: id, Delete: true}); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := s.db.writer().QueryRowContext(t.Context(), "SELECT count(*) FROM messages").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d messages of a deleted thread are left: %v", left, err)
	}
}

func TestScriptThatLosesWhatOthersReferTo(t *testing.T) {
	path, id := conversation(t)
	_, err := openRecords(t.Context(), path, withScript(t, "DELETE FROM threads;"))
	if err == nil || !strings.Contains(err.Error(), "1 rows that refer to missing ones") {
		t.Errorf("error %v", err)
	}
	s, err := OpenRecords(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if threads, err := s.Threads(t.Context(), id); err != nil || len(threads) != 1 {
		t.Errorf("%v, %v", threads, err)
	}
}
