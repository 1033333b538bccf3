package llmtest

import (
	"encoding/json"
	"slices"
	"strings"
)

// secret is in everything that the oddities' models think: no task may show or
// keep it.
const secret = "SECRET THOUGHT"

// Oddity is a way in which some server or model answers.
type Oddity struct {
	Name string
	// Say returns what the model says in place of said, which is plain text, or
	// the JSON of an object if structured. Nil leaves it.
	Say func(said string, structured bool) string
	// Wire returns the body in place of the usual one. Nil leaves it; "" means
	// that the protocol or the form does not know the oddity.
	Wire func(b Body) string
	// Hang leaves the connection open behind the body.
	Hang bool
	// Fails is in the sentence of the failure; "" is an answer.
	Fails string
}

// Script plays an oddity. It reports false if the protocol, in this form, does
// not know it.
func (o Oddity) Script(protocol string, whole bool, said string, structured bool) (Script, bool) {
	if o.Say != nil {
		said = o.Say(said, structured)
	}
	b := Body{protocol, whole, said}
	body := b.usual()
	if o.Wire != nil {
		body = o.Wire(b)
	}
	s := Script{Body: body, Hang: o.Hang}
	if whole {
		s.Type = "application/json"
	}
	return s, body != ""
}

// Oddities are what all tasks must cope with.
var Oddities = slices.Concat([]Oddity{{Name: "usual"}}, spoken, wired, seen, failing)

// around puts text before and behind what is said.
func around(before, behind string) func(string, bool) string {
	return func(said string, _ bool) string { return before + said + behind }
}

// inJSON changes JSON, and leaves plain text.
func inJSON(change func(object string) string) func(string, bool) string {
	return func(said string, structured bool) string {
		if !structured {
			return said
		}
		return change(said)
	}
}

// field returns the property of an object that has the answer.
func field(object string) (name, text string) {
	var fields map[string]any
	_ = json.Unmarshal([]byte(object), &fields) // it was just made
	for _, name := range []string{"response", "analysis"} {
		if text, ok := fields[name].(string); ok {
			return name, text
		}
	}
	return "", ""
}

const thought = secret + ` about {"this"}. `

