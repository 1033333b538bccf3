package llmtest

import (
	"encoding/json"
	"strings"
)

// each changes every event of a stream, and leaves what is whole.
func each(change func(b Body, event string, last bool) []string) func(Body) string {
	return func(b Body) string {
		if b.Whole {
			return b.usual()
		}
		var out []string
		events := b.events(b.stop())
		for i, e := range events {
			out = append(out, change(b, e, i >= len(events)-2)...)
		}
		return b.stream(out)
	}
}

// raw changes the text of a stream's body, and leaves what is whole.
func raw(pairs ...string) func(Body) string {
	return streamed(func(_ Body, body string) string { return strings.NewReplacer(pairs...).Replace(body) })
}

// seen are oddities that people reported of servers and gateways.
var seen = []Oddity{
	// What models and their templates say.
	{Name: "channels without marks", Say: around("analysis"+thought+"assistantfinal", "")},
	{Name: "channels with a form", Say: around("<|channel|>analysis<|message|>"+thought+"<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>", "<|return|>")},
	{Name: "channels and comments", Say: around("<|channel|>commentary<|message|>"+thought+"<|end|><|start|>assistant<|channel|>analysis<|message|>"+thought+"<|end|><|start|>assistant<|channel|>final<|message|>", "")},
	{Name: "thinking ends and the answer follows", Say: around("<|channel|>analysis<|message|>"+thought+"<|end|>", "")},
	{Name: "channel of thought", Say: around("<|channel>thought\n"+thought+"<channel|>", "")},
	{Name: "tags with attributes", Say: around(`<think type="long">`+thought+"</think>", "")},
	{Name: "a thought named otherwise", Say: around("<internal_monologue>"+thought+"</internal_monologue>\n", "")},
	{Name: "a role first", Say: around("<|im_start|>assistant\n", "<|im_end|>")},
	{Name: "a header first", Say: around("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>")},
	{Name: "the end of instructions first", Say: around("[/INST] ", "")},
	{Name: "objects of Python", Say: inJSON(python)},
	{Name: "typographic quotes", Say: inJSON(func(o string) string {
		name, text := field(o)
		return strings.NewReplacer(quote(name)+":"+quote(text), "“"+name+"”: “"+strings.ReplaceAll(strings.Trim(quote(text), `"`), `\"`, `"`)+"”").Replace(o)
	})},
	{Name: "twice in a string", Say: inJSON(func(o string) string { return quote(quote(o)) })},
	{Name: "typographic quotes around names", Say: inJSON(func(o string) string {
		name, _ := field(o)
		return strings.Replace(o, quote(name), "“"+name+"”", 1)
	})},
	{Name: "a call as an object", Say: inJSON(func(o string) string { return `{"type":"function","name":"json","parameters":` + o + `}` })},
	{Name: "inside of the schema", Say: inJSON(func(o string) string { return `{"type":"object","properties":` + o + `}` })},
	{Name: "a fence of five", Say: around("`````json\n", "\n`````")},
	{Name: "fence in capitals", Say: around("```JSON\n", "\n```")},
	{Name: "json in front", Say: inJSON(func(o string) string { return "json\n" + o })},
	{Name: "NUL behind", Say: around("", "\x00\x00")},

	// What gateways do on the way.
	{Name: "CR alone", Wire: streamed(func(_ Body, body string) string { return strings.ReplaceAll(body, "\n", "\r") })},
	{Name: "data twice", Wire: raw("data: ", "data: data: ")},
	{Name: "ids and retries", Wire: raw("data: ", "id: 7\nretry: 500\nevent: message\ndata: ")},
	{Name: "events named otherwise", Wire: raw("data: ", "event: chunk\ndata: ")},
	{Name: "one newline between events", Wire: raw("\n\n", "\n")},
	{Name: "the end without brackets", Wire: raw("data: [DONE]", "data: DONE")},
	{Name: "the end in quotes", Wire: raw("data: [DONE]", `data: "[DONE]"`)},
	{Name: "a reason in every event", Wire: only("openai", raw(`"finish_reason":null`, `"finish_reason":"stop"`))},
	{Name: "reasons in words", Wire: only("openai", raw(`"finish_reason":null`, `"finish_reason":"null"`))},
	{Name: "STOP in every event", Wire: only("gemini", raw(`]}}]}`, `]},"finishReason":"STOP"}]}`))},
	{Name: "unspecified reasons", Wire: only("gemini", raw(`]}}]}`, `]},"finishReason":"FINISH_REASON_UNSPECIFIED"}]}`))},
	{Name: "a delta of null at the end", Wire: only("openai", raw(`"delta":{},`, `"delta":null,`))},
	{Name: "filters between", Wire: only("openai", each(func(_ Body, e string, _ bool) []string {
		return []string{`{"id":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false}},"content_filter_offsets":{"check_offset":44}}]}`, e}
	}))},
	{Name: "filters behind the end", Wire: only("openai", streamed(func(b Body, _ string) string {
		return b.stream(append(b.events(b.stop()), `{"id":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false}}}]}`))
	}))},
	{Name: "choices of null", Wire: only("openai", first(func(Body) string { return `{"choices":null,"usage":null}` }))},
	{Name: "usage in every event", Wire: only("openai", raw(`"finish_reason":null}]`, `"finish_reason":null}],"usage":{"prompt_tokens":10,"completion_tokens":1}`))},
	{Name: "thinking in a list of details", Wire: only("openai", first(func(Body) string {
		return `{"choices":[{"delta":{"role":"assistant","content":"","reasoning":null,"reasoning_details":[{"type":"reasoning.text","text":"` + secret + `","format":"unknown","index":0}]}}]}`
	}))},
	{Name: "thinking as an object", Wire: only("openai", first(func(Body) string {
		return `{"choices":[{"delta":{"content":null,"reasoning":{"content":"` + secret + `"},"thinking":{"text":"` + secret + `"}}}]}`
	}))},
	{Name: "thinking in a part named otherwise", Wire: only("openai", contents(func(text string) string {
		return `[{"type":"reasoning","text":"` + secret + `"},{"type":"reasoning_text","text":"` + secret + `"},{"type":"output_text","text":` + quote(text) + `}]`
	}))},
	{Name: "text of a completion", Wire: only("openai", streamed(func(b Body, body string) string {
		return strings.NewReplacer(`"delta":{"content":`, `"text":`, `},"finish_reason":null`, `,"finish_reason":null`, `"delta":{},`, `"text":"",`).Replace(body)
	}))},
	{Name: "an end that was announced alone", Wire: only("openai", func(b Body) string {
		if b.Whole || !strings.HasPrefix(b.Text, "{") || !strings.HasSuffix(b.Text, "}") {
			return b.usual()
		}
		return strings.Replace(b.usual(), `"finish_reason":"stop"`, `"finish_reason":null`, 1)
	})},
	{Name: "text in the block's start", Wire: only("anthropic", streamed(func(b Body, _ string) string {
		half := len(b.Text) / 2
		for half > 0 && b.Text[half]&0xC0 == 0x80 {
			half--
		}
		return b.stream([]string{
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":` + quote(b.Text[:half]) + `}}`,
			b.delta(quote(b.Text[half:])), b.end("end_turn"), b.usage(),
		})
	}))},
	{Name: "thinking in the block's start", Wire: only("anthropic", first(func(Body) string {
		return `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"` + secret + `","text":"` + secret + `"}}`
	}))},
	{Name: "hidden thinking", Wire: only("anthropic", first(func(Body) string {
		return `{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"` + secret + `"}}`
	}))},
	{Name: "a reason of the other protocol", Wire: only("anthropic", replaced(`"end_turn"`, `"stop"`))},
	{Name: "deltas without a type", Wire: only("anthropic", raw(`"type":"text_delta",`, ``))},
	{Name: "a list of chunks", Wire: only("gemini", func(b Body) string {
		if b.Whole {
			return b.usual()
		}
		return "[" + strings.Join(b.events("STOP"), "\n,\n") + "]\n"
	})},
	{Name: "thoughts marked in words", Wire: only("gemini", first(func(Body) string {
		return `{"candidates":[{"content":{"parts":[{"text":"` + secret + `","thought":"true"}]}}]}`
	}))},
	{Name: "candidates of null", Wire: only("gemini", first(func(Body) string { return `{"candidates":null,"usageMetadata":{"promptTokenCount":3}}` }))},

	// Failures.
	{Name: "an error in a field of its own", Wire: only("openai", func(b Body) string {
		failed := `{"code":500,"message":"Internal Server Error","type":"server_error"}`
		if b.Whole {
			return `{"error":` + failed + `}`
		}
		return "data: " + b.delta(quote("{")) + "\n\nerror: " + failed + "\n\n"
	}), Fails: " "},
	{Name: "an error as text", Wire: only("openai", func(b Body) string {
		if b.Whole {
			return `{"error":"Rate limit exceeded, please try again later"}`
		}
		return b.stream([]string{`{"error":"Rate limit exceeded, please try again later"}`})
	}), Fails: " "},
	{Name: "too long, inside", Wire: func(Body) string {
		return `{"type":"error","error":{"type":"invalid_request_error","message":"This model's maximum context length is 4096 tokens."}}`
	}, Fails: "too long"},
	{Name: "a reason of error", Wire: ending("error"), Fails: "early"},
	{Name: "a choice of null", Wire: only("openai", func(b Body) string {
		if b.Whole {
			return `{"choices":[null]}`
		}
		return b.stream([]string{`{"choices":[null]}`})
	}), Fails: " "},
}

// python writes an object as Python prints it.
func python(object string) string {
	var v map[string]any
	if json.Unmarshal([]byte(object), &v) != nil {
		return object
	}
	var parts []string
	var write func(any) string
	write = func(v any) string {
		switch v := v.(type) {
		case string:
			text := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(v)
			if strings.Contains(v, "'") && !strings.Contains(v, `"`) {
				return `"` + text + `"`
			}
			return "'" + strings.ReplaceAll(text, "'", `\'`) + "'"
		case bool:
			return map[bool]string{true: "True", false: "False"}[v]
		case nil:
			return "None"
		case []any:
			var items []string
			for _, item := range v {
				items = append(items, write(item))
			}
			return "[" + strings.Join(items, ", ") + "]"
		}
		data, _ := json.Marshal(v) // it was read from JSON
		return string(data)
	}
	for name, value := range v {
		parts = append(parts, write(name)+": "+write(value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
