package llm

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"daybook"
)

// reasonError is why an answer does not validate, in words for the model. It
// quotes nothing of the answer.
type reasonError struct{ reason string }

func (e *reasonError) Error() string { return e.reason }

func invalidAnswer(reason error) error {
	return daybook.Errorf(daybook.Upstream, "The model's answer did not have the form that was asked for: %s.", reason.Error())
}

// decode validates an answer against T strictly: one JSON value, of the right
// types, with every field and no other.
func decode[T any](text string, check func(*T) error) (T, error) {
	var value T
	text = unfence(text)
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&value); err != nil {
		return value, jsonReason(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return value, &reasonError{"there is more after the JSON object"}
	}
	var whole any
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return value, jsonReason(err)
	}
	if whole == nil {
		return value, &reasonError{"it is not a JSON object"}
	}
	if err := complete(whole, reflect.TypeFor[T](), ""); err != nil {
		return value, err
	}
	if check != nil {
		if err := check(&value); err != nil {
			return value, err
		}
	}
	return value, nil
}

// complete reports the first field of t, or of what is inside it, that value
// lacks or that is null. The decoder takes both for a zero value, and compares
// names without regard to case.
func complete(value any, t reflect.Type, path string) error {
	if value == nil && t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		return &reasonError{fmt.Sprintf("the property %q is null", path)}
	}
	switch t.Kind() {
	case reflect.Pointer:
		if value != nil {
			return complete(value, t.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		items, _ := value.([]any) // a type that decodes itself may be no array
		for i, item := range items {
			if err := complete(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if object, ok := value.(map[string]any); ok {
			return completeObject(object, t, path)
		}
	}
	return nil
}

// completeObject is complete for a struct, which embeds no other.
func completeObject(object map[string]any, t reflect.Type, path string) error {
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		name = cmp.Or(name, field.Name)
		inner := strings.TrimPrefix(path+"."+name, ".")
		value, ok := object[name]
		if !ok {
			return &reasonError{fmt.Sprintf("the property %q is missing", inner)}
		}
		if err := complete(value, field.Type, inner); err != nil {
			return err
		}
	}
	return nil
}

// jsonReason says what is wrong without quoting the answer, as the decoder's
// own errors do.
func jsonReason(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return &reasonError{"it is not a JSON object"}
	case errors.As(err, &wrongType):
		return &reasonError{fmt.Sprintf("the property %q has the wrong type", wrongType.Field)}
	case strings.Contains(err.Error(), "unknown field"):
		return &reasonError{"it has a property that is not in the schema"}
	case errors.As(err, &syntax):
		return &reasonError{fmt.Sprintf("it is not valid JSON, from byte %d on", syntax.Offset)}
	}
	return &reasonError{"it is not valid JSON"}
}

// unfence takes off the code fence that some models put around JSON.
func unfence(text string) string {
	text = strings.TrimSpace(text)
	if body, ok := strings.CutPrefix(text, "```json"); ok {
		text = body
	} else if body, ok := strings.CutPrefix(text, "```"); ok {
		text = body
	} else {
		return text
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "```"))
}

// behindFence is unfence for an answer that has only begun: what came of the
// JSON so far, "" while that cannot be told.
func behindFence(begun string) string {
	begun = strings.TrimLeft(begun, " \t\r\n")
	body, fenced := strings.CutPrefix(begun, "```")
	object := strings.IndexByte(body, '{')
	switch {
	case fenced && object >= 0:
		return body[object:]
	case fenced && strings.HasPrefix("json", strings.TrimSpace(body)), strings.HasPrefix("```", begun):
		return ""
	}
	return begun
}