// spoken are the oddities of what models say.
var spoken = []Oddity{
	{Name: "think", Say: around("<think>\n"+thought+"\n</think>\n\n", "")},
	{Name: "empty think", Say: around("<think>\n\n</think>\n\n", "")},
	{Name: "think in capitals", Say: around("<THINK>"+thought+"</THINK>", "")},
	{Name: "two thinks", Say: around("<think>"+thought+"</think>\n<think>"+thought+"</think>", "")},
	{Name: "think without a beginning", Say: around("Let me see. "+thought+"</think>\n", "")},
	{Name: "words before thinking", Say: inJSON(func(o string) string { return "Okay.\n<think>" + thought + "</think>\n" + o })},
	{Name: "thinking behind", Say: inJSON(func(o string) string { return o + "\n<think>" + thought + "</think>" })},
	{Name: "a sea of white space", Say: inJSON(func(o string) string { return o + strings.Repeat(" \n", 60_000) })},
	{Name: "thinking", Say: around("<thinking>"+thought+"</thinking>", "")},
	{Name: "reasoning", Say: around("<reasoning>"+thought+"</reasoning>\n", "")},
	{Name: "thought", Say: around("<thought>"+thought+"</thought>", "")},
	{Name: "scratchpad", Say: around("<scratchpad>"+thought+"</scratchpad>", "")},
	{Name: "[THINK]", Say: around("[THINK]"+thought+"[/THINK]", "")},
	{Name: "◁think▷", Say: around("◁think▷"+thought+"◁/think▷", "")},
	{Name: "channels", Say: around("<|channel|>analysis<|message|>"+thought+"<|end|><|start|>assistant<|channel|>final<|message|>", "<|return|>")},
	{Name: "channels with commentary", Say: around("<|channel|>commentary<|message|>"+thought+"<|end|><|start|>assistant<|channel|>final<|message|>", "")},
	{Name: "the final channel alone", Say: around("<|channel|>final<|message|>", "<|end|>")},
	{Name: "thinking and response tokens", Say: around("<|START_THINKING|>"+thought+"<|END_THINKING|><|START_RESPONSE|>", "<|END_RESPONSE|>")},
	{Name: "thought and solution tokens", Say: around("<|begin_of_thought|>"+thought+"<|end_of_thought|>\n<|begin_of_solution|>", "<|end_of_solution|>")},
	{Name: "details", Say: around(`<details type="reasoning" done="true"><summary>Thought</summary>`+thought+"</details>\n", "")},
	{Name: "think and answer tags", Say: around("<think>"+thought+"</think><answer>", "</answer>")},
	{Name: "end tokens", Say: around("", "</s><|im_end|>")},
	{Name: "end of turn", Say: around("", "<end_of_turn>\n")},
	{Name: "white space", Say: around("\n\n  ", "\n \n")},
	{Name: "fence", Say: around("```json\n", "\n```")},
	{Name: "fence without a language", Say: around("```\n", "\n```\n")},
	{Name: "words before", Say: inJSON(func(o string) string { return "Sure! Here is what you asked for:\n\n" + o })},
	{Name: "words behind", Say: inJSON(func(o string) string { return o + "\n\nLet me know if you need more." })},
	{Name: "words around a fence", Say: inJSON(func(o string) string {
		return "Here is the JSON {as asked}:\n\n```json\n" + o + "\n```\nHope this helps!"
	})},
	{Name: "twice", Say: inJSON(func(o string) string { return o + "\n" + o })},
	{Name: "another object first", Say: inJSON(func(o string) string { return `{"plan":5} ` + o })},
	{Name: "in an array", Say: inJSON(func(o string) string { return "[" + o + "]" })},
	{Name: "in another object", Say: inJSON(func(o string) string { return `{"result":` + o + `}` })},
	{Name: "as a call in the text", Say: inJSON(func(o string) string { return `<tool_call>{"name":"json","arguments":` + o + `}</tool_call>` })},
	{Name: "another property", Say: inJSON(func(o string) string { return strings.TrimSuffix(o, "}") + `,"confidence":0.9}` })},
	{Name: "thinking in a property", Say: inJSON(func(o string) string { return `{"thinking":"` + secret + `",` + strings.TrimPrefix(o, "{") })},
	{Name: "in a string", Say: inJSON(quote)},
	{Name: "raw newlines", Say: inJSON(func(o string) string { return strings.ReplaceAll(o, `\n`, "\n") })},
	{Name: "unescaped quotes", Say: inJSON(func(o string) string { return strings.ReplaceAll(o, `\"`, `"`) })},
	{Name: "escapes that JSON lacks", Say: inJSON(func(o string) string { return strings.ReplaceAll(o, "'", `\'`) })},
	{Name: "escaped letters", Say: inJSON(func(o string) string { return strings.ReplaceAll(o, "S", `\u0053`) })},
	{Name: "trailing comma", Say: inJSON(func(o string) string { return strings.TrimSuffix(o, "}") + ",}" })},
	{Name: "comment", Say: inJSON(func(o string) string { return "{ // the answer\n" + strings.TrimPrefix(o, "{") })},
	{Name: "no end", Say: inJSON(func(o string) string { return strings.TrimSuffix(o, "}") })},
	{Name: "bare keys", Say: inJSON(func(o string) string {
		name, _ := field(o)
		return strings.Replace(o, `"`+name+`":`, name+": ", 1)
	})},
	{Name: "key in capitals", Say: inJSON(func(o string) string {
		name, _ := field(o)
		return strings.Replace(o, `"`+name+`"`, `"`+strings.ToUpper(name[:1])+name[1:]+`"`, 1)
	})},
	{Name: "a list of parts", Say: inJSON(func(o string) string {
		name, text := field(o)
		return strings.Replace(o, quote(text), `[{"type":"text","text":`+quote(text)+`}]`, 1) + strings.Repeat(" ", len(name))
	})},
	{Name: "prose", Say: inJSON(func(o string) string { _, text := field(o); return text })},
	{Name: "prose behind a label", Say: inJSON(func(o string) string { _, text := field(o); return "**Answer:** " + text })},
	{Name: "prose in tags", Say: inJSON(func(o string) string { _, text := field(o); return "<response>\n" + text + "\n</response>" })},
	{Name: "prose behind thinking", Say: inJSON(func(o string) string { _, text := field(o); return "<think>" + thought + "</think>\n\n" + text })},
	{Name: "prose in a string", Say: inJSON(func(o string) string { _, text := field(o); return quote(text) })},
}

