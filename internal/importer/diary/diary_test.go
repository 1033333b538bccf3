package diary

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files of ../shared/cases that are not single notes: a file with a heading
// for each day, and text files.
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
		"# 4 juin 2024\na\n# 5 juin 2024 – La plage\nb":                                                    "2024-06-04 a|2024-06-05 ## La plage\n\nb",
		"## 13/06/2024\na\n## 04/06/2024\nb":                                                               "2024-06-04 b|2024-06-13 a",
		"intro\n### Tuesday, June 4th, 2024\na\n### Notes\nb":                                              "2024-06-04 a\n### Notes\nb",
		"\ufeff# 2024-06-04\r\na\r\n# 2024-06-04\r\nb\r\n":                                                 "2024-06-04 a|b",
		"# 2024\n## June\n- 2024-06-04 x":                                                                  "",
		"# Plan for 2024-06-04 x\nno":                                                                      "",
		"Tuesday, June 4, 2024\n\nSwam.\n\n**June 5, 2024**\nBread on June 6, 2024.\nJune 7, 2024\n":       "2024-06-04 Swam.|2024-06-05 Bread on June 6, 2024.\nJune 7, 2024",
		"04.06.2024:\na\n\n05.06.2024 09:30\nb":                                                            "2024-06-04 a|2024-06-05 ## 09:30\n\nb",
		"4 juin 2024\n===========\na\n\n5 juin 2024\n---\nb":                                               "2024-06-04 a|2024-06-05 b",
		"# June 2024\n## 4\na\n### Later\nb\n## 5 Sea\nc\n# July 2024\n## 1\nd":                            "2024-06-04 a\n### Later\nb|2024-06-05 ## Sea\n\nc|2024-07-01 d",
		"# 2024\n## June\n### 4 June\na\n## July\n### 1 July\nb":                                           "2024-06-04 a|2024-07-01 b",
		"=== 2024-06-04 ===\na\n=== 2024-06-05 ===\nb\n== no ==":                                           "2024-06-04 a|2024-06-05 b\n== no ==",
		"Tuesday, 4 June 2024\na\nWednesday, 5 June 2024 at 9:15 PM\nb":                                    "2024-06-04 a|2024-06-05 ## 21:15\n\nb",
		"\tDate:\tJune 4, 2024 at 12:05:30 AM GMT+2\n\tWeather:\tClear\n\na\n\n\tDate:\tJune 5, 2024\n\nb": "2024-06-04 ## 00:05\n\na|2024-06-05 b",
		"2024-06-04 09:00 One\na\n\n2024-06-05 02:00 PM Two\nb":                                            "2024-06-04 ## 09:00 One\n\na|2024-06-05 ## 14:00 Two\n\nb",
		"04.06.2024: a\nx\n05.06.2024: b":                                                                  "2024-06-04 a\nx|2024-06-05 b",
		"\tDate:\tJune 4, 2024\n\tWeather:\tSunny\n":                                                       "2024-06-04 Weather: Sunny",
		"# 2024-06-04\n\tLunch:\tWith Anna":                                                                "2024-06-04 Lunch:\tWith Anna",
		"2024-06-04\n\nTo do:\n- 2024-07-10\n- 2024-07-12\nHome.":                                          "2024-06-04 To do:\n- 2024-07-10\n- 2024-07-12\nHome.",
		"# June 2024\n## 4\na\n# July 2024\nintro\n## 1\nb":                                                "2024-06-04 a|2024-07-01 b (lines 5 to 5)",
		"Plans.\n2024-06-04: a":                                                                            "",
		"- 2024-06-04\n  - a\n- 2024-06-05\n  - b":                                                         "2024-06-04 - a|2024-06-05 - b",
		"# 2024-06-04\na\n\n2024-06-05\nb\n~~~\n# 2024-06-06\n~~~":                                         "2024-06-04 a\n\n2024-06-05\nb\n~~~\n# 2024-06-06\n~~~",
		"[2024-06-04 09:00] One\nx\n[see] this\n[06/05/2024 9:00 AM] Two":                                  "2024-06-04 ## 09:00 One\n\nx\n[see] this|2024-06-05 ## 09:00 Two",
	} {
		s := fromHeadings(text)
		var got []string
		if s != nil {
			for _, d := range s.Days {
				var parts []string
				for _, p := range d.Parts {
					parts = append(parts, strings.TrimSpace(p.Heading+"\n\n"+p.Text))
				}
				got = append(got, d.Date.String()+" "+strings.Join(parts, "|"))
			}
			for _, l := range s.Left {
				if !strings.HasPrefix(text, "intro") {
					got[len(got)-1] += " (" + l.Place + ")"
				}
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Exports with oddities: each word is imported, or reported as left out.
func TestOddEntries(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"photos/aa.jpeg": "x", "photos/bb.png": "y", "videos/cc.mov": "z"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const head = `"uuid":"1","creationDate":"2024-06-03T22:30:00Z","timeZone":"Europe/Berlin",`
	for name, c := range map[string]struct{ entry, want, left string }{
		"escapes":           {head + `"text":"Home\\. Well\\-known \\#no 1986\\. It's 5\\+3\\!"`, `2024-06-04 Home. Well-known \#no 1986\. It's 5\+3\!`, ""},
		"characters":        {head + `"text":"caf&eacute; &amp; &lt;b&gt; &#8212; a&nbsp;b &unknown;"`, "2024-06-04 café &amp; &lt;b&gt; — a b &unknown;", ""},
		"code":              {head + `"text":"` + "`a\\\\.b &eacute;`" + `"`, "2024-06-04 `a\\.b &eacute;`", ""},
		"line separators":   {head + `"text":"one\u2028two"`, "2024-06-04 one\ntwo", ""},
		"identifier":        {head + `"text":"a ![](dayone-moment://ABCDEF01) b","photos":[{"identifier":"ABCDEF01","md5":"aa","type":"jpeg"}]`, "2024-06-04 a ![](file:0) b", ""},
		"video":             {head + `"text":"![](dayone-moment:/video/FE01)","videos":[{"identifier":"FE01","md5":"cc"}]`, "2024-06-04 ![](file:0)", ""},
		"missing photo":     {head + `"text":"a ![](dayone-moment://ABC1) b","photos":[{"identifier":"ABC1","md5":"zz"}]`, "2024-06-04 a  b", "a file of it is not in the export"},
		"photo alone":       {head + `"photos":[{"identifier":"AB","md5":"bb","type":"png"}]`, "2024-06-04 ![](file:0)", ""},
		"nothing":           {head + `"text":"  "`, "", "it is empty"},
		"zone as offset":    {`"creationDate":"2024-06-03T22:30:00+0000","timeZone":"GMT+0200","text":"a"`, "2024-06-04 a", ""},
		"zone unknown":      {`"creationDate":"2024-06-03T22:30:00Z","timeZone":"Mars/Olympus","text":"a"`, "2024-06-03 a", "its time zone is unknown; its day is that of UTC"},
		"time without zone": {`"creationDate":"2024-06-03T22:30:00","text":"a"`, "2024-06-03 a", ""},
		"date of no form":   {`"creationDate":"yesterday","text":"a"`, "", "it has no date"},
		"tags as objects":   {head + `"text":"a","tags":[{"name":"sea"},"two words"]`, "2024-06-04 a\n\n#sea #two-words", ""},
		"field of no form":  {head + `"text":"a","photos":"none"`, "2024-06-04 a", "a part of it cannot be read"},
		"rich text": {head + `"richText":"{\"contents\":[{\"attributes\":{\"line\":{\"header\":1}},\"text\":\"Title\\n\"},{\"text\":\"Swam \"},{\"attributes\":{\"bold\":true},\"text\":\"far \"},{\"text\":\"out\\n\"},{\"attributes\":{\"line\":{\"listStyle\":\"checkbox\",\"checked\":true}},\"text\":\"rye\\n\"},{\"embeddedObjects\":[{\"type\":\"photo\",\"identifier\":\"AB\"}]}]}","photos":[{"identifier":"AB","md5":"bb","type":"png"}]`,
			"2024-06-04 # Title\nSwam **far** out\n- [x] rye\n\n![](file:0)", ""},
	} {
		s, err := fromJSON([]byte(`{"entries":[{`+c.entry+`},{"uuid":"2","creationDate":"2024-01-01T12:00:00Z","timeZone":"UTC","text":"x"}]}`), os.DirFS(dir))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, left := "", ""
		for _, d := range byDay(s.entries) {
			if d.Parts[0].Text != "x" {
				got += d.Date.String() + " " + d.Parts[0].Text
			}
		}
		for _, l := range s.Left {
			left += l.Reason
		}
		if got != c.want || left != c.left {
			t.Errorf("%s: %q, left %q; want %q, %q", name, got, left, c.want, c.left)
		}
	}
}

// An entry that two journals of an export have is imported once, or both
// versions if they differ.
func TestEntryOfTwoJournals(t *testing.T) {
	const entry = `{"uuid":"A","creationDate":"2024-06-04T08:00:00Z","timeZone":"UTC","text":"`
	s, err := fromJSON([]byte(`{"entries":[`+entry+`Rowed."},`+entry+`Rowed."},`+entry+`Rowed home."}]}`), os.DirFS(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range byDay(s.entries)[0].Parts {
		got = append(got, p.Text)
	}
	if strings.Join(got, "|") != "Rowed.|Rowed home." {
		t.Errorf("%q", got)
	}
}

// A note that its front matter marks private does not become part of one that
// is not private, and tags that may mark it are kept.
func TestPrivateNotes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"2024-06-01.md": "---\nprivate: true\n---\nSECRET", "2024-06-02.md": "---\nprivate: [yes\n---\nSECRET", "2024-06-03.md": "+++\nprivate = true\n+++\nSECRET",
		"all.md": "---\nprivate: true\n---\n# 2024-06-06\nSECRET", "2024-06-04.md": "---\ntags: [private]\nprivate: false\n---\nThe #privateer sailed.",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Days) != 1 || len(s.Left) != 4 || s.Days[0].Parts[0].Text != "The #privateer sailed.\n\n#private" {
		t.Errorf("%+v, left %v", s.Days, s.Left)
	}
	if _, err := Open(filepath.Join(dir, "all.md")); err != errPrivate {
		t.Errorf("a file of days that is private: %v", err)
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
