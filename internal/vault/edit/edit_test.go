package edit

import (
	"errors"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/vault"
)

const day = "01-02-2020"

func daily() vault.File { return vault.File{Kind: daybook.Daily, Title: day} }

func TestSetTranscription(t *testing.T) {
	const marked = "---\ntranscription: \"True\"\n---\n"
	for _, c := range []struct {
		name, note, text string
		o                Options
		want             string
	}{
		{"empty note", "", "One.", Options{}, marked + "\n### Transcription\nOne.\n"},
		{"new note", "#day\n### Page\n![[x.pdf]]\n", "One.\nTwo.", Options{}, marked + "\n#day\n### Page\n![[x.pdf]]\n\n### Transcription\nOne.\nTwo.\n"},
		{"empty section", "### Transcription\n### Notes\nx", "One.", Options{}, marked + "\n### Transcription\nOne.\n\n### Notes\nx"},
		{"blank section", "\n### Transcription\n\n\n### Notes\nx", "One.", Options{}, marked + "\n### Transcription\nOne.\n\n\n### Notes\nx"},
		{"heading at the end", "a: [[x]]\n### Page\n![[x.pdf]]\n### Transcription", "One.", Options{}, marked + "\na: [[x]]\n### Page\n![[x.pdf]]\n### Transcription\nOne.\n"},
		{"replaced", marked + "### Transcription\n\n One. \n\n### Notes", "\n\nTwo.\n", Options{Ours: "\n One."}, marked + "### Transcription\n\nTwo. \n\n### Notes"},
		{"corrected, replaced", marked + "### Transcription\nOne", "Two", Options{Ours: "x", Replace: true}, marked + "### Transcription\nTwo"},
		{"cleared", marked + "### Transcription\nOne\n\n### Notes", "", Options{Ours: "One"}, marked + "### Transcription\n\n\n### Notes"},
		{"said already", "---\nTranscription: true\n---\n### Transcription\nOne.", "One.", Options{}, "---\nTranscription: true\n---\n### Transcription\nOne."},
		{"an empty page", "### Page\n![[x.pdf]]\n", "", Options{}, marked + "\n### Page\n![[x.pdf]]\n\n### Transcription\n"},
		{"CRLF", "---\r\na: b\r\n---\r\n### Transcription\r\n", "One.\nTwo.", Options{}, "---\r\na: b\r\ntranscription: \"True\"\r\n---\r\n### Transcription\r\nOne.\r\nTwo.\r\n"},
		{"byte order mark", "\ufeff#day\r\n", "One.\r\rTwo.", Options{}, "\ufeff---\r\ntranscription: \"True\"\r\n---\r\n\r\n#day\r\n\r\n### Transcription\r\nOne.\r\n\r\nTwo.\r\n"},
		{"heading in code", "```\n### Transcription\n```\n![[01-02-2020.pdf]]\n", "One.", Options{Title: day}, marked + "\n```\n### Transcription\n```\n![[01-02-2020.pdf]]\n\n### Transcription\nOne.\n"},
		{"second section", "### Transcription\n### Transcription\nmine", "One.", Options{}, marked + "\n### Transcription\nOne.\n\n### Transcription\nmine"},
	} {
		got, err := SetTranscription([]byte(c.note), c.text, c.o)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v\nwant %q", c.name, got, err, c.want)
		}
	}
}

