package llm

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"daybook"
	"daybook/internal/llm/partialjson"
)

// reasonError is why an answer does not validate, in words for the model. It
// quotes nothing of the answer.
type reasonError struct{ reason string }

// emptyAnswer is the reason for asking again where nothing was said.
var emptyAnswer = &reasonError{"it is empty"}

func (e *reasonError) Error() string { return e.reason }

func invalidAnswer(reason error) error {
	if reason.Error() == emptyAnswer.reason {
		return daybook.Errorf(daybook.Upstream, "The model gave no answer, or thought and said nothing.")
	}
	return daybook.Errorf(daybook.Upstream, "The model's answer did not have the form that was asked for: %s.", reason.Error())
}

// prose is implemented by answers that a text without any form can be.
type prose interface {
	// FromProse takes the text, which is not blank, for the answer, and reports
	// whether it can be one.
	FromProse(text string) bool
}

// decode takes the answer out of a text: the first JSON object in it, or inside
// of one, that makes a T, whatever is around it; or prose where T is a Prose.
// Partly returns what lacks properties, which may do if nothing better comes;
// it is nil otherwise, or where check refuses it.
func decode[T any](text string, check func(*T) error) (value T, partly *T, err error) {
	if check == nil {
		check = func(*T) error { return nil }
	}
	var why error
	for _, object := range partialjson.Objects(text) {
		for _, candidate := range within(object, 0) {
			v, missing, err := valueOf(candidate, check)
			switch {
			case err == nil && missing == nil:
				return v, nil, nil
			case err == nil && partly == nil:
				partly = &v
			case err == nil:
				err = missing
			}
			if why == nil {
				if why = err; err == nil {
					why = missing
				}
			}
		}
	}
	if prose, ok := any(&value).(prose); ok && partly == nil {
		said, _ := proseIn(strings.TrimSpace(text))
		for _, object := range partialjson.Objects(text) {
			if said == "" { // the answer under a name that was not asked for
				said = strings.TrimSpace(meantIn(object))
			}
		}
		if said != "" && prose.FromProse(said) && check(&value) == nil {
			return value, nil, nil
		}
	}
	if why == nil {
		why = &reasonError{"it is not valid JSON"}
	}
	return *new(T), partly, why
}

// within returns an object and those inside of it, the outer first.
func within(object map[string]any, depth int) []map[string]any {
	all := []map[string]any{object}
	if depth == maxNested {
		return all
	}
	for _, name := range sortedKeys(object) {
		switch v := object[name].(type) {
		case map[string]any:
			all = append(all, within(v, depth+1)...)
		case []any:
			for _, item := range v {
				if inner, ok := item.(map[string]any); ok {
					all = append(all, within(inner, depth+1)...)
				}
			}
		case string:
			if strings.HasPrefix(strings.TrimSpace(v), "{") {
				for _, inner := range partialjson.Objects(v) {
					all = append(all, within(inner, depth+1)...)
				}
			}
		}
	}
	return all
}

// valueOf makes a T of an object. Missing says what it lacks, which is zero
// then; err why it cannot be one.
func valueOf[T any](object map[string]any, check func(*T) error) (value T, missing, err error) {
	f := fitter{}
	fitted, err := f.fit(object, reflect.TypeFor[T](), "")
	if err != nil {
		return value, nil, err
	}
	if f.found == 0 {
		return value, nil, f.missing
	}
	data, err := json.Marshal(fitted)
	if err == nil {
		err = json.Unmarshal(data, &value)
	}
	if err != nil {
		return value, nil, jsonReason(err)
	}
	if check != nil {
		err = check(&value)
	}
	return value, f.missing, err
}

