package partialjson

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestStringFieldAtEverySplit(t *testing.T) {
	for _, doc := range []string{
		`{"response":"plain"}`,
		` { "response" : "a\nb\"c\\d\/é\ud83d\ude00 z" } `,
		`{"a":{"response":"no","b":[1,"}]\"",{}]},"response":"yes","c":null,"d":-1.5e3,"e":true}`,
		`{"response":"wäre ☕ 😀"}`,
		`{"response":"lone \ud83d here \ude00 and \ud83d\u0041"}`,
		`{"res\u0070onse":"an escaped key"}`,
		`{"response":""}`,
		`{}`,
	} {
		var want struct{ Response string }
		if err := json.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		for cut := range len(doc) + 1 {
			f := newStringField("response")
			var got string
			for _, chunk := range []string{doc[:cut], doc[cut:]} {
				added, err := f.feed(chunk)
				if err != nil {
					t.Fatalf("%s cut at %d: %v", doc, cut, err)
				}
				if !utf8.ValidString(added) {
					t.Fatalf("%s cut at %d: half a rune was reported", doc, cut)
				}
				got += added
			}
			if got != want.Response || !f.done() {
				t.Fatalf("%s cut at %d: %q, done %v; want %q", doc, cut, got, f.done(), want.Response)
			}
		}
	}
}

func TestStringFieldRefuses(t *testing.T) {
	for _, doc := range []string{
		`["response"]`, `"response"`, `I cannot`, `{"response" "x"}`, `{,}`, `{"a":}`, `{"a":` + strings.Repeat("[", maxDepth+1),
	} {
		if _, err := newStringField("response").feed(doc); err == nil {
			t.Errorf("%q was taken", doc)
		}
	}
}

// TestStringFieldAsModelsWriteIt reads fields that are not valid JSON.
func TestStringFieldAsModelsWriteIt(t *testing.T) {
	for doc, want := range map[string]string{
		`{"response":"He said "yes", and left."}`:                 `He said "yes", and left.`,
		`{"response":"He said "yes"."}`:                           `He said "yes".`,
		`{"response":"the "end""}`:                                `the "end"`,
		`{"response":"a "b", "c" and d", "sure": true}`:           `a "b", "c" and d`,
		`{"response":"a "b" }` + "\n":                             `a "b`,
		"{\"response\":\"one\ntwo\tthree\"}":                      "one\ntwo\tthree",
		`{"response":"it\'s \*bold\* and \é"}`:                    `it's \*bold\* and \é`,
		`{"response":"\u00zz \u12"}`:                              `\u00zz \u12`,
		`{"response":"done","a\"b":1}`:                            "done",
		`{"response":"done"` + "\n" + `"next":1}`:                 "done",
		`{"response":"done",}`:                                    "done",
		`{"response":"done"}}} and so on`:                         "done",
		`{"response":"x "` + strings.Repeat("é", 3) + `" y"}`:     `x "ééé" y`,
		`{"response":"\ud83d"", said I"}`:                         "\ufffd\"\", said I",
		`{"response":"unfinished`:                                 "unfinished",
		`{"response":"a "quote", "another": one and a half more"`: `a "quote`,
	} {
		for cut := range len(doc) + 1 {
			f := newStringField("response")
			got := ""
			for _, chunk := range []string{doc[:cut], doc[cut:]} {
				added, err := f.feed(chunk)
				if got += added; err != nil || !utf8.ValidString(added) {
					t.Fatalf("%s cut at %d: %q, %v", doc, cut, added, err)
				}
			}
			if got != want {
				t.Fatalf("%s cut at %d: %q, want %q", doc, cut, got, want)
			}
		}
	}
}

func TestStringFieldIsNotAString(t *testing.T) {
	f := newStringField("response")
	if added, err := f.feed(`{"response":12}`); err != nil || added != "" || f.hasBegun() {
		t.Errorf("added %q, seen %v, %v", added, f.hasBegun(), err)
	}
}

func FuzzStringField(f *testing.F) {
	f.Add(`{"response":"a\ud83d\ude00é","b":[{"response":1}]}`, 9)
	f.Add(`{"b":1.5,"response":"x\\"}`, 3)
	f.Fuzz(func(t *testing.T, doc string, cut int) {
		cut = min(max(cut, 0), len(doc))
		field := newStringField("response")
		a, err := field.feed(doc[:cut])
		var b string
		if err == nil {
			b, err = field.feed(doc[cut:])
		}
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Fatal("half a rune was reported")
		}
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(doc), &want) != nil || want == nil {
			return
		}
		if err != nil || !field.done() {
			t.Fatalf("a valid object was refused: %v", err)
		}
		var value string
		if strings.Count(doc, "response") == 1 && json.Unmarshal(want["response"], &value) == nil && want["response"] != nil {
			if string(want["response"]) != "null" && a+b != value {
				t.Fatalf("%q, want %q", a+b, value)
			}
		}
	})
}

func BenchmarkStringField(b *testing.B) {
	chunk := strings.Repeat("a word ", 6)
	f := newStringField("response")
	if _, err := f.feed(`{"response":"`); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.feed(chunk); err != nil {
			b.Fatal(err)
		}
	}
}