// streamed changes the body of a stream, and leaves what is whole.
func streamed(change func(b Body, body string) string) func(Body) string {
	return func(b Body) string {
		if b.Whole {
			return b.usual()
		}
		return change(b, b.usual())
	}
}

// only is an oddity of one protocol.
func only(protocol string, wire func(b Body) string) func(Body) string {
	return func(b Body) string {
		if b.Protocol != protocol {
			return ""
		}
		return wire(b)
	}
}

// contents writes the content of messages and deltas in another form.
func contents(form func(text string) string) func(Body) string {
	return func(b Body) string {
		if b.Whole {
			return b.whole(form(b.Text), b.stop())
		}
		var events []string
		for _, piece := range Split(b.Text, 9) {
			events = append(events, b.delta(form(piece)))
		}
		return b.stream(append(events, b.end(b.stop()), b.usage()))
	}
}

// replaced replaces text in a body.
func replaced(pairs ...string) func(Body) string {
	return func(b Body) string { return strings.NewReplacer(pairs...).Replace(b.usual()) }
}

// first puts an event before all others.
func first(event func(b Body) string) func(Body) string {
	return streamed(func(b Body, body string) string {
		if e := event(b); e != "" {
			return "data: " + e + "\n\n" + body
		}
		return ""
	})
}

// thinkingOf is an event, or a part of an answer, with thinking of its own.
func thinkingOf(b Body) string {
	return map[string]string{
		"openai":    `{"choices":[{"index":0,"delta":{"content":"","reasoning_content":"` + secret + `","reasoning":"` + secret + `"}}]}`,
		"anthropic": `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"` + secret + `"}}`,
		"gemini":    `{"candidates":[{"content":{"parts":[{"text":"` + secret + `","thought":true}]}}]}`,
	}[b.Protocol]
}

