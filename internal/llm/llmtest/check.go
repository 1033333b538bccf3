package llmtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"daybook/internal/llm"
)

// check finds what is wrong with a call in any protocol.
func check(r Request) string {
	switch {
	case r.Model == "":
		return "no model"
	case r.Inputs == nil && len(r.Messages) == 0:
		return "no messages"
	case r.Inputs == nil && r.Messages[len(r.Messages)-1].Role != "user":
		return "the last message is not the user's"
	case len(r.Tools) > 0 && r.Schema != nil:
		return "tools beside a schema"
	case r.Schema != nil && !strings.Contains(strings.ReplaceAll(string(r.Schema), " ", ""), `"additionalProperties":false`):
		return "a schema that lets other properties in"
	}
	for _, text := range r.Inputs {
		if strings.TrimSpace(text) == "" {
			return "a text to embed is blank"
		}
	}
	if wrong := checkTools(r.Tools); wrong != "" {
		return wrong
	}
	var before llm.Message
	for _, m := range r.Messages {
		if wrong := checkMessage(m, before); wrong != "" {
			return wrong
		}
		before = m
	}
	return ""
}

var toolName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func checkTools(tools []llm.Tool) string {
	seen := map[string]bool{}
	for _, t := range tools {
		if !toolName.MatchString(t.Name) || seen[t.Name] || t.Description == "" {
			return fmt.Sprintf("a tool without a description, or with a wrong name: %q", t.Name)
		}
		seen[t.Name] = true
		var schema any
		if err := json.Unmarshal(t.Schema, &schema); err != nil {
			return "the schema of a tool is not JSON"
		}
		if object, ok := schema.(map[string]any); !ok || object["type"] != "object" {
			return "the schema of a tool is not of an object"
		}
		if wrong := checkSchema(schema); wrong != "" {
			return "the schema of a tool has " + wrong
		}
	}
	return ""
}

// checkSchema holds a schema, and what is inside it, to the subset that all
// providers take.
func checkSchema(schema any) string {
	object, _ := schema.(map[string]any)
	if _, ok := object["$ref"]; ok {
		return "a $ref"
	}
	if object["type"] == "array" {
		return checkSchema(object["items"])
	}
	if object["type"] != "object" {
		return ""
	}
	properties, ok := object["properties"].(map[string]any)
	required, _ := object["required"].([]any)
	switch {
	case !ok:
		return "an object without properties"
	case object["additionalProperties"] != false:
		return "an object that lets other properties in"
	case len(required) != len(properties):
		return "properties that are not required"
	}
	for name, inner := range properties {
		if !slices.Contains(required, any(name)) {
			return "properties that are not required"
		}
		if wrong := checkSchema(inner); wrong != "" {
			return wrong
		}
	}
	return ""
}

func checkMessage(m, before llm.Message) string {
	switch {
	case m.Role != llm.User && m.Role != llm.Assistant:
		return fmt.Sprintf("a message of the role %q", m.Role)
	case m.Text == "" && len(m.Images)+len(m.Calls)+len(m.Results) == 0:
		return "an empty message"
	case len(m.Images) > 0 && m.Role != llm.User:
		return "an image that is not the user's"
	case len(m.Calls) > 0 && m.Role != llm.Assistant:
		return "a call that is not the assistant's"
	case len(m.Results) > 0 && m.Role != llm.User:
		return "a result that is not the user's"
	case len(m.Results) != len(before.Calls):
		return fmt.Sprintf("%d results after %d calls", len(m.Results), len(before.Calls))
	}
	seen := map[string]bool{}
	for _, c := range m.Calls {
		if c.ID == "" || seen[c.ID] || c.Name == "" || !bytes.HasPrefix(c.Arguments, []byte("{")) || !json.Valid(c.Arguments) {
			return "a call without a name, an id of its own or arguments"
		}
		seen[c.ID] = true
	}
	for _, r := range m.Results {
		i := slices.IndexFunc(before.Calls, func(c llm.ToolCall) bool { return c.ID == r.CallID && c.Name == r.Name })
		if i < 0 || seen[r.CallID] {
			return "a result of no call of the message before it"
		}
		seen[r.CallID] = true
	}
	return ""
}

// nameOf returns the name of the call of an id in the last message.
func nameOf(messages []llm.Message, id string) string {
	if len(messages) == 0 {
		return ""
	}
	for _, c := range messages[len(messages)-1].Calls {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}

// image decodes a picture, which must be of the type that it is said to be of
// and come before the text of its message.
func image(m *llm.Message, mediaType, data string) string {
	raw, err := base64.StdEncoding.DecodeString(data)
	switch {
	case err != nil:
		return "an image that is not base64"
	case http.DetectContentType(raw) != mediaType:
		return fmt.Sprintf("an image that is not %q", mediaType)
	case m.Text != "":
		return "an image behind the text"
	}
	m.Images = append(m.Images, llm.Image{MediaType: mediaType, Data: raw})
	return ""
}
