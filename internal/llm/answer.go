package llm

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"daybook/internal/llm/partialjson"
)

// notAnswers are properties whose text is not the answer, whatever else an
// object lacks.
var notAnswers = []string{
	"reasoning", "reasoning_content", "thinking", "thought", "thoughts", "analysis", "scratchpad", "type", "role", "id", "name", "title", "$schema", "description",
	"object", "model", "error", "status", "format",
}

// answers are the properties that models take for that of an answer.
var answers = []string{"response", "answer", "final_answer", "reply", "text", "content", "message", "output", "result"}

// answerIn returns the text that a whole answer has for a field that was asked
// for: the field itself, in whatever form, what is plainly meant by it, or
// prose.
func answerIn(raw, field string) (string, error) {
	raw = strings.TrimSpace(raw)
	objects := partialjson.Objects(raw)
	for _, o := range objects {
		if text := strings.TrimSpace(fieldIn(o, field, 0)); text != "" {
			return text, nil
		}
	}
	for _, o := range objects {
		if text := strings.TrimSpace(meantIn(o)); text != "" {
			return text, nil
		}
	}
	text, isJSON := proseIn(raw)
	switch {
	case text != "":
		return text, nil
	case raw == "":
		return "", emptyAnswer
	case !isJSON:
		return "", &reasonError{"it is not valid JSON"}
	case slices.ContainsFunc(objects, func(o map[string]any) bool { _, ok := o[field]; return ok }):
		return "", &reasonError{"the property that was asked for is blank"}
	}
	return "", &reasonError{"the property that was asked for is missing"}
}

// maxNested bounds how deeply a field is looked for.
const maxNested = 5

// fieldIn returns the text of a field of an object, or of an object inside of
// it.
func fieldIn(object map[string]any, field string, depth int) string {
	for name, value := range object {
		if strings.EqualFold(name, field) {
			if text := textIn(value, field, depth); strings.TrimSpace(text) != "" {
				return text
			}
		}
	}
	if depth == maxNested {
		return ""
	}
	for _, name := range sortedKeys(object) {
		values, isList := object[name].([]any)
		if !isList {
			values = []any{object[name]}
		}
		for _, v := range values {
			if inner, ok := v.(map[string]any); ok {
				if text := fieldIn(inner, field, depth+1); text != "" {
					return text
				}
			}
		}
		// An object may be written into a string.
		if text, ok := object[name].(string); ok && strings.HasPrefix(strings.TrimSpace(text), "{") {
			for _, inner := range partialjson.Objects(text) {
				if text := fieldIn(inner, field, depth+1); text != "" {
					return text
				}
			}
		}
	}
	return ""
}

// textIn returns the text that a value is: a string, its parts, or an object
// with a text.
func textIn(value any, field string, depth int) string {
	if depth > maxNested {
		return ""
	}
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(strings.TrimSpace(v), "{") {
			for _, inner := range partialjson.Objects(v) {
				if text := fieldIn(inner, field, depth+1); text != "" {
					return text
				}
			}
		}
		return v
	case []any:
		var parts []string
		for _, item := range v {
			if text := textIn(item, field, depth+1); text != "" {
				parts = append(parts, text)
			}
		}
		return joinParts(parts)
	case map[string]any:
		if kind, _ := v["type"].(string); strings.Contains(kind, "think") || strings.Contains(kind, "reason") {
			return ""
		}
		for _, name := range append([]string{field}, answers...) {
			if text := textIn(v[name], field, depth+1); text != "" {
				return text
			}
		}
	}
	return ""
}

// joinParts joins the parts of a text: as they are where they carry their own
// white space, else as lines.
func joinParts(parts []string) string {
	for i := 1; i < len(parts); i++ {
		before, after := parts[i-1], parts[i]
		if strings.TrimRight(before, " \n") != before || strings.TrimLeft(after, " \n") != after {
			return strings.Join(parts, "")
		}
	}
	return strings.Join(parts, "\n")
}

// meantIn returns the text of an object that lacks the field: under another
// usual name, or its only text.
func meantIn(object map[string]any) string {
	for _, name := range answers {
		if text := textIn(object[name], name, 1); strings.TrimSpace(text) != "" {
			return text
		}
	}
	only := ""
	for name, value := range object {
		text, ok := value.(string)
		if !ok || strings.TrimSpace(text) == "" || slices.Contains(notAnswers, strings.ToLower(name)) {
			continue
		}
		if only != "" {
			return ""
		}
		only = text
	}
	if _, isSchema := object["properties"]; isSchema {
		return ""
	}
	return only
}

var (
	// fenced matches a text that is one code fence, of a language that is none.
	fenced = regexp.MustCompile("(?s)^```+(?i:json5?|jsonc|text|txt|plaintext|markdown|md|)[ \t]*\n(.*?)\n?```+$")
	// labelled matches a tag around an answer, or a label in front of it.
	tagged   = regexp.MustCompile(`(?is)^<(response|answer|output|final_answer)>(.*)</(?:response|answer|output|final_answer)>$`)
	labelled = regexp.MustCompile(`(?i)^(?:\*\*)?(?:response|answer|final answer)(?:\*\*)?:(?:\*\*)?\s+`)
)

// proseIn returns an answer that is not JSON, without what may be around it,
// or reports that it is JSON.
func proseIn(raw string) (text string, isJSON bool) {
	if m := fenced.FindStringSubmatch(raw); m != nil {
		raw = strings.TrimSpace(m[1])
	}
	if m := tagged.FindStringSubmatch(raw); m != nil {
		raw = strings.TrimSpace(m[2])
	}
	var value any
	if json.Unmarshal([]byte(raw), &value) == nil {
		switch v := value.(type) {
		case string:
			return strings.TrimSpace(v), true
		case []any:
			var lines []string
			for _, item := range v {
				text, ok := item.(string)
				if !ok {
					return "", true
				}
				lines = append(lines, text)
			}
			return strings.TrimSpace(joinParts(lines)), true
		case map[string]any, nil:
			return "", true
		}
	}
	if looksLikeJSON(raw) {
		return "", strings.HasPrefix(raw, "{") && strings.HasSuffix(raw, "}")
	}
	return strings.TrimSpace(labelled.ReplaceAllString(raw, "")), false
}

// looksLikeJSON reports whether a text that is not valid JSON was meant to be.
func looksLikeJSON(raw string) bool {
	if raw == "{" || strings.HasPrefix(raw, `{"`) || strings.HasPrefix(raw, "```json") {
		return true
	}
	return strings.HasPrefix(raw, "{") && len(partialjson.Objects(raw)) > 0
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
