package transcribe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The words that somebody typed beside a scan, front matter that is not YAML and
// embeds of other kinds stay as they are, and the transcription goes below.
func TestScansOfNotesAsPeopleKeepThem(t *testing.T) {
	for name, c := range map[string]struct{ note, scan, before string }{
		"front matter":          {"06-04-2024.md", "06-04-2024.jpg", "---\nmood: good: very\n---\n### Page\n![[06-04-2024.jpg]]\n"},
		"tags twice":            {"06-04-2024.md", "06-04-2024.jpg", "---\ntags: a\r\ntags: b\r\n---\r\n![[06-04-2024.jpg]]\r\n"},
		"a template":            {"06-04-2024.md", "06-04-2024.jpg", "---\ndate: {{date}}\n---\n"},
		"scan elsewhere":        {"2024/06-04-2024.md", "attachments/06-04-2024.jpg", "---\nup: [[x]]: y\n---\n### Page\n![](../attachments/06-04-2024.jpg)\n"},
		"typed, scan elsewhere": {"2024/06-04-2024.md", "attachments/06-04-2024.jpg", "---\nmood: *good*\n---\nTyped: had lunch with Ilse.\n\n![[06-04-2024.jpg]]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "openai")
			w.write(c.note, c.before)
			w.scan(c.scan, "Swam to the buoy.")
			if r := w.run(); r.Written != 1 || len(r.Failed)+len(r.Kept) != 0 {
				t.Errorf("%+v", r)
			}
			got := w.note(c.note)
			newline := "\n"
			if strings.Contains(c.before, "\r\n![") {
				newline = "\r\n"
			}
			head, rest, found := strings.Cut(got, "### Transcription")
			if !found || !strings.HasPrefix(head, strings.TrimRight(c.before, "\r\n")) || strings.TrimSpace(rest) != "Swam to the buoy." || !strings.Contains(got, newline) {
				t.Errorf("%q", got)
			}
			if n := strings.Count(got, "06-04-2024.jpg"); n != 1 {
				t.Errorf("the scan is embedded %d times: %q", n, got)
			}
			if r := w.run(); r.Read != 0 || w.calls() != 1 || w.note(c.note) != got {
				t.Errorf("run again: %+v, %d calls", r, w.calls())
			}
		})
	}
}

// Identical bytes are one page.
func TestCopiesOfAScanAreReadOnce(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "Swam.")
	data, err := os.ReadFile(filepath.Join(w.config.Journal, "06-04-2024.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"06-04-2024 2.jpg", "06-04-2024 (1).jpg", "06-04-2024 AM.jpg"} {
		w.written(name, data)
	}
	if r := w.run(); r.Written != 1 || r.Read != 1 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if note := w.note("06-04-2024.md"); strings.Count(note, "![[") != 1 || strings.Count(note, "Swam.") != 1 {
		t.Errorf("%s", note)
	}
	if r := w.run(); r.Read != 0 || w.calls() != 1 {
		t.Errorf("run again: %+v, %d calls", r, w.calls())
	}
}
