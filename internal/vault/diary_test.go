package vault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"daybook"
)

func daily(title string) File { return File{Kind: daybook.Daily, Title: title} }

func TestDiary(t *testing.T) {
	data := "data:image/png;base64," + strings.Repeat("iVBORw0KGgo", 9000) + "=="
	wrapped := "data:image/png;base64," + strings.Repeat("\n"+strings.Repeat("QUJD", 19), 30) + "\nQUJD"
	for name, c := range map[string]struct{ note, want string }{
		"comment":                 {"One %%two%% three\n%%\nfour\n\nfive\n%%\nsix", "One  three\n\nsix"},
		"comment not closed":      {"100%% sure of it", "100%% sure of it"},
		"comment in code":         {"Run `a %%b%% c`\n```\n%% kept %%\n```", "Run `a %%b%% c`\n```\n%% kept %%\n```"},
		"HTML comment":            {"One<!-- two\n\nthree --> four", "One four"},
		"HTML not closed":         {"One <!-- two", "One <!-- two"},
		"query":                   {"One\n```dataview\nTABLE mood\n```\n~~~tasks\nnot done\n~~~\n```js\nkept()\n```\ntwo", "One\n```js\nkept()\n```\ntwo"},
		"query in a line":         {"Now `= this.mood` and `$= dv.x` and `x = 1`", "Now  and  and `x = 1`"},
		"query in a list":         {"- a\n  ```query\n  tag:x\n  ```\n- b", "- a\n- b"},
		"query in a callout":      {"> [!note]\n> ```dataview\n> LIST\n> ```\n> shown", "> [!note]\n> shown"},
		"query on an item":        {"- ```query\n  x\n  ```\n- shown", "- shown"},
		"query beyond its item":   {"- ```query\nWords\n```js\nx()\n```", "- ```query\nWords\n```js\nx()\n```"},
		"end in a sentence":       {":PROPERTIES:\nWords\nabout :END: and more", ":PROPERTIES:\nWords\nabout :END: and more"},
		"query not closed":        {"One\n```dataview\nLIST\ntwo", "One\n```dataview\nLIST\ntwo"},
		"quoted query not closed": {"> ```tasks\n> x\n\ntwo", "> ```tasks\n> x\n\ntwo"},
		"fields of an app":        {"A `INPUT[text:x]` b `BUTTON[y]` c `VIEW of it`", "A  b  c `VIEW of it`"},
		"comment of an outliner":  {"a\n#+BEGIN_COMMENT\nb\n#+END_COMMENT\n:PROPERTIES:\n:ID: x\n:END:\nc", "a\nc"},
		"line of a comment":       {"a\n[//]: # (b)\n[comment]: <> (c)\n[//]: # \"d\"\n[e]: # f", "a\n[e]: # f"},
		"Logseq's query":          {"#+BEGIN_QUERY\n{:query x}\n#+END_QUERY\n- {{query (todo TODO)}}\n- TODO write ((64f1a2b3-1111-2222-3333-444455556666))\n:LOGBOOK:\nCLOCK: x\n:END:", "- \n- TODO write"},
		"Logseq's properties":     {"- swam\n  id:: 64f1\n  collapsed:: true\n  mood:: glad\n- tags:: a", "- swam\n  mood:: glad"},
		"block name":              {"Met Ilse. ^b1-x\nE = m ^2\n\n^abcdef\nlast ^x", "Met Ilse.\nE = m ^2\n\n\nlast"},
		"picture in the text":     {"Rowed.\n\n![photo](" + data + ")\n\n<img src=\"" + data + "\"> home", "Rowed.\n\n![photo]()\n\n<img src=\"\"> home"},
		"picture in lines":        {"A\n![p](" + wrapped + ")\nNext words of the day", "A\n![p]()\nNext words of the day"},
		"picture of a link":       {"A ![][image1] b\n\n[image1]: <" + data + ">", "A ![][image1] b"},
		"the word data":           {"The data: image/png, data:x and metadata:image.", "The data: image/png, data:x and metadata:image."},
		"front matter":            {"---\nmood: zebra\n---\nSwam.", "Swam."},
		"typed beside a scan":     {"Lunch with Ilse.\n#day #sea\n### Page\n![[01-02-2020.jpg]]\n### Transcription\nRowed.\n### Later\nHome.", "Lunch with Ilse.\n### Later\nHome.\n\nRowed."},
		"scan not yet read":       {"Typed: lunch.\n\n![[01-02-2020.jpg]]\n", "Typed: lunch."},
		"scan in a Markdown":      {"### Page\n![the page](../a%20b/01-02-2020.jpg \"x\")\nMore.", "More."},
		"older service":           {"#day\n### Page\n![[x.pdf]]\n\n### Transcription\nOne.\n\n## Two", "One.\n\n## Two"},
		"two dates of a comment":  {"#day\n### Page\n![[x.pdf]]\n\n### Transcription\nOne %%hidden%% two.", "One  two."},
		"heading in a list":       {"- a\n  ### Transcription\n- b", "- a\n  ### Transcription\n- b"},
		"heading in an item":      {"1. a\n\n   ### Transcription\n   b", "1. a\n\n   ### Transcription\n   b"},
		"heading in math":         {"$$\n### Transcription\n$$\nb", "$$\n### Transcription\n$$\nb"},
		"dollars":                 {"$$ is money\nx\n### Transcription\nb", "$$ is money\nx\n\nb"},
		"heading in a fence":      {"- x\n    ```\n    ### Transcription\n    ```\nb", "- x\n    ```\n    ### Transcription\n    ```\nb"},
	} {
		n := Read(daily("01-02-2020"), []byte(c.note))
		if n.Diary != c.want {
			t.Errorf("%s:\n%.300q\nwant\n%.300q", name, n.Diary, c.want)
		}
		checkLines(t, c.note, n)
	}
}

