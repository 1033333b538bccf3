package demo_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/demo"
	"daybook/internal/vault"
)

// write creates the demo journal in dir and opens it.
func write(t *testing.T, dir string) *vault.Vault {
	t.Helper()
	journal, evergreen, err := demo.Write(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(vault.Options{Journal: journal, Evergreen: evergreen})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// notes reads every note of a kind through the vault's own reader.
func notes(t *testing.T, v *vault.Vault, kind daybook.EntryKind) (read map[string]vault.Note, skipped []string) {
	t.Helper()
	folder, err := v.Open(kind)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	list, err := folder.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list.Skipped {
		skipped = append(skipped, s.Path)
	}
	read = map[string]vault.Note{}
	for _, file := range list.Files {
		data, _, err := folder.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		note, err := vault.Parse(file, data)
		if err != nil {
			t.Errorf("%s: %v", file.Path, err)
		}
		read[file.Path] = note
	}
	return read, skipped
}

func TestJournal(t *testing.T) {
	v := write(t, t.TempDir())
	daily, skipped := notes(t, v, daybook.Daily)
	if len(daily) < 60 || len(skipped) != 1 || !strings.HasSuffix(skipped[0], " - Week.md") {
		t.Errorf("%d daily notes and %q skipped, not 60 and more and the week's", len(daily), skipped)
	}
	var empty, transcribed, twoDays, windows int
	for name, n := range daily {
		if n.Text == "" {
			empty++
		}
		if n.FrontMatter.Transcribed {
			transcribed++
		}
		if strings.Contains(name, "_") {
			twoDays++
		}
		if strings.Contains(n.Text, "\r\n") {
			windows++
		}
		if n.Text != "" && len(n.Tags) == 0 {
			t.Errorf("%s has no tag", name)
		}
	}
	if empty != 1 || transcribed < 15 || twoDays != 1 || windows != 1 {
		t.Errorf("%d empty, %d transcribed, %d for two days, %d with Windows' line ends", empty, transcribed, twoDays, windows)
	}
	evergreen, _ := notes(t, v, daybook.Evergreen)
	if len(evergreen) != 5 {
		t.Errorf("%d evergreen notes", len(evergreen))
	}
}

// An edited file stays as it is, whatever this version of the demo contains.
func TestWriteKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	base := filepath.Join(dir, "demo-notes")
	mine, gone := filepath.Join(base, "journal/2023/01-01-2023.md"), filepath.Join(base, "journal/2023/01-09-2023.md")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	write(t, dir)
	if data, err := os.ReadFile(mine); err != nil || string(data) != "mine" {
		t.Errorf("a changed note became %q, %v", data, err)
	}
	if _, err := os.Stat(gone); err != nil {
		t.Errorf("a missing note was not written: %v", err)
	}
	err := filepath.WalkDir(base, func(path string, entry fs.DirEntry, err error) error {
		info, statErr := entry.Info()
		if err != nil || statErr != nil {
			t.Fatal(err, statErr)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", path, info.Mode())
		}
		if strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s was left behind", path)
		}
		if filepath.Base(filepath.Dir(path)) == "evergreen" && info.ModTime().UTC().Format(time.DateOnly) != "2024-12-31" {
			t.Errorf("%s was modified on %v", path, info.ModTime())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Each question is answered by existing days.
func TestQuestions(t *testing.T) {
	daily, _ := notes(t, write(t, t.TempDir()), daybook.Daily)
	days := map[string]bool{}
	for name, n := range daily {
		for _, day := range strings.Split(strings.TrimSuffix(filepath.Base(name), ".md"), "_") {
			at, err := time.Parse("01-02-2006", day)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			days[at.Format(time.DateOnly)] = n.Text != ""
		}
	}
	seen := map[string]bool{}
	questions, err := os.ReadFile("questions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(questions) {
		var q struct {
			ID, Kind, Question string
			Relevant           []string
		}
		if err := json.Unmarshal(line, &q); err != nil {
			t.Fatal(err)
		}
		if seen[q.ID] || q.Question == "" || len(q.Relevant) == 0 {
			t.Errorf("%s comes twice, or lacks a question or its days", q.ID)
		}
		seen[q.ID] = true
		if !strings.Contains(" term paraphrase multi date count ", " "+q.Kind+" ") {
			t.Errorf("%s is of the kind %q", q.ID, q.Kind)
		}
		for _, day := range q.Relevant {
			if !days[day] {
				t.Errorf("%s: nothing was written on %s", q.ID, day)
			}
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d questions", len(seen))
	}
}
