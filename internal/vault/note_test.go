package vault

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"daybook"
)

func TestParseDaily(t *testing.T) {
	for _, c := range []struct {
		name, note, text string
		line             int
	}{
		{"typed", "Dear diary.\n", "Dear diary.", 1},
		{"typed, no final newline", "\n \nDear\ndiary", "Dear\ndiary", 3},
		{"front matter", "---\na: b\n---\n\nDear diary.\n", "Dear diary.", 5},
		{"empty front matter", "---\n---\nDear diary.", "Dear diary.", 3},
		{"a rule, not front matter", "---\nDear diary.\n", "---\nDear diary.", 1},
		{"a rule in the body", "One.\n\n---\n\nTwo.\n", "One.\n\n---\n\nTwo.", 1},
		{"byte order mark", "\ufeff---\na: b\n---\nDear diary.", "Dear diary.", 4},
		{"CRLF", "---\r\ntranscription: \"True\"\r\n---\r\n### Transcription\r\nOne.\r\nTwo.\r\n", "One.\r\nTwo.", 5},
		{"transcription", "#day\n### Page\n![[x.pdf]]\n\n### Transcription\nOne.\n\n## Two\n\n### Notes\nno\n", "One.\n\n## Two", 6},
		{"closed heading", "  ### Transcription ###  \nOne.\n### \nno", "One.", 2},
		{"heading with # in its name", "### Transcription#\nOne.", "### Transcription#\nOne.", 1},
		{"other levels", "## Transcription\nOne.\n#### Transcription\nTwo.", "## Transcription\nOne.\n#### Transcription\nTwo.", 1},
		{"first of two", "### Transcription\nOne.\n### Transcription\nTwo.", "One.", 2},
		{"empty transcription", "### Transcription\n\n### Notes\nno\n", "", 3},
		{"code", "### Transcription\nOne.\n```\n### no\n~~~\n```\nTwo.\n~~~~ x\n~~~\n### no\n~~~~\nThree.\n### Notes\n", "One.\n```\n### no\n~~~\n```\nTwo.\n~~~~ x\n~~~\n### no\n~~~~\nThree.", 2},
		{"heading in code", "```\n### Transcription\n```\nOne.", "```\n### Transcription\n```\nOne.", 1},
		{"indented first line", "\n  - one\n  - two\n\n", "  - one\n  - two", 2},
		{"scan below Page", "#day\n### Page\n![[scan 1.PDF#page=2]]\nNot yet read.\n", "", 1},
		{"scan of the day", "Some words. ![[folder/01-02-2020 AM.jpeg|300]]\n", "", 1},
		{"photograph", "We saw a cat.\n![[cat.jpg]]\n", "We saw a cat.\n![[cat.jpg]]", 1},
		{"photograph alone", "![[cat.jpg]]\n", "![[cat.jpg]]", 1},
		{"recording alone", "#day\n### Page\n\n![[Recording 1.webm]]", "#day\n### Page\n\n![[Recording 1.webm]]", 1},
		{"another note alone", "![[Template]]\n![[Notes 1.2]]", "", 1},
		{"another day's scan", "See ![[01-03-2020.pdf]].\n", "See ![[01-03-2020.pdf]].", 1},
		{"template", "---\ntags: [x]\n---\n#day\n### Page\n\n", "", 4},
		{"template and a word", "#day\n### Page\nHello", "#day\n### Page\nHello", 1},
		{"only a tag", "#wedding", "#wedding", 1},
		{"nothing", "", "", 1},
		{"blank", " \n\n", "", 3},
	} {
		n, err := Parse(File{Kind: daybook.Daily, Title: "01-02-2020"}, []byte(c.note))
		if err != nil || n.Text != c.text {
			t.Errorf("%s: text %q, %v; want %q", c.name, n.Text, err, c.text)
		}
		if n.Text != "" && n.TextLine != c.line {
			t.Errorf("%s: line %d, want %d", c.name, n.TextLine, c.line)
		}
	}
}

