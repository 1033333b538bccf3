package llm

import "testing"

// TestBareChannels takes the thinking out of an answer whose channels a server left
// without their marks. Only the whole tells.
func TestBareChannels(t *testing.T) {
	for text, want := range map[string]string{
		"analysisThe user asks. secretassistantfinalyes":                     "yes",
		"analysisWe look. assistantcommentarysecret assistantfinal{\"a\":1}": `{"a":1}`,
		"My analysis: the assistantfinal stays.":                             "My analysis: the assistantfinal stays.",
		"analysis of it, assistantfinal":                                     "analysis of it, assistantfinal",
	} {
		if got := WithoutThinking(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestThinking(t *testing.T) {
	for text, want := range map[string]string{
		"yes":                               "yes",
		"<think>secret</think>\n\nyes":      "yes",
		"<THINK>secret</Think>yes":          "yes",
		"secret, secret</think>yes":         "yes",
		"secret</think>secret</think>yes":   "yes",
		"Hm. <think>secret</think>yes":      "Hm. yes",
		"<thinking>secret":                  "",
		"<reasoning>secret</reasoning> yes": "yes",
		"<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>yes<|return|>":                "yes",
		"<|channel|>commentary<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>yes":                        "yes",
		"<|start|>assistant<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>yes<|end|>": "yes",
		"<|channel|>final<|message|>yes":                                                             "yes",
		"<|START_THINKING|>secret<|END_THINKING|><|START_RESPONSE|>yes<|END_RESPONSE|>":              "yes",
		"<think>secret</think><answer>yes</answer>":                                                  "yes",
		"<|begin_of_thought|>secret<|end_of_thought|><|begin_of_solution|>yes<|end_of_solution|>\n":  "yes",
		`<details type="reasoning" done="true"><summary>Thought</summary>secret</details>` + "\nyes": "yes",
		"yes<|im_end|>":                                  "yes",
		"yes</s><|im_end|>\n":                            "yes",
		"a < b and <thin ice>":                           "a < b and <thin ice>",
		"I wrote </s> here":                              "I wrote </s> here",
		"◁think▷secret◁/think▷yes":                       "yes",
		"<|channel|>analysis<|message|>secret<|end|>yes": "yes",
		"<|channel|>analysis<|message|>secret<|channel|>final <|constrain|>json<|message|>yes<|return|>":                                  "yes",
		"<|start|>assistant<|channel|>commentary to=x <|constrain|>json<|message|>secret<|start|>assistant<|channel|>final<|message|>yes": "yes",
		"<|channel>thought\nsecret<channel|>yes<turn|>":                                                                                   "yes",
		"<inner_monologue>secret</inner_monologue>yes":                                                                                    "yes",
		`<chain-of-thought n="1">secret</chain-of-thought> yes`:                                                                           "yes",
		"<think hard>secret</think>yes":                                                                                                   "yes",
		"<|im_start|>assistant\nyes<|im_end|>":                                                                                            "yes",
		"<|start_header_id|>assistant<|end_header_id|>\n\nyes":                                                                            "yes",
		"<b>bold</b> and <i>more</i>":                                                                                                     "<b>bold</b> and <i>more</i>",
		"<hr class=x>":                                                                                                                    "<hr class=x>",
		"analysis of the day: the final page":                                                                                             "analysis of the day: the final page",
		"yes\x00\x00":                                                                                                                     "yes",
	} {
		for _, hold := range []bool{true, false} {
			for cut := range len(text) + 1 {
				f := Thinking{Hold: hold}
				got := f.Feed(text[:cut]) + f.Feed(text[cut:]) + f.End()
				if got != want && (hold || want != "yes" && want != "Hm. yes" || text[0] == '<' || text[0] == 'y') {
					t.Fatalf("%q cut at %d, hold %v: %q, want %q", text, cut, hold, got, want)
				}
			}
		}
		if got := WithoutThinking(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
