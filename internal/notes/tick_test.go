package notes_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/store"
	"daybook/internal/vault/edit"
)

// A tick changes one byte, however odd the note is.
func TestTickChangesOneByte(t *testing.T) {
	before := "---\r\nmood: good: very\r\n---\nSwam. %%hidden%%\r\n- [ ] buy rye\n  1. [x] post letter\r\n\t- [X] done\n> 2) [/] half\r\n* [ ] last \xc3\xbc\r"
	j := open(t, map[string]string{"06-04-2024.md": before})
	list, err := j.List(t.Context(), store.Filter{}, 0, true)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for _, c := range []struct {
		word string
		done bool
		want string
	}{
		{"buy rye", true, strings.Replace(before, "[ ] buy", "[x] buy", 1)},
		{"buy rye", true, strings.Replace(before, "[ ] buy", "[x] buy", 1)},
		{"buy rye", false, before},
		{"post", false, strings.Replace(before, "[x] post", "[ ] post", 1)},
		{"post", true, before},
		{"done", true, before},
		{"last", true, strings.Replace(before, "[ ] last", "[x] last", 1)},
		{"last", false, before},
	} {
		n, err := j.Read(t.Context(), list[0].ID)
		if err == nil {
			n, err = j.Tick(t.Context(), n.ID, strings.Index(n.Diary, c.word), c.done, n.Hash, edit.Page)
		}
		got, readErr := os.ReadFile(filepath.Join(j.dir, "06-04-2024.md"))
		if err != nil || readErr != nil || string(got) != c.want {
			t.Errorf("%s %v: %q, want %q, %v", c.word, c.done, got, c.want, err)
		}
	}
	n, err := j.Read(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Tick(t.Context(), n.ID, strings.Index(n.Diary, "Swam"), true, n.Hash, edit.Page); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("a line without a task: %v", err)
	}
	for _, done := range []bool{true, false} { // the state of other apps is not overwritten
		if _, err := j.Tick(t.Context(), n.ID, strings.Index(n.Diary, "half"), done, n.Hash, edit.Page); daybook.KindOf(err) != daybook.Conflict {
			t.Errorf("a task in another state: %v", err)
		}
	}
	if _, err := j.Tick(t.Context(), n.ID, strings.Index(n.Diary, "last"), false, notes.Hash{1}, edit.Page); daybook.KindOf(err) != daybook.PreconditionFailed {
		t.Errorf("another state: %v", err)
	}
}