// A note with front matter of TOML or JSON is marked in it: there is never a second one.
func TestOtherFrontMatterIsMarked(t *testing.T) {
	const page = "### Page\n![[x.pdf]]\n"
	const behind = "\n### Transcription\nOne.\n"
	for front, want := range map[string]string{
		"+++\ntitle = \"x\"\n[extra]\na = 1\n+++\n":          "+++\ntranscription = \"True\"\ntitle = \"x\"\n[extra]\na = 1\n+++\n",
		"\ufeff+++\r\ntags = [\r\n\"a\",\r\n]\r\n+++\r\n":    "\ufeff+++\r\ntranscription = \"True\"\r\ntags = [\r\n\"a\",\r\n]\r\n+++\r\n",
		"{\n  \"title\": \"x\",\n  \"tags\": [\"a\"]\n}\n\n": "{\n  \"transcription\": \"True\",\n  \"title\": \"x\",\n  \"tags\": [\"a\"]\n}\n\n",
		"{\"title\": \"x\"}\n":                               "{\"transcription\": \"True\",\"title\": \"x\"}\n",
		"+++\ntranscription = true\ntitle = \"x\"\n+++\n":    "+++\ntranscription = true\ntitle = \"x\"\n+++\n",
		"{\"title\": \"x\", \"transcription\": \"True\"}\n":  "{\"title\": \"x\", \"transcription\": \"True\"}\n",
	} {
		newline := "\n"
		if strings.Contains(front, "\r") {
			newline = "\r\n"
		}
		in := func(s string) string { return strings.ReplaceAll(s, "\n", newline) }
		got, err := SetTranscription([]byte(front+in(page)), "One.", Options{Title: day})
		if err != nil || string(got) != want+in(page+behind) {
			t.Errorf("%q: %q, %v", front, got, err)
			continue
		}
		again, err := SetTranscription(got, "Two.", Options{Title: day, Ours: "One."})
		if err != nil || string(again) != strings.Replace(string(got), "One.", "Two.", 1) {
			t.Errorf("%q again: %q, %v", front, again, err)
		}
	}
	for _, front := range []string{"+++\ntitle = \"x\"\ntranscription = false\n+++\n", "{\"title\": \"x\", \"transcription\": null}\n"} {
		if got, err := SetTranscription([]byte(front+page), "One.", Options{Title: day}); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%q: %q, %v", front, got, err)
		}
	}
}

func TestFrontMatterIsSpliced(t *testing.T) {
	const key = `transcription: "True"`
	for yaml, want := range map[string]string{
		"":                                     key + "\n",
		"# only this\n":                        "# only this\n" + key + "\n",
		"a: b\n":                               "a: b\n" + key + "\n",
		"  a: b\n  c:\n    - d\n":              "  a: b\n  c:\n    - d\n  " + key + "\n",
		"a: |+\n  x\n\n\n":                     "a: |+\n  x\n\n\n" + key + "\n",
		"a: b\n...\n":                          key + "\na: b\n...\n",
		"# c\n\na: b\n...\n":                   "# c\n\n" + key + "\na: b\n...\n",
		"{a: b}\n":                             "{" + key + ", a: b}\n",
		"{}\n":                                 "{" + key + "}\n",
		"{a: b, transcription: no, c: d}\n":    "{a: b, " + key + ", c: d}\n",
		"transcription: false # not yet\na: b": key + " # not yet\na: b",
		"transcription:\na: b":                 key + "\na: b",
		"transcription:   # todo\n":            "transcription:  " + mark + " # todo\n",
		"Transcription:  'no # no'  # c\n":     "Transcription:  " + mark + "  # c\n",
		"\"transcription\": \"a \\\" # b\"\n":  "\"transcription\": " + mark + "\n",
		"transcription: not yet, sorry\n":      key + "\n",
		"n: 'x\ntranscription: no\n'\ntranscription: no\n": "n: 'x\ntranscription: no\n'\n" + key + "\n",
		"a: {transcription: no}\n":                         "a: {transcription: no}\n" + key + "\n",
		"a: |\n  transcription: no\ntranscription: ~\n":    "a: |\n  transcription: no\n" + key + "\n",
		"transcription: true\n":                            "transcription: true\n",
		"tags: [a, \"b\"] # c\ndate:   2020-01-01\n":       "tags: [a, \"b\"] # c\ndate:   2020-01-01\n" + key + "\n",
	} {
		for _, newline := range []string{"\n", "\r\n"} {
			in := func(s string) string {
				return strings.ReplaceAll("---\n"+strings.TrimSuffix(s, "\n")+strings.Repeat("\n", min(1, len(s)))+"---\n### Transcription\nx", "\n", newline)
			}
			note := strings.TrimSuffix(in(yaml), "x")
			got, err := SetTranscription([]byte(note), "x", Options{})
			if want := in(want) + newline; err != nil || string(got) != want {
				t.Errorf("%q: %q, %v\nwant %q", note, got, err, want)
			}
		}
	}
}

