package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// Limits on a vector's numbers and on what a report shows of a path.
const (
	maxDim       = 1 << 16
	maxPathShown = 200
)

// Why a vector is left out because of its content.
const (
	notJSON    = "not JSON"
	tooLong    = "longer than 4 MB"
	noPath     = "without a path, or without a list of numbers"
	notNumbers = "with something other than finite numbers"
	allZeros   = "all zeros"
	otherSize  = "with a length other than the model's" // and how long those vectors are
)

// item is a vector in a file.
type item struct {
	at    int // its line, or its position in the object, from 1
	path  string
	raw   json.RawMessage // the list of numbers, valid until the next item is read
	fault string          // why the list cannot be used; "" if it can
}

// place says where the item is: by its path if that is a note's, which says
// more than a number.
func (it item) place(f form) string {
	if strings.HasSuffix(it.path, ".md") && len(it.path) <= maxPathShown && utf8.ValidString(it.path) &&
		!strings.ContainsFunc(it.path, unicode.IsControl) {
		return it.path
	}
	if f == vectorLines {
		return fmt.Sprintf("line %d", it.at)
	}
	return fmt.Sprintf("vector %d", it.at)
}

// eachVector calls f for every vector of a file, in order.
func eachVector(ctx context.Context, in input, form form, f func(item) error) error {
	if form == vectorLines {
		return eachLine(ctx, in, f)
	}
	d := newDecoder(in.from(), maxVector)
	if t, err := d.token(); err != nil || t != json.Delim('{') {
		return orElse(err, errForm())
	}
	for at := 1; d.more(); at++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		key, err := d.token()
		if err != nil {
			return err
		}
		it := item{at: at}
		it.path, _ = key.(string) // a key is always a string
		if it.raw, err = d.value(); err != nil {
			return err
		}
		if it.raw[0] != '[' {
			it.fault = noPath
		}
		if err := f(it); err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return err
	}
	return d.end()
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// eachLine is eachVector for a file with one vector per line. Some lines may
// not be JSON, but a file with no other lines is refused.
func eachLine(ctx context.Context, in input, f func(item) error) error {
	l := lines{r: bufio.NewReaderSize(in.from(), 64<<10)}
	good, spoiled := false, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, long, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return sourceError{&daybook.Error{Kind: daybook.Unavailable, Message: "The file cannot be read.", Err: err}}
		}
		if len(line) == 0 && !long {
			continue
		}
		it := readLine(line)
		it.at = l.n
		if long {
			it.fault = tooLong
		}
		good, spoiled = good || it.fault == "", spoiled || it.fault != ""
		if err := f(it); err != nil {
			return err
		}
	}
	if spoiled && !good {
		return bad(daybook.Invalid, "No line has a path and an embedding.")
	}
	return nil
}

func readLine(line []byte) (it item) {
	var v struct {
		Path      *string         `json:"path"`
		Embedding json.RawMessage `json:"embedding"`
	}
	err := json.Unmarshal(line, &v)
	var syntax *json.SyntaxError
	if len(line) == 0 || line[0] != '{' || errors.As(err, &syntax) {
		it.fault = notJSON
		return it
	}
	if v.Path != nil {
		it.path = *v.Path
	}
	it.raw = v.Embedding
	if err != nil || it.path == "" || len(it.raw) == 0 || it.raw[0] != '[' {
		it.fault = noPath
	}
	return it
}

// dimOf returns how many numbers a list seems to have.
func dimOf(raw json.RawMessage) int { return bytes.Count(raw, []byte{','}) + 1 }

// parseVector reads a list of dim finite numbers that are not all zero, or says
// what is wrong with it. The list is valid JSON.
func parseVector(raw json.RawMessage, dim int) (v []float32, fault string) {
	v = make([]float32, 0, dim)
	var sum float64
	for part := range bytes.SplitSeq(raw[1:len(raw)-1], []byte{','}) {
		if part = bytes.TrimSpace(part); len(part) == 0 { // of an empty list
			break
		}
		if len(v) == dim {
			return nil, otherLength(dim)
		}
		n, err := strconv.ParseFloat(string(part), 32)
		if err != nil || math.IsInf(n, 0) {
			return nil, notNumbers
		}
		v = append(v, float32(n))
		sum += n * n
	}
	switch {
	case len(v) != dim:
		return nil, otherLength(dim)
	case sum == 0:
		return nil, allZeros
	}
	return v, ""
}

func otherLength(dim int) string { return fmt.Sprintf("%s, %d", otherSize, dim) }
