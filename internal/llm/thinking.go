package llm

import (
	"regexp"
	"strings"
)

// thinkingTags are what models put around their thinking when the server does
// not take it out of the answer, in lower case.
var thinkingTags = [][2]string{
	{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}, {"<thoughts>", "</thoughts>"},
	{"<reasoning>", "</reasoning>"}, {"<reason>", "</reason>"}, {"<reflection>", "</reflection>"}, {"<scratchpad>", "</scratchpad>"},
	{"<seed:think>", "</seed:think>"}, {"[think]", "[/think]"}, {"◁think▷", "◁/think▷"},
	{"<|start_thinking|>", "<|end_thinking|>"}, {"<|begin_of_thought|>", "<|end_of_thought|>"}, {"<|thinking|>", "<|/thinking|>"},
	{"<unused94>", "<unused95>"}, {`<details type="reasoning"`, "</details>"},
	{"<|channel>thought", "<channel|>"},
}

// namedThinking matches other tags whose name says that they hold thinking.
var namedThinking = regexp.MustCompile(`^<((?:[a-z]+[_:-])*(?:think|thinking|thoughts?|reason|reasoning|monologue|reflection|scratchpad|deliberation)(?:[_:-][a-z]+)*)(?:\s[^<>]*)?>`)

// header matches what is in front of a message of the harmony format, and channel is
// the name of its channel. All but the final one are thinking.
var (
	header  = regexp.MustCompile(`^(?:<\|start\|>[a-z]+)?<\|channel\|>\s*([a-z]+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>`)
	headers = []string{"<|start|>", "<|channel|>"}
)

// messageEnds end the thinking of a message of the harmony format, in lower case. The
// last two begin the next message.
var messageEnds = []string{"<|end|>", "<|return|>", "<|start|>", "<|channel|>"}

// endOfMessage is the tag that stands for any of messageEnds.
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

// maxHeld bounds the text that is held back until its kind is known, in bytes.
const maxHeld = 1 << 20

// Thinking takes what a model thinks, and the marks of its template, out of
// the text of its answer. Thinking comes first; an answer that has begun is
// passed on as it is.
type Thinking struct {
	// Hold has all text held back until the answer is complete, unless it is
	// known to be JSON: some servers leave out the tag that begins the thinking,
	// so only the one that ends it tells.
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

// Feed returns what belongs to the answer of a piece of text and of what was
// held back before it.
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

// opening returns the tag with which text begins and the one that ends the
// thinking, "" if the tag begins the answer; or whether more of the text may
// show such a tag.
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

// openingMessage is opening for the harmony format.
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

// leaveMessage is leave for the harmony format, whose next message may begin without
// an end of the one before.
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

// orphan drops thinking from what is held that does not begin with its tag:
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

// longestTag is the most bytes that a tag has, and longestHeader that a header of the
// harmony format has.
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