func TestUnwritableNotes(t *testing.T) {
	const secret = "XSECRETX"
	const marked = "---\ntranscription: \"True\"\n---\n"
	for _, c := range []struct {
		name, note, text string
		o                Options
		is               error
		kind             daybook.Kind
		says             string
	}{
		{"unmarked words", "### Transcription\n" + secret, "x", Options{Replace: true, Ours: secret}, ErrOwners, daybook.Conflict, "already has text"},
		{"the same words, unmarked", "### Transcription\n" + secret, secret, Options{}, ErrOwners, daybook.Conflict, ""},
		{"typed note", "#day\n" + secret, "x", Options{Replace: true}, ErrOwners, daybook.Conflict, ""},
		{"corrected", marked + "### Transcription\n" + secret, "x", Options{Ours: "y"}, ErrCorrected, daybook.Conflict, "changed"},
		{"not known as ours", marked + "### Transcription\n" + secret, "x", Options{}, ErrCorrected, daybook.Conflict, ""},
		{"unclosed", "---\na: " + secret + "\n", "x", Options{}, nil, daybook.Invalid, "not closed"},
		{"the key twice", "---\ntranscription: " + secret + "\nTranscription: true\n---\n", "x", Options{}, nil, daybook.Invalid, "lines 2 and 3"},
		{"two documents", "---\na: b\n...\nc: d\n---\n", "x", Options{}, nil, daybook.Invalid, "several"},
		{"the key with a list", "---\na: b\ntranscription:\n  - " + secret + "\n---\n", "x", Options{}, nil, daybook.Invalid, "line 3"},
		{"the key with a text", "---\ntranscription: |\n  " + secret + "\n---\n", "x", Options{}, nil, daybook.Invalid, "line 2"},
		{"heading in the text", "", secret + "\n### a", Options{}, ErrText, daybook.Invalid, "heading"},
		{"heading in the text, CR", "", secret + "\r###\r", Options{}, ErrText, daybook.Invalid, ""},
		{"code not closed", "", secret + "\n```\na", Options{}, ErrText, daybook.Invalid, ""},
		{"comment not closed", "", secret + "\n<!-- a", Options{}, ErrText, daybook.Invalid, ""},
		{"code not closed in the note", "```\n![[01-02-2020.png]]\n", "x", Options{Title: day}, ErrText, daybook.Invalid, ""},
		{"NUL", "", secret + "\x00", Options{}, nil, daybook.Invalid, "NUL"},
		{"Latin-1", "", secret + "\xe9", Options{}, nil, daybook.Invalid, "UTF-8"},
		{"too much", "", strings.Repeat("x", vault.MaxNote), Options{}, nil, daybook.TooLarge, "5 MB"},
		{"far too much", "", strings.Repeat("x", vault.MaxNote+1), Options{}, nil, daybook.TooLarge, ""},
	} {
		_, err := SetTranscription([]byte(c.note), c.text, c.o)
		if daybook.KindOf(err) != c.kind || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q does not say %q, or quotes the note", c.name, err, c.says)
		}
	}
}

// Front matter that is not YAML is kept unchanged, while the transcription is
// written below it, corrected and written again.
func TestFrontMatterThatIsNotYAMLStays(t *testing.T) {
	for _, front := range []string{"mood: good: very", "tags: sea\ntags: bread", "- a", "a: [b", "\tx: y", "date: {{date}}"} {
		note := "---\r\n" + front + "\r\n---\r\n### Page\r\n![[x.pdf]]\r\n"
		first, err := SetTranscription([]byte(note), "One.", Options{})
		if err != nil || string(first) != note+"\r\n### Transcription\r\nOne.\r\n" {
			t.Errorf("%q: %q, %v", front, first, err)
			continue
		}
		again, err := SetTranscription(first, "Two.", Options{Ours: "One."})
		if err != nil || string(again) != strings.Replace(string(first), "One.", "Two.", 1) {
			t.Errorf("%q: written again, %q, %v", front, again, err)
		}
		if _, err := SetTranscription(first, "Two.", Options{Ours: "else"}); !errors.Is(err, ErrOwners) {
			t.Errorf("%q: the owner's words are replaced: %v", front, err)
		}
		typed, err := SetBody(daily(), first, "Three.")
		if err != nil || string(typed) != strings.Replace(string(first), "One.", "Three.", 1) {
			t.Errorf("%q: corrected, %q, %v", front, typed, err)
		}
	}
}

