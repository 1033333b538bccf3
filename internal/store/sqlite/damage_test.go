package sqlite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"daybook"
)

// damages are ways of damaging a file. Each returns a description.
var damages = map[string]func(t testing.TB, r *rand.Rand, path string) string{
	"a bit": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			at, bit := r.IntN(len(data)), r.IntN(8)
			data[at] ^= 1 << bit
			return data, fmt.Sprintf("bit %d of byte %d", bit, at)
		})
	},
	"a byte of the header": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			at := r.IntN(100)
			data[at] ^= byte(1 + r.IntN(255))
			return data, fmt.Sprintf("byte %d", at)
		})
	},
	"some bytes": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			at, n := r.IntN(len(data)-64), 1+r.IntN(63)
			for i := range n {
				data[at+i] = byte(r.Uint32())
			}
			return data, fmt.Sprintf("%d bytes from %d", n, at)
		})
	},
	"a page of zeros": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			page := r.IntN(len(data) / 4096)
			clear(data[page*4096 : (page+1)*4096])
			return data, fmt.Sprintf("page %d", page+1)
		})
	},
	"two pages exchanged": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			a, b := r.IntN(len(data)/4096), r.IntN(len(data)/4096)
			pa, pb := data[a*4096:(a+1)*4096], data[b*4096:(b+1)*4096]
			old := slices.Clone(pa)
			copy(pa, pb)
			copy(pb, old)
			return data, fmt.Sprintf("pages %d and %d", a+1, b+1)
		})
	},
	"cut": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			at := r.IntN(len(data))
			return data[:at], fmt.Sprintf("at byte %d", at)
		})
	},
	"cut at a page": func(t testing.TB, r *rand.Rand, path string) string {
		return rewrite(t, path, func(data []byte) ([]byte, string) {
			at := r.IntN(len(data) / 4096)
			return data[:at*4096], fmt.Sprintf("after page %d", at)
		})
	},
	"deleted": func(t testing.TB, _ *rand.Rand, path string) string {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return ""
	},
}

func rewrite(t testing.TB, path string, f func([]byte) ([]byte, string)) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data, what := f(data)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return what
}

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
	for name, damage := range damages {
		for range rounds(t, 3) {
			for _, file := range []string{"daybook.db", "index.db"} {
				folder := filepath.Join(t.TempDir(), "data")
				copyFolder(t, whole, folder)
				what := fmt.Sprintf("%s of %s: %s", name, file, damage(t, r, filepath.Join(folder, file)))
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
	if len(findings) == 0 && filepath.Base(what) != "" {
		if missing := s.Warnings(t.Context()); len(missing) > 0 {
			t.Errorf("%s: not found, but warned: %v", what, missing)
		}
		if _, err := os.Stat(indexPath(path)); err == nil && !slices.Equal(dump(t, s), rows) && !emptied(t, s) {
			t.Errorf("%s: not found, and rows differ", what)
		}
	}
	return len(findings) > 0
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
