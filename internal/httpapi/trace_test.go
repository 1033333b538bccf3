package httpapi_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"daybook/internal/llm"
)

// What led to an answer is there when it is told again, and in its thread.
func TestTraceOfAnAnswerIsSaved(t *testing.T) {
	w := newWorld(t, options{play: rounds(`In January you swam [1], and wrote "the bees were purple and enormous" [3].`,
		[]llm.ToolCall{searchCall("c1", "lake", "2024-01-01", "2024-01-31"),
			call("c2", "count_mentions", `{"reasoning":"r","query":"bees","asked":"count","from":"","to":""}`)},
	)})
	turn, resp := w.begins("/journal_chat_agent/stream", saved("How was the year?", "k"))
	live := frames(t, resp.Body)
	resp.Body.Close()
	again := w.follows(turn)

	data := func(list []frame, event string) (all []object) {
		for _, f := range list {
			if f.event == event {
				var o object
				if err := json.Unmarshal([]byte(f.data), &o); err != nil {
					t.Fatal(err)
				}
				all = append(all, o)
			}
		}
		return all
	}
	looks := data(live, "search_iteration")
	if len(looks) != 2 || !reflect.DeepEqual(looks, data(again, "search_iteration")) {
		t.Errorf("looks %v, told again %v", looks, data(again, "search_iteration"))
	}
	before, after := data(live, "docs"), data(again, "docs")
	if len(before) != 1 || len(after) != 1 || before[0]["mentions"] == nil || !reflect.DeepEqual(before[0]["mentions"], after[0]["mentions"]) ||
		before[0]["intent"] != after[0]["intent"] || !reflect.DeepEqual(before[0]["notices"], after[0]["notices"]) {
		t.Errorf("found %v, told again %v", before, after)
	}
	ended, done := data(live, "chat_response"), data(again, "done")
	if len(ended) != 1 || len(done) != 1 || !reflect.DeepEqual(ended[0]["quotations"], done[0]["quotations"]) || !reflect.DeepEqual(ended[0]["usage"], done[0]["usage"]) {
		t.Fatalf("ended with %v, told again %v", ended, done)
	}
	if q := ended[0]["quotations"].([]any); len(q) != 1 || q[0].(map[string]any)["verified"] != false {
		t.Errorf("quotations %v", q)
	}

	kept := get[[]object](w, "GET", "/threads/"+turn.ThreadID+"/messages", nil)
	trace, _ := kept[1]["trace"].(map[string]any)
	if kept[0]["trace"] != nil || trace["provider"] != "openai" || trace["model"] == "" || len(trace["looks"].([]any)) != 2 ||
		!reflect.DeepEqual(trace["quotations"], ended[0]["quotations"]) || !reflect.DeepEqual(trace["mentions"], before[0]["mentions"]) {
		t.Errorf("kept %v", kept)
	}
}
