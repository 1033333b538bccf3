package edit

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/vault"
)

// sample is a generated note, in parts: what is the owner's before and behind
// the words that may change.
type sample struct {
	bom, front, before, heading, blank, words, behind string
	marked                                            bool
	newline                                           string
}

func (s sample) note() string {
	return s.bom + s.front + s.before + s.heading + s.blank + s.words + s.behind
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// generate makes a note that may be edited.
func generate(r *rand.Rand) sample {
	s := sample{newline: pick(r, "\n", "\r\n"), bom: pick(r, "", "", "", bom)}
	var lines []string
	for range r.IntN(6) {
		lines = append(lines, pick(r,
			"a%: b", "'q%': \"x: y # z\"  # why", "list%: [a, 'b', \"c\"]", "list%:\n  - a\n  -   b # c", "date%: 2020-01-02",
			"empty%:", "t%: >-\n  folded\n  transcription: no\n\n  text", "t%: |+\n  kept\n\n", "# a comment: %", "", "deep%: {a: {transcription: x}, b: [1, 2]}",
			"nested%:\n    transcription: mine\n    b:   2", "quoted%: 'it''s\n  two lines'", "🙂%: \"\\u263a \\\" x\"", "embedding: \"True\" # %", "aliases%:   [\"[[x]]\",]", "n%: ~", "url%: https://x.y/#z",
		))
	}
	if r.IntN(3) > 0 {
		value := pick(r, "true", "True", `"True"`, "'true'  # done")
		if s.marked = r.IntN(2) == 0; !s.marked {
			value = pick(r, "", "false", `"no # no"`, "'it''s'  # c", "not yet, sorry # soon", "~", "0", "#c", " # todo")
		}
		if s.marked || r.IntN(2) == 0 {
			lines = append(lines, pick(r, "transcription: ", "Transcription:   ", `"transcription" : `)+value)
		}
	}
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	// A name once: the same key twice is not YAML.
	yaml := ""
	for i, l := range lines {
		yaml += strings.ReplaceAll(l, "%", string(rune('a'+i))) + "\n"
	}
	if strings.Count(yaml, "embedding: ") > 1 {
		yaml = strings.Replace(yaml, "embedding: ", "other: ", strings.Count(yaml, "embedding: ")-1)
		if strings.Count(yaml, "other: ") > 1 {
			yaml = ""
			s.marked = false
		}
	}
	if yaml != "" || r.IntN(2) == 0 {
		s.front = "---" + pick(r, "", " ") + "\n" + yaml + "---\n"
	}
	for range r.IntN(5) {
		s.before += pick(r, "#day\n", "\n", "  \n", "### Page\n![[01-02-2020.pdf]]\n", "```\n### Transcription\nx\n```\n", "Words — 日記.\n", "~~~~\n```\n~~~\n~~~~\n", "<!-- ### Transcription -->\n", "- a\n\n---\n\n- b\n\nText.\n", "    ### Transcription\n", "#### Transcription\n", "lone \r return\n")
	}
	if strings.HasPrefix(s.before, "---") {
		s.before = "\n" + s.before
	}
	if r.IntN(4) > 0 {
		s.heading = pick(r, "### Transcription\n", "  ###  Transcription  ##  \n", "###\tTranscription\n")
		s.blank = pick(r, "", "\n", " \n\t\n")
		if r.IntN(2) == 0 {
			s.words = pick(r, "One.", "  - one\n  - two", "A\n\n```\n### no\n```\nB\n---\nC: d", "# One\n## Two", "日記 🙂")
		}
		s.behind = pick(r, "", "\n", " \n\n", "\n### Notes\nmine\n---\nmore", "\n\n###\nx\n### Transcription\nOther.\n", "\n\n\n### Page\n![[x.png]]")
		if s.words == "" && s.behind != "" {
			s.behind = s.behind[strings.IndexByte(s.behind, '\n')+1:]
		}
	} else if s.before != "" && r.IntN(2) == 0 {
		s.before = strings.TrimSuffix(s.before, "\n")
	}
	for _, p := range []*string{&s.front, &s.before, &s.heading, &s.blank, &s.words, &s.behind} {
		*p = strings.ReplaceAll(*p, "\n", s.newline)
	}
	return s
}

var keyLine = regexp.MustCompile(`(?i)^["']?transcription["']? *:`)

// others returns front matter without the line of the key.
func others(front string) string {
	var b strings.Builder
	for l := range strings.Lines(front) {
		if !keyLine.MatchString(l) {
			b.WriteString(l)
		}
	}
	return b.String()
}

// keyOf returns the line of the key.
func keyOf(front string) string {
	for l := range strings.Lines(front) {
		if keyLine.MatchString(l) {
			return l
		}
	}
	return ""
}

func TestTenThousandNotes(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	r := rand.New(rand.NewPCG(1660, 1))
	written := map[error]int{}
	for i := range 10_000 {
		s := generate(r)
		n, err := vault.Parse(daily(), []byte(s.note()))
		if err != nil || n.FrontMatter.Transcribed != s.marked {
			t.Fatalf("the generator made %q: %v", s.note(), err)
		}
		text := pick(r, "New.", "New 🙂\n\n  lines\n", "```\n### in code\n```", Escape("### a\n```"), "")
		o := Options{Title: day, Ours: pick(r, s.words, s.words, "else"), Replace: r.IntN(3) == 0}
		got, err := SetTranscription([]byte(s.note()), text, o)
		written[err]++
		if want := s.refusal(n, text, o); !errors.Is(err, want) || err != nil && want == nil {
			t.Fatalf("note %d, %q: %v, want %v", i, s.note(), err, want)
		}
		if err == nil {
			checkTranscribed(t, s, string(got), text)
		}
		checkOtherEdits(t, s)
	}
	t.Logf("%v", written)
	if written[nil] < 4000 || written[ErrOwners] < 500 || written[ErrCorrected] < 200 {
		t.Errorf("the notes say too little: %v", written)
	}
}

// refusal says what the edit of a note is to fail with.
func (s sample) refusal(n vault.Note, text string, o Options) error {
	same := strings.TrimSpace(strings.ReplaceAll(s.words, "\r\n", "\n")) == strings.TrimSpace(text)
	switch {
	case s.heading == "" && n.Text != "", s.words != "" && !s.marked:
		return ErrOwners
	case s.words != "" && !same && !o.Replace && o.Ours != s.words:
		return ErrCorrected
	}
	return nil
}

func checkTranscribed(t *testing.T, s sample, got, text string) {
	t.Helper()
	n, err := vault.Parse(daily(), []byte(got))
	if err != nil || lineFeeds(n.Text) != trim(text) || !n.FrontMatter.Transcribed {
		t.Fatalf("%q became %q: it says %q, %v", s.note(), got, n.Text, err)
	}
	rest, ok := strings.CutPrefix(got, s.bom)
	front := ""
	if end := n.FrontMatter.End; ok && end > 0 {
		l := vault.Lines{S: got, At: end}
		l.Next()
		front, rest = got[len(s.bom):l.At], got[l.At:]
	}
	if s.front == "" {
		if want := strings.ReplaceAll("---\ntranscription: \"True\"\n---\n", "\n", firstNewline(s.note())); front != want {
			t.Fatalf("%q: the front matter is %q", s.note(), front)
		}
		if !strings.HasPrefix(rest, s.before+s.heading) || s.before+s.heading == "" {
			rest = strings.TrimPrefix(rest, firstNewline(s.note()))
		}
	} else if others(front) != others(s.front) {
		t.Fatalf("front matter %q became %q", s.front, front)
	}
	if old := keyOf(s.front); s.marked && keyOf(front) != old || strings.Contains(old, " #") != strings.Contains(keyOf(front), " #") && !strings.Contains(old, `no # no`) && !strings.HasSuffix(strings.TrimSpace(old), ":#c") {
		t.Fatalf("the line %q became %q", old, keyOf(front))
	}
	if !strings.HasPrefix(rest, s.before+s.heading) || !strings.HasSuffix(rest, s.blank+s.behind) && s.words == "" || !strings.HasSuffix(rest, s.behind) {
		t.Fatalf("%q became %q", s.note(), got)
	}
	if owned := rest[len(s.before+s.heading) : len(rest)-len(s.behind)]; s.words != "" && owned != s.blank+strings.ReplaceAll(trim(text), "\n", firstNewline(s.note())) {
		t.Fatalf("%q became %q", s.note(), got)
	}
}

func firstNewline(note string) string {
	if i := strings.IndexByte(note, '\n'); i > 0 && note[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// checkOtherEdits adds a scan and replaces the body.
func checkOtherEdits(t *testing.T, s sample) {
	t.Helper()
	note := s.note()
	got, err := AddScans([]byte(note), []string{"01-02-2020 b.pdf"})
	if err != nil {
		t.Fatalf("%q: %v", note, err)
	}
	// All of the note is there, before and behind what was put in.
	added := strings.ReplaceAll("\n\n### Page\n![[01-02-2020 b.pdf]]\n", "\n", firstNewline(note))
	prefix, suffix := 0, 0
	for prefix < len(note) && note[prefix] == got[prefix] {
		prefix++
	}
	for suffix < len(note)-prefix && note[len(note)-1-suffix] == got[len(got)-1-suffix] {
		suffix++
	}
	if prefix+suffix != len(note) || len(got)-len(note) > len(added) || !strings.Contains(string(got), "![[01-02-2020 b.pdf]]") {
		t.Fatalf("%q became %q", note, got)
	}
	got, err = SetBody(vault.File{Kind: daybook.Evergreen}, []byte(note), "Body.")
	if err != nil || !strings.HasPrefix(string(got), s.bom+s.front) {
		t.Fatalf("%q became %q: %v", note, got, err)
	}
	if n, err := vault.Parse(vault.File{Kind: daybook.Evergreen}, got); err != nil || n.Text != "Body." {
		t.Fatalf("%q became %q: %v", note, got, err)
	}
}