// DecodeArguments reads the arguments of a tool's call into v as a model may
// have written them: numbers as strings, lists where one value is meant,
// properties missing.
func DecodeArguments(arguments json.RawMessage, v any) error {
	t := reflect.TypeOf(v).Elem()
	objects := partialjson.Objects(string(arguments))
	if len(objects) == 0 {
		return &reasonError{"they are not a JSON object"}
	}
	fitted, err := (&fitter{}).fit(objects[0], t, "")
	if err != nil {
		return err
	}
	data, err := json.Marshal(fitted)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// fitter makes decoded JSON fit a type.
type fitter struct {
	found   int   // properties that were there
	missing error // the first that was not
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// fit returns value in the form that decodes into a t. Path names it in errors.
func (f *fitter) fit(value any, t reflect.Type, path string) (any, error) {
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return value, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		if value == nil {
			return nil, nil
		}
		return f.fit(value, t.Elem(), path)
	case reflect.Struct:
		return f.object(value, t, path)
	case reflect.Slice:
		return f.list(value, t.Elem(), path)
	case reflect.String:
		return f.text(value, path)
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		return f.scalar(value, t.Kind(), path)
	}
	return value, nil
}

func wrongType(path string) error {
	if path == "" {
		return &reasonError{"it is not a JSON object"}
	}
	return &reasonError{fmt.Sprintf("the property %q has the wrong type", path)}
}

// object fits the fields of a struct, which embeds no other. One with the tag
// llm:"optional" may be missing.
func (f *fitter) object(value any, t reflect.Type, path string) (any, error) {
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	in, ok := value.(map[string]any)
	if !ok {
		return nil, wrongType(path)
	}
	out := map[string]any{}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		name = cmp.Or(name, field.Name)
		inner := strings.TrimPrefix(path+"."+name, ".")
		v, ok := property(in, name)
		isNull := ok && v == nil && field.Type.Kind() != reflect.Pointer && field.Type.Kind() != reflect.Slice
		switch {
		case ok && !isNull:
			f.found++
		case field.Tag.Get("llm") == "optional":
			continue
		default:
			if f.missing == nil {
				f.missing = &reasonError{fmt.Sprintf("the property %q is %s", inner, map[bool]string{true: "null", false: "missing"}[isNull])}
			}
			continue
		}
		fitted, err := f.fit(v, field.Type, inner)
		if err != nil {
			return nil, err
		}
		out[name] = fitted
	}
	return out, nil
}

// property returns a property by its name, in whatever case.
func property(object map[string]any, name string) (any, bool) {
	if v, ok := object[name]; ok {
		return v, true
	}
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v, true
		}
	}
	return nil, false
}

// list fits the items of a list. A single value is a list of one item; null and
// blank text are empty lists.
func (f *fitter) list(value any, item reflect.Type, path string) (any, error) {
	var list []any
	switch v := value.(type) {
	case nil:
	case []any:
		list = v
	case string:
		if strings.TrimSpace(v) != "" {
			list = []any{v}
		}
	default:
		list = []any{v}
	}
	out := []any{}
	for i, v := range list {
		if v == nil {
			continue
		}
		fitted, err := f.fit(v, item, fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		out = append(out, fitted)
	}
	return out, nil
}

func (f *fitter) text(value any, path string) (any, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case []any, map[string]any:
		if text := textIn(v, "text", 0); text != "" || isEmpty(v) {
			return text, nil
		}
	}
	return nil, wrongType(path)
}

func isEmpty(value any) bool {
	list, ok := value.([]any)
	return ok && len(list) == 0
}

func (f *fitter) scalar(value any, kind reflect.Kind, path string) (any, error) {
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	text, isText := value.(string)
	text = strings.ToLower(strings.TrimSpace(text))
	if kind == reflect.Bool {
		if v, ok := value.(bool); ok {
			return v, nil
		}
		switch text {
		case "true", "yes":
			return true, nil
		case "false", "no":
			return false, nil
		}
		return nil, wrongType(path)
	}
	number, ok := value.(float64)
	if isText {
		var err error
		number, err = strconv.ParseFloat(text, 64)
		ok = err == nil
	}
	switch {
	case !ok || math.IsNaN(number) || math.Abs(number) > 1<<53:
		return nil, wrongType(path)
	case kind != reflect.Float64:
		return int64(number), nil
	}
	return number, nil
}

// jsonReason says what is wrong without quoting the answer, as the decoder's
// own errors do.
func jsonReason(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return wrongType(wrong.Field)
	}
	return &reasonError{"it is not valid JSON"}
}
