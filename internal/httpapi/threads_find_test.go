package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestThreadsAreFoundByTheirWords(t *testing.T) {
	w := newWorld(t, options{})
	add := func(title string, messages ...string) {
		status, text := w.do("POST", "/threads", map[string]any{"title": title})
		var made struct {
			ThreadID string `json:"thread_id"`
		}
		if err := json.Unmarshal([]byte(text), &made); err != nil || status >= 300 {
			t.Fatalf("%d %s", status, text)
		}
		for i, m := range messages {
			role := []string{"user", "assistant"}[i%2]
			if status, text := w.do("POST", "/threads/"+made.ThreadID+"/messages", map[string]any{"role": role, "content": m}); status >= 300 {
				t.Fatalf("%d %s", status, text)
			}
		}
	}
	add("Garden", "What grew?", "Beans, and a ZÜRICH rose 🌹 by the café.")
	add("The café in June", "Who was there?", "Nobody.")
	add("Long", "Once. "+strings.Repeat("Nothing much. ", 300)+"Then a heron stood in the Garden.", "A heron, the heron, herons.")
	for q, want := range map[string]string{
		"cafe":           "The café in June:  | Garden: assistant Beans, and a ZÜRICH rose 🌹 by the [café].",
		"zuric ROSE":     "Garden: assistant Beans, and a [ZÜRICH] [rose] 🌹 by the café.",
		"june nobody":    "The café in June: assistant [Nobody].",
		"heron":          "Long: assistant A [heron], the [heron], [herons].",
		"garden beans":   "Garden: assistant [Beans], and a ZÜRICH rose 🌹 by the café.",
		"rose heron":     "",
		"grew beans":     "", // in two messages
		"…":              "",
		"' OR 1=1 --":    "",
		"%":              "",
		"*":              "",
		"garden stood a": "Long: user … ",
	} {
		status, text := w.do("GET", "/threads?q="+url.QueryEscape(q), nil)
		var found []struct {
			Title string
			Match *struct {
				MessageID string `json:"message_id"`
				Role      string
				Excerpt   string
				Spans     [][2]int
			}
		}
		if err := json.Unmarshal([]byte(text), &found); err != nil || status != http.StatusOK || found == nil {
			t.Fatalf("%s: %d %s", q, status, text)
		}
		var got []string
		for _, f := range found {
			line := f.Title + ": "
			if f.Match != nil {
				runes := []rune(f.Match.Excerpt)
				marked, at := "", 0
				for _, s := range f.Match.Spans {
					marked += string(runes[at:s[0]]) + "[" + string(runes[s[0]:s[1]]) + "]"
					at = s[1]
				}
				line += f.Match.Role + " " + marked + string(runes[at:])
			}
			got = append(got, line)
		}
		all := strings.Join(got, " | ")
		if short, ok := strings.CutSuffix(want, "… "); ok && strings.HasPrefix(all, short) && strings.HasSuffix(all, "[stood] in the [Garden].") && len(all) < 1000 {
			continue
		}
		if all != want {
			t.Errorf("%s:\n%s\nwant\n%s", q, all, want)
		}
	}
	if status, text := w.do("GET", "/threads?q="+strings.Repeat("x", 201), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("too long: %d %s", status, text)
	}
	if status, text := w.do("GET", "/threads?q=+", nil); status != http.StatusOK || strings.Count(text, `"thread_id"`) != 3 {
		t.Errorf("without words: %d %s", status, text)
	}
	for i := range 210 {
		add(fmt.Sprintf("Heron %d", i))
	}
	if _, text := w.do("GET", "/threads?q=heron", nil); strings.Count(text, `"thread_id"`) != 200 {
		t.Errorf("%d threads were found", strings.Count(text, `"thread_id"`))
	}
}
