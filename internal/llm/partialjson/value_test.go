package partialjson

import (
	"encoding/json"
	"testing"
)

func TestObjects(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}`: `[{"a":1}]`,
		"Sure!\n```json\n{\"a\":\"x\"}\n```\nBye":            `[{"a":"x"}]`,
		`[{"a":1},{"b":2}]`:                                  `[{"a":1},{"b":2}]`,
		`{"a":1} {"b":2}`:                                    `[{"a":1},{"b":2}]`,
		`"{\"a\":\"x\"}"`:                                    `[{"a":"x"}]`,
		`{\"a\":\"x\"}`:                                      `[{"a":"x"}]`,
		`{'a': 'it''s', 'b': None, 'c': True}`:               `[{"a":"it''s","b":null,"c":true}]`,
		`{a: "x", b: [1, 2,], // why` + "\n" + `c: {d: no}}`: `[{"a":"x","b":[1,2],"c":{"d":"no"}}]`,
		`{"a":"one "two" three","b":["he "said" so","yes"]}`: `[{"a":"one \"two\" three","b":["he \"said\" so","yes"]}]`,
		"{\"a\":\"one\ntwo\"}":                               `[{"a":"one\ntwo"}]`,
		`{"a":"unfinished`:                                   `[{"a":"unfinished"}]`,
		`{"a":["x","y"`:                                      `[{"a":["x","y"]}]`,
		`{"a":"x" "b":"y"}`:                                  `[{"a":"x","b":"y"}]`,
		`{"a":"\u00e9\ud83d\ude00\'\*" }`:                    `[{"a":"é😀'\\*"}]`,
		`prose {2024} and {more of it}`:                      `null`,
		`no object`:                                          `null`,
		`{`:                                                  `null`,
		`{}`:                                                 `[{}]`,
		`{"a":1,"a":2,}`:                                     `[{"a":1}]`,
	} {
		got, _ := json.Marshal(Objects(text))
		var a, b any
		_, _ = json.Unmarshal(got, &a), json.Unmarshal([]byte(want), &b)
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if string(x) != string(y) {
			t.Errorf("%s: %s, want %s", text, x, y)
		}
	}
}

func TestFinder(t *testing.T) {
	for text, want := range map[string]string{
		`{"response":"x"}`: "x",
		`Here {it} is: [{"a":{"b":1}}, {"response":"x"}]`: "x",
		`{"answer":{"response":"x"}}`:                     "x",
		`{"type":"object","response":5} {"response":"x"}`: "x",
		`{"response":"x"} {"response":"y"}`:               "x",
		"```json\n{\n \"response\": \"x\"\n}\n```":        "x",
		`{broken {"response":"x"}`:                        "x",
		`{"properties":{"response":{"type":"string"}}}`:   "",
		`nothing`: "",
	} {
		for cut := range len(text) + 1 {
			f := NewFinder("response")
			if got := f.Feed(text[:cut]) + f.Feed(text[cut:]); got != want || f.seen() != (want != "") {
				t.Fatalf("%s cut at %d: %q, seen %v; want %q", text, cut, got, f.seen(), want)
			}
		}
	}
}

func FuzzObjects(f *testing.F) {
	f.Add(`{"a":"b "c" d",'e':[1,{}]} x {y:z}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, object := range Objects(text) {
			if _, err := json.Marshal(object); err != nil {
				t.Fatal(err)
			}
		}
	})
}