// checkLines checks that each line of the diary that is one of the note's is
// said to be on it.
func checkLines(t *testing.T, note string, n Note) {
	t.Helper()
	lines := strings.Split(note, "\n")
	offset := 0
	for line := range strings.SplitSeq(n.Diary, "\n") {
		at := n.Line(offset)
		if word := strings.TrimSpace(line); word != "" && (at > len(lines) || !strings.Contains(lines[at-1], firstWord(word)[:min(3, len(firstWord(word)))])) {
			t.Errorf("%q is said to be on line %d", line, at)
		}
		offset += len(line) + 1
	}
}

func TestEncodings(t *testing.T) {
	const german, russian, japan = "Schwamm im Meer, größer als „gestern“ – schön #meer", "Сегодня мы плавали в море и ели хлеб", "きょうは海で泳いだ。とても楽しかった。"
	encode := func(e interface{ String(string) (string, error) }, s string) string {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct{ data, want string }{
		"UTF-16 LE":            {encode(utf.UTF16(utf.LittleEndian, utf.UseBOM).NewEncoder(), german), german},
		"UTF-16 BE":            {encode(utf.UTF16(utf.BigEndian, utf.UseBOM).NewEncoder(), german), german},
		"UTF-16 without a BOM": {encode(utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewEncoder(), german), german},
		"Windows-1252":         {encode(charmap.Windows1252.NewEncoder(), german), german},
		"mixed":                {german + encode(charmap.Windows1252.NewEncoder(), " süß"), german + " süß"},
		"UTF-16LE, Cyrillic":   {encode(utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewEncoder(), russian), russian},
		"UTF-16BE, Cyrillic":   {encode(utf.UTF16(utf.BigEndian, utf.IgnoreBOM).NewEncoder(), russian), russian},
		"UTF-32LE":             {encode(utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewEncoder(), german), german},
		"UTF-32BE, Cyrillic":   {encode(utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewEncoder(), russian), russian},
		"Windows-1251":         {encode(charmap.Windows1251.NewEncoder(), russian), russian},
		"KOI8-R":               {encode(charmap.KOI8R.NewEncoder(), russian), russian},
		"Shift-JIS":            {encode(japanese.ShiftJIS.NewEncoder(), japan), japan},
		"NUL":                  {"ok then \x00 nul", "ok then   nul"},
		"old Mac":              {"---\rtags: sea\r---\rOne.\rTwo.\r", "One.\nTwo."},
		"cut in a character":   {"Grüße"[:3], "GrÃ"},
	} {
		n := Read(daily("x"), []byte(c.data))
		if n.Diary != c.want || len(n.Flaws) != 1 {
			t.Errorf("%s: %q, flaws %q", name, n.Diary, n.Flaws)
		}
	}
	for _, plain := range []string{german, russian, japan, "\ufeffx", "a\r\nb", "a\rb\nc", "", "---", "---\ntitle: x\n---"} {
		if n := Read(daily("x"), []byte(plain)); len(n.Flaws) != 0 {
			t.Errorf("%q: %q", plain, n.Flaws)
		}
	}
	if n := Read(daily("x"), []byte("\xff\xfe"+wide("---\nprivate: true\n---\nx"))); !must(New(Options{Journal: "x"})).Private(n, nil) {
		t.Error("a private note in UTF-16 is not private")
	}
}

func wide(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	return b.String()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The notes of ../shared/cases, as they lie there.
func TestSharedCases(t *testing.T) {
	const dir = "../../../shared/cases"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the cases are not here: ", err)
	}
	for _, c := range []struct{ path, has, lacks string }{
		{"n03-yaml-colon/06-04-2024.md", "buoy", ""}, {"n03-yaml-colon/06-05-2024.md", "rye", ""}, {"n03-yaml-colon/06-06-2024.md", "kite", ""},
		{"n03-yaml-colon/06-07-2024.md", "shed", ""}, {"n03-yaml-colon/06-08-2024.md", "gooseberries", ""}, {"n03-yaml-colon/06-09-2024.md", "dyke", ""},
		{"n03-yaml-colon/06-11-2024.md", "leeks", ""}, {"n03-yaml-colon/06-12-2024.md", "letters", ""},
		{"n05-hidden/06-04-2024.md", "rowed", "divorce"}, {"n05-hidden/06-04-2024.md", "mill", "pin"}, {"n05-hidden/06-04-2024.md", "Lunch", "zebra"},
		{"n06-base64/06-04-2024.md", "island", "vjOBX"},
		{"n08-encodings/06-04-2024.md", "größer", ""}, {"n08-encodings/06-05-2024.md", "größer", ""}, {"n08-encodings/06-06-2024.md", "Swam", ""},
		{"n08-encodings/06-06-2024.md", "One", ""}, {"n08-encodings/06-07-2024.md", "two", ""}, {"n08-encodings/06-08-2024.md", "nul", ""},
		{"t02-broken-yaml-scan/06-04-2024.md", "", "mood"}, {"y01-attachments/2024/06-04-2024.md", "lunch", "jpg"}, {"y01-attachments/2024/06-06-2024.md", "", "jpg"},
		{"w02-markdown/06-04-2024.md", "highlighted", "hidden"}, {"w02-markdown/06-04-2024.md", "secret", "block-id"}, {"w02-markdown/06-05-2024.md", "TODO write", "64f1"},
		{"w03-html-block/06-04-2024.md", "Under a comment line", "remark"},
	} {
		data := must(os.ReadFile(filepath.Join(dir, c.path)))
		n := Read(daily(strings.TrimSuffix(filepath.Base(c.path), ".md")), data)
		if !strings.Contains(n.Diary, c.has) || c.lacks != "" && strings.Contains(n.Diary, c.lacks) {
			t.Errorf("%s: %q", c.path, n.Diary)
		}
	}
	n := Read(daily("06-04-2024"), must(os.ReadFile(filepath.Join(dir, "n04-tags/06-04-2024.md"))))
	if got := strings.Join(n.Tags, " "); got != "#area/garden #sea #Two-Words #2024 #project/boat/mast #🎉party #straße #2024/06 #1st" {
		t.Errorf("tags %s", got)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"---\na: b: c\n---\n%%x%% y <!-- z --> ^a\n$$\n$$", "### Page\n![[x.pdf]]\na\n### Transcription\nb\n### c", "\xff\xfea\x00", "caf\xe9\x00\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := Read(daily("x"), data)
		if !utf8.ValidString(n.Diary) || strings.ContainsRune(n.Diary, 0) {
			t.Fatalf("%q is read as %q", data, n.Diary)
		}
		for i, r := range n.Diary {
			if line := n.Line(i); line < 1 || r != '\n' && line > 1+strings.Count(string(data), "\n")+strings.Count(string(data), "\r") {
				t.Fatalf("%q: byte %d of %q is on line %d", data, i, n.Diary, line)
			}
		}
		checkSpans(t, n.Diary, Split(n.Diary))
	})
}

// Blocks that are opened again and again and never closed are read in linear
// time.
func TestManyOpenBlocks(t *testing.T) {
	for name, note := range map[string]string{
		"queries in a quotation": strings.Repeat("> ```tasks\n> x\n", 20_000),
		"queries on items":       strings.Repeat("- ```tasks\n", 60_000),
		"blocks of an outliner":  strings.Repeat(":LOGBOOK:\n", 60_000),
		"blocks that end":        strings.Repeat(":LOGBOOK:\n:END:\n", 40_000),
		"ends of YAML":           "---\na: 1\n" + strings.Repeat("...\n", 15_000) + "---\nx",
	} {
		began := time.Now()
		Read(daily("01-02-2020"), []byte(note))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}
