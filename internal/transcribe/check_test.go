package transcribe

import (
	"strings"
	"testing"
)

func TestTextOf(t *testing.T) {
	for answer, want := range map[string]string{
		" One.\r\n\r\nTwo. \n":       "One.\n\nTwo.",
		"[blank]":                    "",
		"```\nOne.\n```":             "One.",
		"```text\nOne.\n\nTwo.\n```": "One.\n\nTwo.",
		"This is the page I always dread: the accounts.\nBread 4d.": "This is the page I always dread: the accounts.\nBread 4d.",
		"ha ha ha ha ha ha ha ha ha ha":                             "ha ha ha ha ha ha ha ha ha ha",
		strings.Repeat("-", 500) + "\nTea":                          strings.Repeat("-", 500) + "\nTea",
		"Tea\n" + strings.Repeat(". ", 300):                         strings.TrimSpace("Tea\n" + strings.Repeat(". ", 300)),
	} {
		if got, err := textOf(answer); err != nil || got != want {
			t.Errorf("%.60q: %.60q, %v", answer, got, err)
		}
	}
	for answer, why := range map[string]string{
		"":                                      "empty",
		"I'm sorry, I can't read this image.":   "declined",
		"I cannot assist with transcribing it.": "declined",
		"Sure! Here's the transcription:\nOne.": "about the page",
		"The image shows a page with this text:\nOne.": "about the page",
		"One.\n```\nTwo":                    "fences",
		"One \x00":                          "characters",
		strings.Repeat("I went home. ", 30): "again and again",
	} {
		if _, err := textOf(answer); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.60q: %v, want %s", answer, err, why)
		}
	}
}

func FuzzTextOf(f *testing.F) {
	f.Add("One.\n\nTwo.")
	f.Add(strings.Repeat("é ", 200))
	f.Add("```\n```")
	f.Fuzz(func(t *testing.T, answer string) {
		text, err := textOf(answer)
		if err != nil {
			return
		}
		if text != strings.TrimSpace(text) || !strings.Contains(strings.ReplaceAll(answer, "\r\n", "\n"), text) {
			t.Fatalf("%q became %q", answer, text)
		}
	})
}
