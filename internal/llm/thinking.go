package llm

import (
	"regexp"
	"strings"
)

// thinkingTags are the tags around a model's thinking, in lower case. Some servers
// leave it in the answer.
var thinkingTags = [][2]string{
	{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}, {"<thoughts>", "</thoughts>"},
	{"<reasoning>", "</reasoning>"}, {"<reason>", "</reason>"}, {"<reflection>", "</reflection>"}, {"<scratchpad>", "</scratchpad>"},
	{"<seed:think>", "</seed:think>"}, {"[think]", "[/think]"}, {"◁think▷", "◁/think▷"},
	{"<|start_thinking|>", "<|end_thinking|>"}, {"<|begin_of_thought|>", "<|end_of_thought|>"}, {"<|thinking|>", "<|/thinking|>"},
	{"<unused94>", "<unused95>"}, {`<details type="reasoning"`, "</details>"},
	{"<|channel>thought", "<channel|>"},
}

// namedThinking matches other tags that are named after thinking.
var namedThinking = regexp.MustCompile(`^<((?:[a-z]+[_:-])*(?:think|thinking|thoughts?|reason|reasoning|monologue|reflection|scratchpad|deliberation)(?:[_:-][a-z]+)*)(?:\s[^<>]*)?>`)

// header matches the header of a message in the harmony format; its group is the
// channel. All channels but the final one are thinking.
var (
	header  = regexp.MustCompile(`^(?:<\|start\|>[a-z]+)?<\|channel\|>\s*([a-z]+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>`)
	headers = []string{"<|start|>", "<|channel|>"}
)

// messageEnds end the thinking of a message of the harmony format, in lower case. The
// last two begin the next message.
var messageEnds = []string{"<|end|>", "<|return|>", "<|start|>", "<|channel|>"}

// endOfMessage represents any of messageEnds.
const endOfMessage = "<|end|>"

// answerTags begin an answer and are not part of it, in lower case.
var answerTags = []string{
	"<|start_response|>", "<|begin_of_solution|>", "<|begin_of_box|>", "<answer>",
	"<|im_start|>assistant", "<|start_header_id|>assistant<|end_header_id|>", "<start_of_turn>model", "<|turn>model", "<|assistant|>",
	"<｜assistant｜>", "<|begin_of_text|>", "<bos>", "[/inst]",
}

// endTags end an answer and are not part of it, in lower case.
var endTags = []string{
	"<|end|>", "<|return|>", "<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "<|end_response|>", "<|end_of_solution|>",
	"<|end_of_box|>", "<end_of_turn>", "</s>", "</answer>", "<|eom_id|>", "<|end_of_turn|>", "<turn|>", "<eos>", "<|call|>", "<｜end▁of▁sentence｜>",
}

// maxHeld is the most text to hold back until its kind is known, in bytes.
const maxHeld = 1 << 20

// Thinking removes a model's thinking, and the tags of its template, from the text
// of its answer. Thinking comes first; once the answer has begun, it is passed on
// unchanged.
type Thinking struct {
	// Hold holds all text back until the answer is complete, unless it is JSON.
	// Some servers omit the tag that begins the thinking, so only the one that ends
	// it shows that there was any.
	Hold bool

	held   string // not yet known to be either
	seen   int    // bytes of held that were searched for the end of thinking
	until  string // the tag that ends the thinking, "" outside of it
	behind bool   // a tag was taken out
	passed bool   // the answer has begun
	tail   string // of the answer, that may be the beginning of an end tag
}

// WithoutThinking returns the answer that is in the whole text of a model.
func WithoutThinking(text string) string {
	t := Thinking{Hold: true}
	return t.Feed(text) + t.End()
}

// Feed takes a piece of text. It returns the part of it, and of the text held back
// before, that belongs to the answer.
func (t *Thinking) Feed(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	if t.passed {
		return t.withoutEnd(text)
	}
	t.held += text
	for {
		if t.until != "" {
			if !t.leave() {
				return ""
			}
			continue
		}
		begun := strings.TrimLeft(t.held, " \t\r\n")
		if begun == "" {
			return ""
		}
		tag, until, partly := opening(begun)
		switch {
		case tag != "":
			t.held, t.until, t.behind = begun[len(tag):], until, true
			continue
		case partly:
			return ""
		}
		if t.Hold && !strings.ContainsRune("{\"`[", rune(begun[0])) && len(t.held) < maxHeld {
			if t.orphan() {
				continue
			}
			return ""
		}
		return t.release()
	}
}

// opening returns the tag that text begins with, and the tag that ends the
// thinking, which is "" if the first begins the answer. Partly means that text may
// be the beginning of a tag.
func opening(text string) (tag, until string, partly bool) {
	start := strings.ToLower(text[:min(len(text), longestTag)])
	for _, tags := range thinkingTags {
		if strings.HasPrefix(start, tags[0]) {
			return tags[0], tags[1], false
		}
		partly = partly || strings.HasPrefix(tags[0], start)
	}
	for _, tag := range answerTags {
		if strings.HasPrefix(start, tag) {
			return tag, "", false
		}
		partly = partly || strings.HasPrefix(tag, start)
	}
	if m := namedThinking.FindStringSubmatch(start); m != nil {
		return m[0], "</" + m[1] + ">", false
	}
	tag, until, inHeader := openingMessage(strings.ToLower(text[:min(len(text), longestHeader)]))
	inTag := unclosed.MatchString(start) && len(start) < longestTag
	return tag, until, partly || inHeader || inTag
}