func TestParseEvergreen(t *testing.T) {
	n, err := Parse(File{Kind: daybook.Evergreen, Title: "Ana"}, []byte("---\ntags: ana\n---\n# Ana\n### Transcription\nx\n### Page\n![[Ana.pdf]]\n"))
	if want := "# Ana\n### Transcription\nx\n### Page\n![[Ana.pdf]]"; err != nil || n.Text != want || n.TextLine != 4 {
		t.Errorf("%q on line %d, %v", n.Text, n.TextLine, err)
	}
}

// A note that is not UTF-8 or has NUL bytes is never written.
func TestUnwritableNotes(t *testing.T) {
	const secret = "XSECRETX"
	for name, note := range map[string]string{"Latin-1": secret + " caf\xe9", "UTF-16": "\xff\xfea\x00", "NUL": secret + "\x00"} {
		_, err := Parse(File{Kind: daybook.Daily}, []byte(note))
		if daybook.KindOf(err) != daybook.Invalid || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v; want an Invalid error without the note's words", name, err)
		}
	}
}

// The body is read whatever the front matter is, and so are the tags that a
// person sees in it.
func TestFrontMatterThatIsNotYAML(t *testing.T) {
	const secret = "XSECRETX"
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for name, c := range map[string]struct{ yaml, tags string }{
		"open bracket":      {"a: [" + secret + "\ntags: [sea]", "#sea"},
		"colon in a value":  {"title: Today: the buoy\ntags: [sea, mill]", "#sea #mill"},
		"tab":               {"tags:\n\t- sea\n\t- mill", "#sea #mill"},
		"a key twice":       {"tags: sea\nmood: good\ntags: bread", "#sea #bread"},
		"template":          {"date: {{date:YYYY-MM-DD}}\ntag: sea", "#sea"},
		"alias":             {"weather: *sunny*\ntags: sea", "#sea"},
		"at sign":           {"people: @ilse\nup: [[2024-06-08]]\ntags: \"#sea\"", "#sea"},
		"open quote":        {"mood: \"tired\ntags: [sea]", ""},
		"apostrophe":        {"quote: 'it's raining'\ntags: sea", "#sea"},
		"percent":           {"%mood: x\ntags: sea", "#sea"},
		"tag in backquotes": {"tags: `sea`\nx: `", "#sea"},
		"alias bomb":        {"a: &a [" + secret + "]\nb: [*a, *a]", ""},
		"deep flow":         {"a: " + deep, ""},
		"deep blocks":       {"a:\n" + strings.Repeat("- ", 5000) + "x", ""},
		"too long":          {"a: " + strings.Repeat("x", maxFrontMatter), ""},
		"CRLF":              {"title: Today: x\r\ntags: [sea]\r", "#sea"},
	} {
		note := "---\n" + c.yaml + "\n---\nDear diary.\n"
		n, err := Parse(File{Kind: daybook.Daily}, []byte(note))
		if err != nil || n.Text != "Dear diary." || n.Diary != n.Text || len(n.Flaws) != 1 || strings.Contains(n.Flaws[0], secret) {
			t.Errorf("%s: %q, %q, %v", name, n.Text, n.Flaws, err)
		}
		if got := strings.Join(n.Tags, " "); c.tags != "" && got != c.tags {
			t.Errorf("%s: tags %q", name, got)
		}
		checkNote(t, note, n)
	}
}

