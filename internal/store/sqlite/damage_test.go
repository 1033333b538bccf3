package sqlite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store/sqlite/damagetest"
)

// rounds is how often each damage is tried: a few times, or as often as
// DAYBOOK_TEST_DAMAGES says.
func rounds(t testing.TB, few int) int {
	text := os.Getenv("DAYBOOK_TEST_DAMAGES")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// contents returns the bytes of all files of a folder.
func contents(t testing.TB, folder string) string {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintf("%s %d %x\n", f.Name(), len(data), hashOf(string(data)))
	}
	return all
}

// TestDamageAtRest damages files and looks at what is said of it. Each damage
// is found by Check, or the rows are what they were; and no message is ever
// returned as sound that is not.
func TestDamageAtRest(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	whole := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(whole, "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	fillAll(t, s)
	rows, said := dump(t, s), messagesOf(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if findings, err := Check(t.Context(), filepath.Join(whole, "daybook.db")); err != nil || len(findings) > 0 {
		t.Fatalf("of a sound store: %+v, %v", findings, err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	tried, found, harmless := 0, 0, 0
	for _, damage := range damagetest.Kinds() {
		for range rounds(t, 3) {
			for _, file := range []string{"daybook.db", "index.db"} {
				folder := filepath.Join(t.TempDir(), "data")
				copyFolder(t, whole, folder)
				where, err := damage.Apply(r, filepath.Join(folder, file))
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%s of %s: %s", damage.Name, file, where)
				tried++
				if checkDamaged(t, folder, what, rows, said) {
					found++
				} else {
					harmless++
				}
				if err := os.RemoveAll(folder); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	t.Logf("%d damages: %d found, %d harmless", tried, found, harmless)
}

// checkDamaged checks a damaged store, and then uses it. It reports whether
// the damage was found.
func checkDamaged(t *testing.T, folder, what string, rows []string, said map[string]string) bool {
	t.Helper()
	path := filepath.Join(folder, "daybook.db")
	before := contents(t, folder)
	findings, err := Check(t.Context(), path)
	if err != nil {
		t.Errorf("%s: check: %v", what, err)
	}
	if after := contents(t, folder); after != before {
		t.Errorf("%s: check changed the files:\n%s\n%s", what, before, after)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		if len(findings) == 0 {
			t.Errorf("%s: nothing is found, and it does not open: %v", what, err)
		}
		if daybook.KindOf(err) == daybook.Internal {
			t.Errorf("%s: an error without a kind: %v", what, err)
		}
		return true
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Logf("%s: close: %v", what, err)
		}
	}()
	for id, text := range messagesOf(t, s) {
		if said[id] != text {
			t.Errorf("%s: message %s is returned as sound, altered", what, id)
		}
	}
	_, indexErr := os.Stat(indexPath(path) + ".damaged")
	if len(findings) == 0 && indexErr == nil {
		t.Errorf("%s: the index was set aside, and nothing was found", what)
	}
	if len(findings) == 0 {
		if missing := s.warnings(t.Context()); len(missing) > 0 {
			t.Errorf("%s: not found, but warned: %v", what, missing)
		}
		if _, err := os.Stat(indexPath(path)); err == nil && !slices.Equal(dump(t, s), rows) && !emptied(t, s) {
			t.Errorf("%s: not found, and rows differ", what)
		}
	}
	return len(findings) > 0
}

// A damaged header gives the tables a version that no Daybook writes. The file
// with the conversations is left as it is, and the index is rebuilt.
func TestImpossibleVersions(t *testing.T) {
	for _, version := range []int{-1, -1 << 31, -2013265909} {
		for _, file := range []string{"daybook.db", "index.db"} {
			t.Run(fmt.Sprintf("%d in %s", version, file), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "daybook.db")
				s, err := Open(t.Context(), path)
				if err != nil {
					t.Fatal(err)
				}
				db := map[string]*database{"daybook.db": s.Records.db, "index.db": s.Index.db}[file]
				if _, err := db.writer().Exec(fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if findings, err := Check(t.Context(), path); err != nil || len(findings) == 0 {
					t.Errorf("check finds %v, %v", findings, err)
				}
				s, err = Open(t.Context(), path)
				if file == "daybook.db" {
					if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(err.Error(), "is damaged. It was left as it is") {
						t.Errorf("opening it: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if _, err := os.Stat(indexPath(path) + ".damaged"); err != nil {
					t.Errorf("the damaged index was not set aside: %v", err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// The row that numbers the changes is missing or holds no number.
func TestDamagedSequence(t *testing.T) {
	for _, change := range []string{"DELETE FROM meta WHERE key = 'sequence'", "UPDATE meta SET value = 'many' WHERE key = 'sequence'"} {
		path := filepath.Join(t.TempDir(), "daybook.db")
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Records.db.writer().Exec(change); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path); daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: %v", change, err)
		}
	}
}

// Offsets of a damaged passage reach beyond its text. Reading it is an error, check
// finds it, and the next look through the journal rebuilds the index.
func TestDamagedOffsets(t *testing.T) {
	for _, change := range []string{"end = 1000000", "start = -1", "start = end + 1", "start = 9000000, end = 9000001"} {
		t.Run(change, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "daybook.db")
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			fillAll(t, s)
			states, err := s.NoteStates(t.Context())
			if err != nil || len(states) == 0 {
				t.Fatal(states, err)
			}
			if _, err := s.Index.db.writer().Exec("UPDATE passages SET " + change); err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, state := range states {
				if _, err := s.Passages(t.Context(), state.EntryID); err != nil {
					failed++
					if daybook.KindOf(err) != daybook.Unavailable {
						t.Errorf("passages: %v", err)
					}
				}
			}
			if failed == 0 {
				t.Error("damaged passages were read")
			}
			if findings, err := Check(t.Context(), path); err != nil || len(findings) == 0 {
				t.Errorf("check finds %v, %v", findings, err)
			}
			if states, err := s.NoteStates(t.Context()); err != nil || len(states) > 0 {
				t.Errorf("the index was not rebuilt: %d notes, %v", len(states), err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// emptied reports whether the index is a new one, which is no damage: the next
// look through the journal fills it.
func emptied(t testing.TB, s *Store) bool {
	t.Helper()
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stats.Entries == 0 && stats.Threads > 0
}

// messagesOf returns what is returned as sound of all messages, by any way.
func messagesOf(t testing.TB, s *Store) map[string]string {
	t.Helper()
	said := map[string]string{}
	note := func(m daybook.Message) error {
		if !m.Damaged {
			said[m.ID] = fmt.Sprintf("%+v", m)
		}
		return nil
	}
	threads, err := s.Threads(t.Context())
	if err != nil && daybook.KindOf(err) == daybook.Internal {
		t.Logf("threads: %v", err)
	}
	for _, thread := range threads {
		messages, err := s.Messages(t.Context(), thread.ID)
		if err != nil {
			continue
		}
		for _, m := range messages {
			_ = note(m) // it never fails
		}
	}
	return said
}