// A heading in a comment does not count. While vault.Parse counts it, the note
// is refused.
func TestHeadingsInCommentsAreLeftAlone(t *testing.T) {
	for _, note := range []string{
		"<!--\n### Transcription\n-->\n### Page\n![[x.pdf]]\n",
		"---\ntranscription: \"True\"\n---\n### Transcription\nOne.\n<!--\n### Notes\n-->\nx\n",
		"<!--\n### Transcription\n-->\n### Transcription\n",
	} {
		got, err := SetTranscription([]byte(note), "Two.", Options{Ours: "One."})
		if err != nil {
			if !errors.Is(err, ErrUnclear) {
				t.Errorf("%q: %v", note, err)
			}
			continue
		}
		n, err := vault.Parse(daily(), got)
		if err != nil || n.Text != "Two." || !strings.Contains(string(got), "<!--\n### ") {
			t.Errorf("%q became %q, %v", note, got, err)
		}
	}
	note := "<!-- ### Transcription -->\n### Page\n![[x.pdf]]\n"
	if _, err := SetTranscription([]byte(note), "One.", Options{}); err != nil {
		t.Errorf("a comment of one line: %v", err)
	}
}

func TestSetBody(t *testing.T) {
	evergreen := vault.File{Kind: daybook.Evergreen}
	for _, c := range []struct {
		name string
		file vault.File
		note string
		text string
		want string
		err  error
	}{
		{"typed", daily(), "---\na: 'b' # c\n---\n\nOne.\n\nTwo.\n\n", "Three.\nFour.\n", "---\na: 'b' # c\n---\n\nThree.\nFour.\n\n", nil},
		{"CRLF", daily(), "\ufeffOne.\r\n", "Two.\nThree.", "\ufeffTwo.\r\nThree.\r\n", nil},
		{"no body", daily(), "---\na: b\n---", "One.", "---\na: b\n---\nOne.\n", nil},
		{"nothing", daily(), "", "One.", "One.\n", nil},
		{"a photograph alone", daily(), "", "![[cat.jpg]]", "![[cat.jpg]]\n", nil},
		{"from a photograph", daily(), "![[cat.jpg]]\n", "A cat.\n\n![[cat.jpg]]", "A cat.\n\n![[cat.jpg]]\n", nil},
		{"to nothing", daily(), "One.\n", " ", "\n", nil},
		{"template", daily(), "#day\n### Page\n", "One.", "One.\n", nil},
		{"evergreen", evergreen, "# A\n### Transcription\n![[x.pdf]]\n", "# B\n### Page\n![[y.pdf]]", "# B\n### Page\n![[y.pdf]]\n", nil},
		{"scan", daily(), "#day\n### Page\n![[x.pdf]]\n", "One.", "", ErrNotTyped},
		{"transcription", daily(), "---\ntranscription: \"True\"\n---\na\n### Transcription\nb", "One.", "", ErrNotTyped},
		{"marked, without words", daily(), "---\ntranscription: true\n---\n### Transcription\n", "One.", "", ErrNotTyped},
		{"not marked", daily(), "#day\r\n### Page\r\n![[x.pdf]]\r\n\r\n### Transcription\r\n\r\nb\r\nc\r\n\r\n### More\r\nd\r\n", "One.\nTwo.", "#day\r\n### Page\r\n![[x.pdf]]\r\n\r\n### Transcription\r\n\r\nOne.\r\nTwo.\r\n\r\n### More\r\nd\r\n", nil},
		{"not marked, with front matter", daily(), "---\nmood: calm\ntranscription: \"False\"\n---\n### Transcription\nb", "One.", "---\nmood: calm\ntranscription: \"False\"\n---\n### Transcription\nOne.", nil},
		{"not marked, words above", daily(), "a\n### Transcription\nb", "One.", "a\n### Transcription\nOne.", nil},
		{"not marked, without words", daily(), "![[x.pdf]]\n### Transcription\n### More\n", "One.", "![[x.pdf]]\n### Transcription\nOne.\n\n### More\n", nil},
		{"not marked, at the end", daily(), "#day\n### Transcription", "One.", "#day\n### Transcription\nOne.\n", nil},
		{"not marked, to nothing", daily(), "### Transcription\nb\n", "", "### Transcription\n\n", nil},
		{"nothing to nothing", daily(), "a\n### Transcription", "", "a\n### Transcription", nil},
		{"below a heading in a comment", daily(), "<!--\n### Transcription\nb\n-->\n", "One.\n-->", "<!--\n### Transcription\nOne.\n-->\n", nil},
		{"a heading below the heading", daily(), "### Transcription\nb", "One.\n### Two\nThree.", "", ErrText},
		{"a transcription given", daily(), "a", "One.\n### Transcription\nTwo.", "", ErrText},
		{"front matter given", daily(), "a", "---\na: b\n---\nTwo.", "", ErrText},
	} {
		got, err := SetBody(c.file, []byte(c.note), c.text)
		if !errors.Is(err, c.err) || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func TestScans(t *testing.T) {
	got, err := NewNote([]string{"01-02-2020 PM.pdf", "01-02-2020 AM.pdf", "01-02-2020 AM.pdf"}, "\r\n")
	if want := "#day\r\n### Page\r\n![[01-02-2020 AM.pdf]]\r\n![[01-02-2020 PM.pdf]]\r\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	for _, c := range []struct{ name, note, want string }{
		{"all there", "![[folder/b.pdf|300]]\n### Page\n![[a.pdf]] ![[d.pdf]]\n![[c.pdf#page=2]]", "![[folder/b.pdf|300]]\n### Page\n![[a.pdf]] ![[d.pdf]]\n![[c.pdf#page=2]]"},
		{"between", "### Page\nwords\n![[a.pdf]]\n![[c.pdf]]\n\nmore\n### Transcription\nx", "### Page\nwords\n![[a.pdf]]\n![[b.pdf]]\n![[c.pdf]]\n![[d.pdf]]\n\nmore\n### Transcription\nx"},
		{"around", "### Page\n![[b.pdf]]\n![[c.pdf]]", "### Page\n![[a.pdf]]\n![[b.pdf]]\n![[c.pdf]]\n![[d.pdf]]\n"},
		{"none below Page", "### Page\r\n\r\n### Notes\r\n", "### Page\r\n![[a.pdf]]\r\n![[b.pdf]]\r\n![[c.pdf]]\r\n![[d.pdf]]\r\n\r\n### Notes\r\n"},
		{"no Page", "---\na: b\n---\nwords", "---\na: b\n---\nwords\n\n### Page\n![[a.pdf]]\n![[b.pdf]]\n![[c.pdf]]\n![[d.pdf]]\n"},
		{"before the transcription", "#day\n### Transcription\nx\n", "#day\n### Page\n![[a.pdf]]\n![[b.pdf]]\n![[c.pdf]]\n![[d.pdf]]\n\n### Transcription\nx\n"},
		{"in code", "```\n![[a.pdf]]\n### Page\n```\n### Page", "```\n![[a.pdf]]\n### Page\n```\n### Page\n![[a.pdf]]\n![[b.pdf]]\n![[c.pdf]]\n![[d.pdf]]\n"},
	} {
		got, err := AddScans([]byte(c.note), []string{"d.pdf", "c.pdf", "a.pdf", "b.pdf"})
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	if got, err := AddScans([]byte("![[Zoe\u0308.pdf]]"), []string{"Zo\u00eb.pdf"}); err != nil || string(got) != "![[Zoe\u0308.pdf]]" {
		t.Errorf("a name that is written otherwise: %q, %v", got, err)
	}
	for _, name := range []string{"", "a]].pdf", "a|b.pdf", "a#2.pdf", "a\n.pdf", "b/a.pdf", " a.pdf"} {
		if _, err := NewNote([]string{name}, "\n"); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, note := range []string{"```\n", "<!--\n"} {
		if _, err := AddScans([]byte(note), []string{"a.pdf"}); !errors.Is(err, ErrUnclear) {
			t.Errorf("%q: %v", note, err)
		}
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"# a\n## b\n### c\n#### d":        "# a\n## b\n\\### c\n#### d",
		"###\n ###\tx\n    ### y\n###z":   "\\###\n \\###\tx\n    ### y\n###z",
		"\\### a\n\\\\### b":              "\\\\### a\n\\\\\\### b",
		"```\n### a\n```\n### b":          "```\n### a\n```\n\\### b",
		"```\n### a\n\n~~~\n### b\n\\~~~": "\\```\n\\### a\n\n\\~~~\n\\### b\n\\\\~~~",
		"<!-- a\n### b\n-->":              "\\<!-- a\n\\### b\n-->",
		"a\r\n### b\r### c":               "a\n\\### b\n\\### c",
	} {
		if got := Escape(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got := unescape(want); got != lineFeeds(text) {
			t.Errorf("%q back: %q, want %q", want, got, text)
		}
	}
}

// unescape reverses Escape.
func unescape(escaped string) string {
	var b strings.Builder
	for l := (vault.Lines{S: escaped}); l.Next(); {
		if at, slashes, m := marker(l.Text); !l.Code && m != noMarker && slashes > 0 {
			b.WriteString(escaped[l.Start : l.Start+at])
			l.Start += at + 1
		}
		b.WriteString(escaped[l.Start:l.At])
	}
	return b.String()
}
