package edit

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"daybook"
	"daybook/internal/vault"
)

func FuzzSetTranscription(f *testing.F) {
	for _, note := range []string{
		"", "\ufeff---\r\na: [b]\r\n---\r\n#day\r\n### Page\r\n![[x.pdf]]\r\n", "---\ntranscription: \"True\"\n---\n### Transcription\nOurs.\n\n### Notes\nx",
		"---\n{a: b, transcription: no}\n---\n```\n### Transcription\n```", "<!--\n### Transcription\n", "---\n? a\n: - !!x b\n...\n---\n### Transcription",
		"---\na: |\n  transcription: x\nTranscription:\n---\n", "~~~\n---\n~~~\n### Transcription ###\n\v\n",
	} {
		f.Add(note, "One.\n### Two", "Ours.", true)
		f.Add(note, "```\r\n~~~\r### x\n```\n<!--", "", false)
	}
	f.Fuzz(func(t *testing.T, note, text, ours string, replace bool) {
		begin := time.Now()
		got, err := SetTranscription([]byte(note), text, Options{Title: day, Ours: ours, Replace: replace})
		if took := time.Since(begin); took > 2*time.Second {
			t.Fatalf("%d bytes took %v", len(note)+len(text), took)
		}
		if err != nil {
			if kind := daybook.KindOf(err); kind != daybook.Invalid && kind != daybook.Conflict && kind != daybook.TooLarge {
				t.Fatal(err)
			}
			return
		}
		old, err := vault.Parse(daily(), []byte(note))
		if err != nil {
			t.Fatalf("%q was written: %v", note, err)
		}
		now, err := vault.Parse(daily(), got)
		if err != nil || lineFeeds(now.Text) != trim(lineFeeds(text)) || !now.FrontMatter.Transcribed {
			t.Fatalf("%q became %q", note, got)
		}
		if !old.FrontMatter.Transcribed && old.Text != "" {
			t.Fatalf("%q was written over", note)
		}
		if behind := note[old.TextStart+len(old.Text):]; strings.TrimSpace(behind) != "" && !strings.Contains(string(got), behind) {
			t.Fatalf("%q became %q", note, got)
		}
		again, err := SetTranscription(got, text, Options{Ours: text})
		if err != nil || string(again) != string(got) {
			t.Fatalf("%q, then %q: %v", got, again, err)
		}
	})
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"### a", "\\### a\n```\n### b", "```\n### a\n```\n<!--\n\\<!--", "~~~\n```\n~~~\n\\```\n", "a\r\n###\r   ~~~~", " \n\t\n ###", "###\f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped := Escape(text)
		if back := unescape(escaped); back != lineFeeds(text) {
			t.Fatalf("%q, as %q, gives %q", text, escaped, back)
		}
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return
		}
		for _, note := range []string{"", "### Transcription\r\n### Notes\r\nx\r\n"} {
			got, err := SetTranscription([]byte(note), escaped, Options{})
			if err != nil {
				t.Fatalf("%q, as %q: %v", text, escaped, err)
			}
			if n, err := vault.Parse(daily(), got); err != nil || lineFeeds(n.Text) != trim(escaped) {
				t.Fatalf("%q, as %q, reads back as %q, %v", text, escaped, n.Text, err)
			}
		}
	})
}

func FuzzAddScans(f *testing.F) {
	f.Add("#day\n### Page\n![[b.pdf]]\n### Transcription\nx", "a.pdf")
	f.Add("```\r\n### Page\r\n```\r\n<!-- x", "a b.jpeg")
	f.Fuzz(func(t *testing.T, note, name string) {
		got, err := AddScans([]byte(note), []string{name})
		if err != nil {
			if daybook.KindOf(err) != daybook.Invalid || errors.Is(err, ErrText) {
				t.Fatal(err)
			}
			return
		}
		again, err := AddScans(got, []string{name})
		if err != nil || string(again) != string(got) {
			t.Fatalf("%q, then %q: %v", got, again, err)
		}
		if at := strings.Index(string(got), "![["+name+"]]"); string(got) != note && (at < 0 || len(got)-len(note) < len(name)+5) {
			t.Fatalf("%q became %q", note, got)
		}
	})
}