// unclosed matches what may become a tag that namedThinking matches.
var unclosed = regexp.MustCompile(`^<[a-z_:-]*(\s[^<>]*)?$`)

// openingMessage does the same as opening for the harmony format.
func openingMessage(start string) (tag, until string, partly bool) {
	if m := header.FindStringSubmatch(start); m != nil {
		if m[1] == "final" {
			return m[0], "", false
		}
		return m[0], endOfMessage, false
	}
	for _, h := range headers {
		inHeader := strings.HasPrefix(start, h) && len(start) < longestHeader
		partly = partly || inHeader || strings.HasPrefix(h, start)
	}
	return "", "", partly
}

// index is strings.Index for a tag in lower case.
func index(text, tag string) int {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], tag[0])
		if i < 0 {
			return -1
		}
		from += i
		if rest := text[from:]; len(rest) >= len(tag) && strings.EqualFold(rest[:len(tag)], tag) {
			return from
		}
		from++
	}
}

// leave drops the thinking, and reports whether it has ended.
func (t *Thinking) leave() bool {
	if t.until == endOfMessage {
		return t.leaveMessage()
	}
	if i := index(t.held, t.until); i >= 0 {
		t.held, t.until = t.held[i+len(t.until):], ""
		return true
	}
	t.held = t.held[max(0, len(t.held)-len(t.until)+1):]
	return false
}

// leaveMessage does the same as leave for the harmony format, in which a message may
// begin without the end of the one before.
func (t *Thinking) leaveMessage() bool {
	none := len(t.held)
	first, length := none, 0
	for i, tag := range messageEnds {
		if at := index(t.held, tag); at >= 0 && at < first {
			first, length = at, len(tag)
			if i >= 2 {
				length = 0
			}
		}
	}
	if first == none {
		t.held = t.held[max(0, len(t.held)-len("<|channel|>")+1):]
		return false
	}
	t.held, t.until = t.held[first+length:], ""
	return true
}

// bareChannels matches thinking in the harmony format whose marks a server dropped.
var bareChannels = regexp.MustCompile(`^\s*(?:analysis|commentary)\S(?s:.*?)assistant\s*final`)

// orphan drops thinking from the held text that does not begin with its tag:
// everything up to the tag that ends it, or from the one that begins it.
func (t *Thinking) orphan() bool {
	from := max(0, t.seen-longestTag)
	t.seen = len(t.held)
	if strings.Contains(t.held[from:], "final") {
		if dropped := bareChannels.FindString(t.held); dropped != "" {
			t.held, t.seen, t.behind = t.held[len(dropped):], 0, true
			return true
		}
	}
	for _, tags := range thinkingTags {
		if i := index(t.held[from:], tags[1]); i >= 0 {
			end := from + i
			before := ""
			if begin := index(t.held[:end], tags[0]); begin >= 0 {
				before = t.held[:begin]
			}
			t.held, t.seen, t.behind = before+t.held[end+len(tags[1]):], 0, true
			return true
		}
	}
	return false
}

// longestTag is the length of the longest tag, and longestHeader that of the longest
// header of the harmony format, in bytes.
const (
	longestTag    = 64
	longestHeader = 160
)

// release passes on what was held back.
func (t *Thinking) release() string {
	text := t.held
	if t.behind {
		text = strings.TrimLeft(text, " \t\r\n")
	}
	t.held, t.passed = "", true
	return t.withoutEnd(text)
}

// withoutEnd holds back what may be end tags.
func (t *Thinking) withoutEnd(text string) string {
	text = t.tail + text
	t.tail = ""
	i := strings.LastIndexByte(text, '<')
	if i < 0 || len(text)-i > longestTag {
		return text
	}
	start := strings.ToLower(strings.TrimRight(text[i:], " \t\r\n"))
	for _, tag := range endTags {
		if strings.HasPrefix(tag, start) {
			i = len(cutEndTags(text[:i]))
			t.tail = text[i:]
			return text[:i]
		}
	}
	return text
}

// cutEndTags returns text without the tags at its end.
func cutEndTags(text string) string {
	for {
		trimmed := strings.TrimRight(text, " \t\r\n")
		cut := trimmed
		for _, tag := range endTags {
			if n := len(cut) - len(tag); n >= 0 && strings.EqualFold(cut[n:], tag) {
				cut = cut[:n]
				break
			}
		}
		if len(cut) == len(trimmed) {
			return text
		}
		text = cut
	}
}

// End returns what is still held back when the answer is complete.
func (t *Thinking) End() string {
	text := ""
	if t.until == "" && !t.passed {
		text = t.release()
	}
	return text + cutEndTags(t.tail)
}

// Tagged reports whether a tag was taken out.
func (t *Thinking) Tagged() bool { return t.behind }
