package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/export"
)

var at = time.Date(2024, 3, 9, 10, 0, 0, 0, time.UTC)

// analyses is a list of analyses.
type analyses []analysis.Analysis

func (a analyses) List(context.Context) (list []analysis.Overview, err error) {
	for _, one := range a {
		list = append(list, one.Overview)
	}
	return list, nil
}

func (a analyses) Get(_ context.Context, id string) (analysis.Analysis, error) {
	i := slices.IndexFunc(a, func(one analysis.Analysis) bool { return one.ID == id })
	return a[i], nil
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600), os.Chtimes(name, at, at)); err != nil {
		t.Fatal(err)
	}
}

func source(t *testing.T) export.Source {
	journal := t.TempDir()
	write(t, filepath.Join(journal, "2024", "01-05-2024.md"), "\xef\xbb\xbfSwam.\r\n")
	write(t, filepath.Join(journal, "scan.pdf"), "%PDF")
	write(t, filepath.Join(journal, ".obsidian", "app.json"), "{}")
	write(t, filepath.Join(journal, ".trash.md"), "x")
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "not of the journal")
	if err := os.Symlink(secret, filepath.Join(journal, "link.md")); err != nil {
		t.Fatal(err)
	}
	date := daybook.Date{Year: 2024, Month: 1, Day: 5}
	return export.Source{
		Folders: []export.Folder{{Name: "journal", Path: journal}},
		Threads: func(context.Context) ([]daybook.Thread, error) {
			return []daybook.Thread{{ID: "a", Title: "The sea?", CreatedAt: at}, {ID: "b", Title: "the SEA", CreatedAt: at}, {ID: "c", Title: "../../etc/x:\x00y", CreatedAt: at}, {ID: "d", CreatedAt: at}}, nil
		},
		Messages: func(_ context.Context, id string) ([]daybook.Message, error) {
			return []daybook.Message{{ID: "m" + id, ThreadID: id, Text: "Hello"}}, nil
		},
		Analyses: analyses{{
			Overview: analysis.Overview{ID: "x", Query: "What changed?", Status: analysis.Complete, CreatedAt: at, Provider: "openai", Model: "m", Entries: analysis.Account{InRange: 2, Read: 2}},
			Result: &analysis.Result{
				Final:        &analysis.Part{Analysis: "You swam more.", Quotations: []analysis.Quotation{{Text: "Swam.", Verified: true, Date: &date}, {Text: "Ran.", Date: nil}}},
				YearAnalyses: []analysis.YearPart{{Year: 2024, Part: analysis.Part{Analysis: "A wet year."}}},
			},
		}},
		Text: func(t daybook.Thread, m []daybook.Message) string { return "# " + t.Title + "\n" + m[0].Text },
		JSON: func(t []daybook.Thread, m []daybook.Message) ([]byte, error) {
			return json.Marshal([]int{len(t), len(m)})
		},
		Now: func() time.Time { return at },
	}
}

var want = []string{
	"README.md", "analyses.json", "analyses/2024-03-09 What changed.md", "conversations.json", "conversations/2024-03-09 The sea.md", "conversations/2024-03-09 etc x y.md",
	"conversations/2024-03-09 the SEA (2).md", "conversations/2024-03-09.md", "journal/2024/01-05-2024.md", "journal/scan.pdf",
}

func TestDir(t *testing.T) {
	s := source(t)
	dir := filepath.Join(t.TempDir(), "new", "export")
	err := export.Dir(dir, s.Folders, func(to export.Sink) error {
		r, err := export.Write(t.Context(), s, to)
		if r.Files != 2 || r.Threads != 4 || r.Analyses != 1 || len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0], "link.md") {
			t.Errorf("%+v", r)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	texts := map[string]string{}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			got = append(got, filepath.ToSlash(rel))
			data, _ := os.ReadFile(name)
			texts[filepath.ToSlash(rel)] = string(data)
		}
		return err
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
	if texts["journal/2024/01-05-2024.md"] != "\xef\xbb\xbfSwam.\r\n" {
		t.Errorf("the note is %q", texts["journal/2024/01-05-2024.md"])
	}
	text := texts["analyses/2024-03-09 What changed.md"]
	for _, part := range []string{"# What changed?", "by openai/m: 2 of 2 entries read.", "You swam more.", "> Swam.\n>\n> — 2024-01-05", "> — not found in the journal", "## 2024"} {
		if !strings.Contains(text, part) {
			t.Errorf("the analysis has no %q: %s", part, text)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "journal", "scan.pdf")); err != nil || !info.ModTime().Equal(at) || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if !strings.Contains(texts["README.md"], "link.md") {
		t.Error("the README does not name what was left out")
	}
}

func TestWrongFolders(t *testing.T) {
	s := source(t)
	never := func(export.Sink) error { t.Error("it is written"); return nil }
	full := t.TempDir()
	write(t, filepath.Join(full, "x"), "x")
	linked := filepath.Join(t.TempDir(), "linked")
	if err := os.Symlink(s.Folders[0].Path, linked); err != nil {
		t.Fatal(err)
	}
	for dir, kind := range map[string]daybook.Kind{
		full: daybook.Conflict, filepath.Join(s.Folders[0].Path, "out"): daybook.Invalid, s.Folders[0].Path: daybook.Invalid, filepath.Join(linked, "a", "b"): daybook.Invalid,
	} {
		if err := export.Dir(dir, s.Folders, never); daybook.KindOf(err) != kind {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestNothingIsLeftOfAFailure(t *testing.T) {
	s := source(t)
	parent := t.TempDir()
	failed := errors.New("the disk is full")
	err := export.Dir(filepath.Join(parent, "out"), s.Folders, func(to export.Sink) error {
		if _, err := export.Write(t.Context(), s, to); err != nil {
			t.Error(err)
		}
		return failed
	})
	if entries, _ := os.ReadDir(parent); !errors.Is(err, failed) || len(entries) != 0 {
		t.Errorf("%v, %v", err, entries)
	}
}

func TestZip(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := export.Write(t.Context(), source(t), export.Zip(z)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.File {
		got = append(got, f.Name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
}