// Words between two lines of "---" at the top of a note are text, unless they
// are keys and values.
func TestWordsThatAreNotFrontMatter(t *testing.T) {
	for name, c := range map[string]struct {
		note, want string
		flawed     bool
	}{
		"a rule first":       {"---\n\nSwam out.\n\n---\nBread.", "---\n\nSwam out.\n\n---\nBread.", true},
		"a sentence":         {"---\nToday I swam. It was: cold.\n---\nBread.", "---\nToday I swam. It was: cold.\n---\nBread.", true},
		"a list":             {"---\n- bread\n- milk\n---\nHome.", "---\n- bread\n- milk\n---\nHome.", true},
		"a line among keys":  {"---\nmood: \"good\nWe rowed to the island.\n---\nHome.", "---\nmood: \"good\nWe rowed to the island.\n---\nHome.", true},
		"YAML's own end":     {"---\nmood: good\n...\nSwam.\n\n---\nHome.", "Swam.\n\n---\nHome.", false},
		"two ends":           {"---\nmood: good\n...\n---\nHome.", "Home.", false},
		"keys of words":      {"---\nsleep quality last night: good\n---\nHome.", "Home.", false},
		"a broken value":     {"---\ntitle: Today: the buoy\n---\nHome.", "Home.", true},
		"TOML":               {"+++\ntitle = \"x\"\ntags = [\"sea\", 'two words']\n+++\nHome.", "Home.", false},
		"plus signs":         {"+++\nGood day.\n+++\nHome.", "+++\nGood day.\n+++\nHome.", false},
		"JSON":               {"{\n\"title\": \"x\", \"tags\": [\"sea\", \"two words\"]}\n\nHome.", "Home.", false},
		"JSON that is words": {"{\"a\": 1}\nHome.", "{\"a\": 1}\nHome.", false},
		"braces":             {"{sigh} what a day", "{sigh} what a day", false},
	} {
		n := Read(daily("01-02-2020"), []byte(c.note))
		if n.Diary != c.want || (len(n.Flaws) > 0) != c.flawed {
			t.Errorf("%s: %q, %q", name, n.Diary, n.Flaws)
		}
		if got := strings.Join(n.Tags, " "); strings.Contains(c.note, "two words") && got != "#sea #two-words" {
			t.Errorf("%s: tags %s", name, got)
		}
		checkNote(t, c.note, n)
		checkLines(t, c.note, n)
	}
	v, err := New(Options{Journal: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{"---\nmood: \"good\nWe rowed to the island.\nprivate: true\n---\nHome.", "+++\nprivate = true\n+++\nHome.", "{\"title\": \"x\", \"private\": true}\nHome."} {
		if !v.PrivateNote(daily("x"), []byte(note)) {
			t.Errorf("%q is not private", note)
		}
	}
}

func TestAliases(t *testing.T) {
	for yaml, want := range map[string]string{
		"aliases: [Mum, Mother Holm]":                  "Mum|Mother Holm",
		"aliases:\n  - Mum\n  - \"Mother,  Holm\"":     "Mum|Mother, Holm",
		"alias: Mum, Mother Holm":                      "Mum|Mother Holm",
		"Aliases: Mum":                                 "Mum",
		"aliases:":                                     "",
		"aliases: [[a], {b: c}, 7]":                    "7",
		"aliases: [" + strings.Repeat("x", 200) + "]":  "",
		"aliases: [" + strings.Repeat("x,", 100) + "]": strings.TrimSuffix(strings.Repeat("x|", 32), "|"),
	} {
		n, err := Parse(File{Kind: daybook.Evergreen}, []byte("---\n"+yaml+"\n---\nx"))
		if got := strings.Join(n.FrontMatter.Aliases, "|"); err != nil || got != want {
			t.Errorf("%.40s: %q, want %q; %v", yaml, got, want, err)
		}
	}
}

func TestFrontMatterFlags(t *testing.T) {
	note := "---\n# by hand\ntranscription: \"True\"\nembedding: true\nother: {a: [1, 2]}\n---\nx"
	n, err := Parse(File{Kind: daybook.Daily}, []byte(note))
	if err != nil || !n.FrontMatter.Transcribed || !n.FrontMatter.Embedded {
		t.Errorf("%+v, %v", n.FrontMatter, err)
	}
	yaml := note[n.FrontMatter.Start:n.FrontMatter.End]
	if !strings.HasPrefix(yaml, "# by hand") || !strings.HasSuffix(yaml, "}\n") {
		t.Errorf("the YAML is said to be %q", yaml)
	}
	n, err = Parse(File{Kind: daybook.Daily}, []byte("---\ntranscription: False\n---\nx"))
	if err != nil || n.FrontMatter.Transcribed {
		t.Errorf("%+v, %v", n.FrontMatter, err)
	}
}

func TestTags(t *testing.T) {
	for note, want := range map[string]string{
		"#day and #Ana, #ana/lima (#x-1) **#bold**":             "#day #Ana #ana/lima #x-1 #bold",
		"# Heading\n## Other\n#real":                            "#real",
		"C# F#m a#b &#39; \\#no https://x.y/a#b see://x/ #yes":  "#yes",
		"https://x.y/(#no) [[#no]] [[Note#no]] [l](#no) ##no":   "",
		"#2020 #1984 #2020-08 #y2k #1/2":                        "#2020-08 #y2k #1/2",
		"#été #日記 #tag/ #a- #/no #_x":                           "#été #日記 #tag #a #_x",
		"`#no` ``a ` #no`` ` #yes":                              "#yes",
		"```\n#no\n```\n#yes":                                   "#yes",
		"---\ntags: [Ana, '#lima', 2020, two words]\n---\n#ana": "#Ana #lima #2020 #two-words",
		"---\ntags: [[garden]]\nkeywords: [letters]\n---\n":     "#garden",
		"---\nTags:\n  - area/garden\n  - \"#sea\"\n---\nLeeks #project/boat and #🎉party and #straße and #2024/06 #1st": "#area/garden #sea #project/boat #🎉party #straße #2024/06 #1st",
		"tags:: sea, [[Old Letters]]\n- #[[two words]] and #👩‍🌾farm #❤️":                                                "#sea #Old-Letters #two-words #👩‍🌾farm #❤",
		"---\ntags: a, b c\n---\n":                 "#a #b #c",
		"---\ntags:\n- a,b\n- null\n---\n":         "#a #b",
		"<a href=\"#no\">x</a> #️⃣ #⃣ \"#yes\"":    "#yes",
		"---\ntag: x\ntags:\n  - y/z\n  - \n---\n": "#x #y/z",
		"### Page\n#p\n### Transcription\n#t":      "#p #t",
	} {
		n, err := Parse(File{Kind: daybook.Daily}, []byte(note))
		if got := strings.Join(n.Tags, " "); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", note, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"---\ntags: [a]\n---\n#day\n### Page\n![[x.pdf]]\n\n### Transcription\nOne.\r\n### x",
		"\ufeff---\r\na: |\r\n  x\r\n---\r\n \n\u00a0text", "```\n### Transcription\n", "#a`#b`https://x#c",
		"---\n? a\n: - !!x b\n...\n---\n",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, evergreen bool) {
		file := File{Kind: daybook.Daily, Title: "x"}
		if evergreen {
			file.Kind = daybook.Evergreen
		}
		begin := time.Now()
		n, err := Parse(file, []byte(s))
		if d := time.Since(begin); d > 2*time.Second {
			t.Fatalf("%d bytes took %v", len(s), d)
		}
		if err != nil {
			if daybook.KindOf(err) != daybook.Invalid {
				t.Fatal(err)
			}
			return
		}
		checkNote(t, s, n)
	})
}

func checkNote(t *testing.T, s string, n Note) {
	if !utf8.ValidString(s) {
		t.Fatalf("%q was read", s)
	}
	if !strings.HasPrefix(s[n.TextStart:], n.Text) || n.TextLine != 1+strings.Count(s[:n.TextStart], "\n") {
		t.Fatalf("%q: text %q from %d, line %d", s, n.Text, n.TextStart, n.TextLine)
	}
	if fm := n.FrontMatter; fm.Start > fm.End || fm.End > n.TextStart {
		t.Fatalf("%q: front matter from %d to %d, text from %d", s, fm.Start, fm.End, n.TextStart)
	}
	lower := map[string]bool{}
	for _, tag := range n.Tags {
		if len(tag) < 2 || tag[0] != '#' || strings.ContainsAny(tag[1:], "# \t\n\"") || lower[strings.ToLower(tag)] {
			t.Fatalf("%q: tags %q", s, n.Tags)
		}
		lower[strings.ToLower(tag)] = true
	}
}

func FuzzFrontMatter(f *testing.F) {
	for _, s := range []string{"a: b", "tags: [a, b]\n", "- - - x", "a: &x [1]\nb: *x", "? x\n: y", "{a: {b: [c]}}", "a: |\n  x\n", "!!a !b x", "%YAML 1.2", "<<: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, yaml string) {
		note := "---\n" + yaml + "\n---\nbody"
		if n, err := Parse(File{Kind: daybook.Evergreen}, []byte(note)); err == nil {
			checkNote(t, note, n)
			if !strings.HasSuffix(n.Text, "body") {
				t.Fatalf("%q: the body is %q", note, n.Text)
			}
		}
	})
}

