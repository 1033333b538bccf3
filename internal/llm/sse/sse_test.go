package sse

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func read(r io.Reader) (string, error) {
	var out []string
	for reader := NewReader(r); ; {
		e, err := reader.Next()
		if err != nil {
			return strings.Join(out, "|"), err
		}
		out = append(out, fmt.Sprintf("%s=%s", e.Name, e.Data))
	}
}

func TestReader(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"data: a\n\n":                      "=a",
		"data:a\n\ndata: b\n\n":            "=a|=b",
		"event: x\ndata: a\ndata: b\n\n":   "x=a\nb",
		"event: x\r\ndata: é\r\n\r\n":      "x=é",
		": comment\n\nid: 1\nretry: 5\n\n": "",
		"event: lost\n\ndata: a\n\n":       "=a",
		"data: a\n\ndata: last":            "=a|=last",
		"data: last\n":                     "=last",
		"data: last\r\n\r":                 "=last",
		"data: a\n\nevent: x":              "=a",
		"data\n\n":                         "=",
		"data:  two spaces\n\n":            "= two spaces",
		"data: " + strings.Repeat("x", 9000) + "\n\n": "=" + strings.Repeat("x", 9000),
	} {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in)),
		} {
			if got, err := read(r); got != want || err != io.EOF {
				t.Errorf("%.40q %s: %.60q, %v; want %.60q", in, name, got, err, want)
			}
		}
	}
}

func TestReaderEndsInErrors(t *testing.T) {
	for _, in := range []string{"data: " + strings.Repeat("x", maxEvent+1), strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 1100)} {
		if _, err := read(strings.NewReader(in)); !errors.Is(err, errTooLarge) {
			t.Errorf("%d bytes: %v", len(in), err)
		}
	}
	broken := errors.New("broken")
	got, err := read(io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(broken)))
	if got != "=a" || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add("event: a\r\ndata: b\n\n: c\ndata: d\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		whole, err := read(strings.NewReader(in))
		if err != io.EOF && !errors.Is(err, errTooLarge) {
			t.Fatal(err)
		}
		bytes, _ := read(iotest.OneByteReader(strings.NewReader(in)))
		if whole != bytes {
			t.Fatalf("read whole it is %q, byte by byte %q", whole, bytes)
		}
	})
}

// TestLineEnds reads the same events with each of the standard's line ends, also where
// a read ends between the two characters of one.
func TestLineEnds(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		body := strings.ReplaceAll("event: a\ndata: one\ndata: two\n\n: comment\n\ndata: three\n\n", "\n", end)
		for _, source := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body))} {
			r := NewReader(source)
			e, err := r.Next()
			if err != nil || e.Name != "a" || string(e.Data) != "one\ntwo" {
				t.Errorf("%q: %q %q, %v", end, e.Name, e.Data, err)
			}
			if e, err = r.Next(); err != nil || e.Name != "" || string(e.Data) != "three" {
				t.Errorf("%q: %q %q, %v", end, e.Name, e.Data, err)
			}
			if _, err = r.Next(); err != io.EOF {
				t.Error(err)
			}
		}
	}
}

// TestNoBlankLines parts events that are whole JSON values, and leaves a value of
// several lines alone.
func TestNoBlankLines(t *testing.T) {
	r := NewReader(strings.NewReader("event: x\ndata: {\"a\":1}\nevent: y\ndata: {\"b\":\ndata: [2]}\ndata: {\"c\":3}\n\ndata: {\ndata: \"d\":4\ndata: }\n\n"))
	for _, want := range []string{`x {"a":1}`, "y {\"b\":\n[2]}", ` {"c":3}`, " {\n\"d\":4\n}"} {
		e, err := r.Next()
		if got := e.Name + " " + string(e.Data); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}
