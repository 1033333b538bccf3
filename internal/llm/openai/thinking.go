package openai

import "strings"

// thinkingTags are what models put around their thinking when the server does
// not take it out of the answer.
var thinkingTags = [][2]string{
	{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}, {"<reasoning>", "</reasoning>"},
	{"<seed:think>", "</seed:think>"}, {"[THINK]", "[/THINK]"}, {"◁think▷", "◁/think▷"}, {"<|START_THINKING|>", "<|END_THINKING|>"},
	{"<|channel|>analysis<|message|>", "<|channel|>final<|message|>"},
}

// maxHeld bounds the text that is held back until its kind is known, in bytes.
const maxHeld = 1 << 20

// thinking takes what a model thinks out of the text of its answer. Thinking
// comes first, and an answer that has begun is passed on as it is.
type thinking struct {
	// structured says that the answer should be JSON. Text before it is held
	// back until the end: some servers leave out the tag that begins the
	// thinking, so only the one that ends it tells.
	structured bool

	held   string // not yet known to be either
	until  string // the tag that ends the thinking, "" outside of it
	behind bool   // some thinking was taken out
	passed bool   // the answer has begun
}

// feed returns what belongs to the answer of a piece of text and of what was
// held back before it.
func (t *thinking) feed(text string) string {
	if t.passed {
		return text
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
		switch open, partly := t.opening(begun); {
		case open != [2]string{}:
			t.held, t.until, t.behind = begun[len(open[0]):], open[1], true
			continue
		case partly:
			return ""
		}
		if t.structured && !strings.ContainsRune("{[`\"", rune(begun[0])) && len(t.held) < maxHeld {
			if t.orphan() {
				continue
			}
			return ""
		}
		return t.release()
	}
}

// opening returns the tags of the thinking that text begins with, or whether
// more of it may show that.
func (t *thinking) opening(text string) (tags [2]string, partly bool) {
	for _, tags := range thinkingTags {
		if strings.HasPrefix(text, tags[0]) {
			return tags, false
		}
		partly = partly || strings.HasPrefix(tags[0], text)
	}
	return [2]string{}, partly
}

// leave drops the thinking, and reports whether it has ended.
func (t *thinking) leave() bool {
	if _, rest, ok := strings.Cut(t.held, t.until); ok {
		t.held, t.until = rest, ""
		return true
	}
	t.held = t.held[max(0, len(t.held)-len(t.until)+1):]
	return false
}

// orphan drops what is before an end of thinking that had no beginning.
func (t *thinking) orphan() bool {
	for _, tags := range thinkingTags {
		if before, rest, ok := strings.Cut(t.held, tags[1]); ok && !strings.Contains(before, tags[0]) {
			t.held, t.behind = rest, true
			return true
		}
	}
	return false
}

// release passes on what was held back.
func (t *thinking) release() string {
	text := t.held
	if t.behind {
		text = strings.TrimLeft(text, " \t\r\n")
	}
	t.held, t.passed = "", true
	return text
}

// end returns what is still held back when the answer is complete.
func (t *thinking) end() string {
	if t.until != "" || t.passed {
		return ""
	}
	return t.release()
}