// wired are the oddities of the way.
var wired = []Oddity{
	{Name: "CRLF", Wire: streamed(func(_ Body, body string) string { return strings.ReplaceAll(body, "\n", "\r\n") })},
	{Name: "no space behind the colon", Wire: streamed(func(_ Body, body string) string { return strings.ReplaceAll(body, "data: ", "data:") })},
	{Name: "keep-alives", Wire: streamed(func(_ Body, body string) string { return ": PROCESSING\n\n:\n\n" + body })},
	{Name: "comments as data", Wire: streamed(func(_ Body, body string) string { return "data: : PROCESSING\n\n" + body })},
	{Name: "empty events", Wire: streamed(func(_ Body, body string) string { return "data:\n\nevent: ping\ndata: \n\ndata: {}\n\n" + body })},
	{Name: "a byte order mark", Wire: func(b Body) string { return "\ufeff" + b.usual() }},
	{Name: "blank lines first", Wire: func(b Body) string { return "\r\n\n" + b.usual() }},
	{Name: "no announced end", Wire: streamed(func(_ Body, body string) string {
		body = strings.ReplaceAll(body, "data: [DONE]\n\n", "")
		return strings.ReplaceAll(body, `data: {"type":"message_stop"}`+"\n\n", "")
	})},
	{Name: "no last blank line", Wire: streamed(func(_ Body, body string) string { return strings.TrimSpace(body) })},
	{Name: "a connection left open", Hang: true},
	{Name: "one large event", Wire: streamed(func(b Body, _ string) string {
		return b.stream([]string{b.delta(quote(b.Text)), b.end(b.stop()), b.usage()})
	})},
	{Name: "letter by letter", Wire: streamed(func(b Body, _ string) string {
		var events []string
		for _, r := range b.Text {
			events = append(events, b.delta(quote(string(r))))
		}
		return b.stream(append(events, b.end(b.stop()), b.usage()))
	})},
	{Name: "usage of strings", Wire: replaced(`:10`, `:"10"`, `:5`, `:"5"`)},
	{Name: "usage of fractions", Wire: replaced(`:10`, `:10.5`, `:5`, `:5.0`)},
	{Name: "usage of a list", Wire: replaced(`"usage":{`, `"usage":[1],"x":{`, `"usageMetadata":{`, `"usageMetadata":"none","x":{`)},
	{Name: "no usage", Wire: replaced(`,"usage":{"output_tokens":5}`, ``, `"usage":{"prompt_tokens":10,"completion_tokens":5}`, `"x":0`, `"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5}`, `"x":0`)},
	{Name: "an incomplete beginning", Wire: only("anthropic", first(func(Body) string {
		return `{"type":"message_start","message":{"id":"m","usage":{"input_tokens":null}}}`
	}))},
	{Name: "empty reasons before the last", Wire: only("openai", replaced(`"finish_reason":null`, `"finish_reason":""`))},
	{Name: "a message in place of deltas", Wire: only("openai", streamed(func(_ Body, body string) string {
		return strings.ReplaceAll(body, `"delta":{"content"`, `"message":{"content"`)
	}))},
	{Name: "usage of null", Wire: replaced(`"usage":{`, `"usage":null,"x":{`, `"usageMetadata":{`, `"usageMetadata":null,"x":{`)},
	{Name: "unknown fields", Wire: replaced(`"index":0`, `"index":0,"logprobs":{"a":[1]},"x":null`, `{"choices"`, `{"id":7,"created":"now","model":null,"choices"`)},
	{Name: "index as a string", Wire: replaced(`"index":0`, `"index":"0"`)},
	{Name: "the reason beside the text", Wire: streamed(func(b Body, _ string) string {
		return map[string]string{
			"openai":    `data: {"choices":[{"delta":{"content":` + quote(b.Text) + `},"finish_reason":"stop"}]}` + "\n\n",
			"gemini":    `data: {"candidates":[{"content":{"parts":[{"text":` + quote(b.Text) + `}]},"finishReason":"STOP"}]}` + "\n\n",
			"anthropic": b.usual(),
		}[b.Protocol]
	})},
	{Name: "garbage behind the end", Wire: streamed(func(_ Body, body string) string { return body + "data: {bro\n\n" })},
	{Name: "an error behind the end", Wire: streamed(func(b Body, body string) string {
		return strings.Replace(body, "data: "+b.usage()+"\n\n", "data: "+b.usage()+"\n\n"+`data: {"type":"error","error":{"message":"usage failed"}}`+"\n\n", 1)
	})},
	{Name: "thinking beside", Wire: first(thinkingOf)},
	{Name: "a first event without text", Wire: first(func(b Body) string {
		return map[string]string{
			"openai":    `{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}`,
			"anthropic": `{"type":"message_start","message":{"id":"m","content":[],"stop_reason":null,"usage":{"input_tokens":9}}}`,
			"gemini":    `{"candidates":[{"content":{"role":"model"}}],"modelVersion":"x"}`,
		}[b.Protocol]
	})},
	{Name: "a role alone", Wire: first(func(b Body) string {
		return map[string]string{
			"openai": `{"choices":[{"delta":{"role":"assistant"}}]}`, "anthropic": `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			"gemini": `{"candidates":[{"content":{"role":"model","parts":[]}}]}`,
		}[b.Protocol]
	})},
	{Name: "an unknown event", Wire: first(func(Body) string { return `{"type":"something_new","object":"x","data":[1]}` })},
	{Name: "content in parts", Wire: only("openai", contents(func(text string) string { return `[{"type":"text","text":` + quote(text) + `}]` }))},
	{Name: "content in strings", Wire: only("openai", contents(func(text string) string { return `[` + quote(text) + `]` }))},
	{Name: "content of an object", Wire: only("openai", contents(func(text string) string { return `{"type":"text","text":` + quote(text) + `}` }))},
	{Name: "thinking in parts", Wire: only("openai", contents(func(text string) string {
		return `[{"type":"thinking","thinking":[{"type":"text","text":"` + secret + `"}]},{"type":"text","text":` + quote(text) + `}]`
	}))},
	{Name: "parts that are strings", Wire: only("gemini", func(b Body) string {
		piece := `{"candidates":[{"content":{"parts":[` + quote(b.Text) + `]},"finishReason":"STOP"}]}`
		if b.Whole {
			return piece
		}
		return b.stream([]string{piece, b.usage()})
	})},
	{Name: "whole, in an array", Wire: only("gemini", func(b Body) string { return "[" + b.whole(quote(b.Text), "STOP") + "]" })},
	{Name: "whole, pretty", Wire: func(b Body) string {
		var v any
		_ = json.Unmarshal([]byte(b.whole(quote(b.Text), b.stop())), &v) // it was just made
		data, _ := json.MarshalIndent(v, "", "  ")
		return string(data) + "\n"
	}},
	{Name: "whole, without a reason", Wire: func(b Body) string {
		if b.Protocol == "gemini" {
			return ""
		}
		return strings.NewReplacer(`"finish_reason":"stop"`, `"finish_reason":null`, `"stop_reason":"end_turn"`, `"stop_reason":null`).Replace(b.whole(quote(b.Text), b.stop()))
	}},
	{Name: "a value a line", Wire: only("openai", func(b Body) string { return strings.Join(b.events("stop"), "\n") + "\n" })},
	{Name: "reason in other letters", Wire: only("openai", replaced(`"stop"`, `"STOP"`))},
	{Name: "reason eos", Wire: only("openai", replaced(`"stop"`, `"eos"`))},
	{Name: "an error of null", Wire: replaced(`{"choices"`, `{"error":null,"choices"`, `{"type":"message"`, `{"error":null,"type":"message"`, `{"candidates"`, `{"error":null,"candidates"`)},
	{Name: "the answer by a tool", Wire: func(b Body) string {
		if !strings.HasPrefix(b.Text, "{") || !b.Whole {
			return b.usual()
		}
		return map[string]string{
			"openai":    `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"json","arguments":` + quote(b.Text) + `}}]},"finish_reason":"tool_calls"}]}`,
			"anthropic": `{"type":"message","content":[{"type":"tool_use","id":"a","name":"json","input":` + b.Text + `}],"stop_reason":"tool_use"}`,
			"gemini":    `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"json","args":` + b.Text + `}}]},"finishReason":"STOP"}]}`,
		}[b.Protocol]
	}},
}

// ending ends a body early, or for another reason.
func ending(reason string) func(Body) string {
	return func(b Body) string {
		if b.Whole {
			return b.whole(quote(b.Text), reason)
		}
		return b.stream(b.events(reason))
	}
}

// failing are answers that are none.
var failing = []Oddity{
	{Name: "a web page", Wire: func(Body) string { return "<html><body>Please log in</body></html>" }, Fails: "web page"},
	{Name: "an error inside", Wire: func(Body) string {
		return `{"error":{"message":"Rate limit exceeded: free-models-per-day","code":429,"status":"RESOURCE_EXHAUSTED"}}`
	}, Fails: "too much"},
	{Name: "no credit inside", Wire: func(Body) string {
		return `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}`
	}, Fails: "quota"},
	{Name: "no end", Wire: func(b Body) string {
		body := b.usual()
		return body[:len(body)/2]
	}, Fails: " "},
	{Name: "an unknown reason", Wire: ending("abort"), Fails: "early"},
	{Name: "resources", Wire: ending("insufficient_system_resource"), Fails: "early"},
	{Name: "an error with its choice", Wire: only("openai", func(b Body) string {
		piece := `{"id":"gen","error":{"code":502,"message":"Provider returned error","metadata":{"error_type":"provider_unavailable"}},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}`
		if b.Whole {
			return piece
		}
		return b.stream([]string{b.delta(quote("{")), piece})
	}), Fails: " "},
	{Name: "a call that went wrong", Wire: only("gemini", ending("UNEXPECTED_TOOL_CALL")), Fails: "early"},
	{Name: "an event named error", Wire: only("openai", func(b Body) string {
		if b.Whole {
			return `{"error":"The model has crashed without additional information. (Exit code: 6)"}`
		}
		return "event: error\ndata: " + `{"error":{"message":"The model has crashed without additional information. (Exit code: 6)"}}` + "\n\n"
	}), Fails: " "},
	{Name: "a pause", Wire: ending("pause_turn"), Fails: "early"},
	{Name: "nothing", Say: func(string, bool) string { return "" }, Fails: " "},
	{Name: "thinking alone", Say: func(string, bool) string { return "<think>" + thought }, Fails: " "},
	{Name: "an empty body", Wire: func(Body) string { return "\n\n" }, Fails: "broke off"},
}
