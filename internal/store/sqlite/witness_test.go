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

func useOf(task string) store.Use { return store.Use{Day: "2024-05-01", Model: "p/m", Task: task} }

// warnings opens the store in path and returns what it warns of.
func warnings(t *testing.T, path string) string {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(s.warnings(t.Context()), "\n")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// closed returns the path of a store with 12 conversations.
func closed(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "daybook.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	fillAll(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := warnings(t, path); got != "" {
		t.Fatalf("warned of sound data: %s", got)
	}
	return path
}

func TestMissingConversations(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"deleted with the index": func(path string) error {
			if err := os.Remove(indexPath(path)); err != nil {
				return err
			}
			return os.Remove(path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := closed(t)
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			findings, err := Check(t.Context(), path)
			const want = "There were 12 conversations here, now there are none."
			if err != nil || len(findings) != 1 || !strings.Contains(findings[0].What, want) {
				t.Errorf("check: %+v, %v", findings, err)
			}
			backups := filepath.Join(filepath.Dir(path), "backups")
			if err := os.Mkdir(backups, 0o700); err != nil {
				t.Fatal(err)
			}
			backup := filepath.Join(backups, "daybook-2024-05-01T12-00-00Z.zip")
			if err := os.WriteFile(backup, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // at each start
				if got := warnings(t, path); !strings.Contains(got, want) || !strings.Contains(got, "daybook restore "+backup) {
					t.Errorf("warned: %q", got)
				}
			}
			if err := Accept(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			if got := warnings(t, path); got != "" {
				t.Errorf("after it was accepted: %q", got)
			}
		})
	}
}

// TestDeletedOnPurpose deletes conversations and analyses as a person does.
func TestDeletedOnPurpose(t *testing.T) {
	path := closed(t)
	s := open(t, path)
	for i := range 12 {
		if err := s.WriteThread(t.Context(), store.ThreadChange{ID: fmt.Sprintf("thread-%d", i), Delete: true}); err != nil {
			t.Fatal(err)
		}
		if got := s.warnings(t.Context()); len(got) > 0 {
			t.Errorf("warned: %q", got)
		}
	}
	for i := range 6 {
		if err := s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: fmt.Sprintf("analysis-%d", i), Delete: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := warnings(t, path); got != "" {
		t.Errorf("warned: %q", got)
	}
	if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
		t.Errorf("%+v, %v", findings, err)
	}
}

// TestNewConversationsAfterALoss does not hide the loss.
func TestNewConversationsAfterALoss(t *testing.T) {
	path := closed(t)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	at := time.Now()
	for _, id := range []string{"a", "b"} {
		if err := threads.In(s).CreateThread(t.Context(), daybook.Thread{ID: id, CreatedAt: at, UpdatedAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.WriteThread(t.Context(), store.ThreadChange{ID: "a", Delete: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := warnings(t, path); !strings.Contains(got, "There were 11 conversations here, now there is 1.") {
		t.Errorf("warned: %q", got)
	}
}

// TestLostLog deletes the write-ahead log that a killed process left.
func TestLostLog(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"cut": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()-5000)
		},
		"damaged": func(path string) error {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data[len(data)-3000] ^= 4
			return os.WriteFile(path, data, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := filled(t)
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				if err := say(t, s, fmt.Sprint("acknowledged ", i)); err != nil {
					t.Fatal(err)
				}
			}
			folder := filepath.Join(t.TempDir(), "killed")
			copyFolder(t, filepath.Dir(path), folder)
			killed := filepath.Join(folder, "daybook.db")
			if err := lose(killed + "-wal"); err != nil {
				t.Fatal(err)
			}
			findings, err := Check(t.Context(), killed)
			if err != nil || len(findings) != 1 || !strings.Contains(findings[0].What, "missing") {
				t.Errorf("check: %+v, %v", findings, err)
			}
			for range 2 {
				if got := warnings(t, killed); !strings.Contains(got, "to "+killed) || !strings.Contains(got, "missing") {
					t.Errorf("warned: %q", got)
				}
			}
			if err := Accept(t.Context(), killed); err != nil {
				t.Fatal(err)
			}
			if got := warnings(t, killed); got != "" {
				t.Errorf("after it was accepted: %q", got)
			}
		})
	}
}

// TestLogWithoutItsFile keeps the log of a file that is gone.
func TestLogWithoutItsFile(t *testing.T) {
	s, path := filled(t)
	folder := filepath.Join(t.TempDir(), "killed")
	copyFolder(t, filepath.Dir(path), folder)
	killed := filepath.Join(folder, "daybook.db")
	if err := say(t, s, "x"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(killed); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(killed + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatal(err)
	}
	if got := warnings(t, killed); !strings.Contains(got, "-wal.kept-") {
		t.Errorf("warned: %q", got)
	}
	kept, err := filepath.Glob(killed + "-wal.kept-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q, %v", kept, err)
	}
	if data, err := os.ReadFile(kept[0]); err != nil || string(data) != string(log) {
		t.Errorf("the log was changed, %v", err)
	}
}
