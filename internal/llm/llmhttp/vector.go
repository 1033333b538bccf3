package llmhttp

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"slices"
)

// VectorOf reads an embedding. It is base64 of little-endian float32, which takes a
// third of the bytes and a tenth of the time, or numbers, which some servers always
// send. Numbers that are not finite become NaN.
func VectorOf(raw json.RawMessage) ([]float32, error) {
	if len(raw) > 0 && raw[0] == '"' {
		return fromBase64(raw)
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var numbers []float32
	if err := json.Unmarshal(raw, &numbers); err == nil && !slices.Contains(numbers, 0) {
		return numbers, nil // the usual case, in which no null was taken for 0
	}
	var loose []*float64
	if err := json.Unmarshal(raw, &loose); err != nil {
		return nil, err
	}
	numbers = make([]float32, len(loose))
	for i, f := range loose {
		if numbers[i] = float32(math.NaN()); f != nil {
			numbers[i] = float32(*f)
		}
	}
	return numbers, nil
}

func fromBase64(raw json.RawMessage) ([]float32, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data)%4 != 0 {
		return nil, errors.New("an embedding that is not base64 of float32")
	}
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out, nil
}

// WithoutNaN returns answer with null for the numbers that JSON does not have.
func WithoutNaN(answer []byte) []byte { return notANumber.ReplaceAll(answer, []byte("${1}null")) }

// notANumber matches what Python writes for numbers that are not finite, where
// a value may be.
var notANumber = regexp.MustCompile(`([\[,:]\s*)(-?Infinity|-?inf|NaN|nan)\b`)