func TestSplit(t *testing.T) {
	long := strings.Repeat("word, ", 200) + "end."
	para := strings.Repeat("One two three four five. ", 12)
	text := para + "\n\n" + long + "\n\n" + para + para + "\n\nShort."
	spans := Split(text)
	for i, s := range spans {
		n := len(strings.Fields(text[s.Start:s.End]))
		if n > mostWords || n <= paragraphWords-10 {
			t.Errorf("passage %d has %d words", i, n)
		}
	}
	if last := spans[len(spans)-1]; !strings.HasSuffix(text[last.Start:last.End], "five. \n\nShort.") {
		t.Errorf("the last passage is %q", text[last.Start:last.End])
	}
	if got := Split(" \n\t"); got != nil {
		t.Errorf("blank text: %v", got)
	}
	if got := Split(" Hello \n"); !slices.Equal(got, []Span{{1, 6}}) {
		t.Errorf("one word: %v", got)
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]int{
		"Mr. Pepys went to St. James by coach. He slept.":                2,
		"“Go!” said he. W. Hewer came, e.g. Tom did not. And so to bed.": 3,
		"Was it I? It was I. Yes":                                        3,
		"He came at 5.30 and left":                                       1,
		"- one\n- two\n1. three\nstill three\n\nfour":                    4,
		"今日は晴れ。明日は雨でしょう。今日は晴れ。明日は雨でしょう。今日は晴れ。明日は雨でしょう。": 6,
	} {
		if got := cutPieces(text); len(got) != want {
			t.Errorf("%q: %d sentences, want %d", text, len(got), want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("One. Two three.\n\n- four\n- five", "More.")
	f.Add(strings.Repeat("word, ", 300), strings.Repeat("Sentence of five words here. ", 40))
	f.Add(strings.Repeat("日本語。", 90)+"\u00a0\u0085x", "e\u0301")
	f.Fuzz(func(t *testing.T, text, more string) {
		if !utf8.ValidString(text) || !utf8.ValidString(more) {
			return
		}
		spans := Split(text)
		checkSpans(t, text, spans)
		longer := Split(strings.TrimSpace(text) + "\n\n" + more)
		same := Split(strings.TrimSpace(text))
		for i := range len(same) - 1 {
			if same[i] != longer[i] {
				t.Fatalf("%q: with %q behind it, passage %d is %v, not %v", text, more, i, longer[i], same[i])
			}
		}
	})
}

func checkSpans(t *testing.T, text string, spans []Span) {
	covered := 0
	for i, s := range spans {
		if s.Start < 0 || s.Start >= s.End || s.End > len(text) || i > 0 && s.End <= spans[i-1].End {
			t.Fatalf("%q: %v", text, spans)
		}
		if !utf8.ValidString(text[s.Start:s.End]) || strings.TrimSpace(text[s.Start:s.End]) != text[s.Start:s.End] {
			t.Fatalf("%q: passage %q", text, text[s.Start:s.End])
		}
		if s.Start > covered && strings.TrimSpace(text[covered:s.Start]) != "" {
			t.Fatalf("%q: %q is in no passage", text, text[covered:s.Start])
		}
		covered = s.End
	}
	if strings.TrimSpace(text[covered:]) != "" {
		t.Fatalf("%q: %q is in no passage", text, text[covered:])
	}
}
