package diary

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files of ../shared/cases that are not notes of their own: a file with a
// heading for each day, and files of text.
func TestSharedFiles(t *testing.T) {
	const dir = "../../../../shared/cases/n07-one-file"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the cases are not here: ", err)
	}
	for name, days := range map[string]int{"journal.md": 2, "2024-06.md": 1, ".": 3} {
		s, err := Open(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(s.Days) != days {
			t.Errorf("%s: %s, left %v", name, s.Summary(), s.Left)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHeadings(t *testing.T) {
	for text, want := range map[string]string{
		"# 4 juin 2024\na\n# 5 juin 2024 – La plage\nb":                   "2024-06-04 a|2024-06-05 ## La plage\n\nb",
		"## 13/06/2024\na\n## 04/06/2024\nb":                              "2024-06-04 b|2024-06-13 a",
		"intro\n### Tuesday, June 4th, 2024\na\n### Notes\nb":             "2024-06-04 a\n### Notes\nb",
		"\ufeff# 2024-06-04\r\na\r\n# 2024-06-04\r\nb\r\n":                "2024-06-04 a|b",
		"# 2024\n## June\n- 2024-06-04 x":                                 "",
		"# Plan for 2024-06-04 x\nno":                                     "",
		"[2024-06-04 09:00] One\nx\n[see] this\n[06/05/2024 9:00 AM] Two": "2024-06-04 ## 09:00 One\n\nx\n[see] this|2024-06-05 ## 9:00 Two",
	} {
		s := fromHeadings(text)
		var got []string
		if s != nil {
			for _, d := range s.Days {
				var parts []string
				for _, p := range d.Parts {
					parts = append(parts, p.Text)
				}
				got = append(got, d.Date.String()+" "+strings.Join(parts, "|"))
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"entries":[{"creationDate":"2024-06-03T22:30:00Z","timeZone":"x","text":"![](dayone-moment://A)","photos":[{"identifier":"A","md5":"../x"}]}]}`))
	f.Add([]byte(`{"tags":{},"entries":[{"title":"a","date":"2024-06-04"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := fromJSON(data, os.DirFS(t.TempDir()))
		if err == nil && s.Kind == "" {
			t.Error("a source of no kind")
		}
	})
}
