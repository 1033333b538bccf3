package importer

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"testing"
	"time"
	"unicode/utf8"
)

func inputOf(data []byte, lines bool) input {
	return input{bytes.NewReader(data), int64(len(data)), time.Time{}, lines}
}

func FuzzVectors(f *testing.F) {
	for _, seed := range []string{
		`{"a.md": [1, 2], "b.md": [NaN, -Infinity]}`, `{"path": "a.md", "embedding": [1e999, 2]}` + "\n" + `{"path": "b", "embedding": [0, 0]}`,
		"\ufeff{\"a\": [[[]]]}", `{"a": [1], "a": [2]} x`, `{"a.md": [0.1, -2e-45`, "{}", "\r\n\r\n[]", `{"x": {"y": [null, "NaN", true]}, "z": [1]}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, asLines bool) {
		in := inputOf(data, asLines)
		form, err := formOf(in)
		if err != nil || form == chatFile {
			return
		}
		read := func() (all []item, err error) {
			err = eachVector(t.Context(), in, form, func(it item) error {
				it.raw = bytes.Clone(it.raw)
				all = append(all, it)
				return nil
			})
			return all, err
		}
		first, err := read()
		if err != nil && !isSource(err) {
			t.Fatalf("the file is at fault, and not %v", err)
		}
		second, _ := read()
		if len(first) != len(second) {
			t.Fatalf("%d items, and then %d", len(first), len(second))
		}
		for i, it := range first {
			if it.path != second[i].path || it.fault != second[i].fault || !bytes.Equal(it.raw, second[i].raw) {
				t.Fatalf("%+v, and then %+v", it, second[i])
			}
			if p := it.place(form); len(p) > maxPathShown || !utf8.ValidString(p) {
				t.Errorf("the place %q", p)
			}
			if it.fault == "" {
				checkVector(t, it.raw)
			}
		}
	})
}

// checkVector holds parseVector to what encoding/json reads.
func checkVector(t *testing.T, raw json.RawMessage) {
	dim := dimOf(raw)
	v, fault := parseVector(raw, dim)
	if fault != "" {
		return
	}
	var numbers []float64
	if err := json.Unmarshal(raw, &numbers); err != nil || len(numbers) != dim || len(v) != dim {
		t.Fatalf("%s is %d numbers, and for encoding/json %d, %v", raw, len(v), len(numbers), err)
	}
	var sum float64
	for i, c := range v {
		if float64(c) != float64(float32(numbers[i])) && math.Abs(float64(c)-numbers[i]) > 1e-6*math.Abs(numbers[i]) || math.IsInf(float64(c), 0) {
			t.Errorf("%v is read as %v", numbers[i], c)
		}
		sum += math.Abs(float64(c))
	}
	if sum == 0 {
		t.Errorf("zeros are taken: %s", raw)
	}
}

// What was indexed is read again from its place.
func FuzzChats(f *testing.F) {
	f.Add([]byte(chatsJSON(2, 2)))
	f.Add([]byte("\ufeff" + chatsJSON(1, 1) + "\r\n"))
	f.Add([]byte(`{"messages": [{"message_id": "bbbbbbbb-0000-4000-8000-000000000001", "thread_id": "aaaaaaaa-0000-4000-8000-000000000000",
		"timestamp": "2024-03-01T12:00:00", "role": "user", "content": "x", "score": NaN, "k": -Infinity}], "threads": []}`))
	f.Add([]byte(`{"threads": null, "messages": [null, 7, {"message_id": 1e999}], "x": [[[[[[{}]]]]]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := inputOf(data, false)
		x := newChatIndex()
		r := &Report{}
		if err := x.read(t.Context(), in, r); err != nil && !isSource(err) {
			t.Fatalf("the file is at fault, and not %v", err)
		}
		found := 0
		for i := range x.threads {
			th := &x.threads[i]
			messages, err := th.load(in)
			if err != nil || len(messages) != len(th.messages) || !isUUID(th.thread.ID) {
				t.Fatalf("thread %s: %d of %d messages, %v", th.thread.ID, len(messages), len(th.messages), err)
			}
			if found += len(messages); th.inFile {
				found++
			}
		}
		for _, l := range r.Left {
			found += l.Count
		}
		if found != r.met {
			t.Errorf("%d records, of which %d are accounted for", r.met, found)
		}
	})
}

// Whatever the pieces in which it is read, the filter keeps the length, leaves
// JSON as it is, and lets encoding/json read what Python wrote.
func FuzzFinite(f *testing.F) {
	f.Add([]byte(`{"a": [NaN, -Infinity, Infinity, "NaN \" Infinity"]}`), uint8(1))
	f.Add([]byte("\ufeff[1]"), uint8(2))
	f.Add([]byte(`[Na, In, Infinit, NaNNaN, \"NaN]`), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		var out []byte
		r := newFinite(bytes.NewReader(data))
		piece := make([]byte, int(size)+1)
		for {
			n, err := r.Read(piece)
			out = append(out, piece[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		whole, err := io.ReadAll(newFinite(bytes.NewReader(data)))
		if err != nil || !bytes.Equal(whole, out) {
			t.Fatalf("in pieces %q, at once %q, %v", out, whole, err)
		}
		if len(out) != len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(out))
		}
		if json.Valid(data) && !bytes.Equal(out, data) {
			t.Errorf("JSON was changed: %q became %q", data, out)
		}
	})
}

func TestFinite(t *testing.T) {
	in := "\ufeff" + `{"a": [NaN, -Infinity, Infinity], "NaN": "\"Infinity"}`
	out, err := io.ReadAll(newFinite(bytes.NewReader([]byte(in))))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "filtered", string(out), `   {"a": [[] , -9e999999, 9e999999], "NaN": "\"Infinity"}`)
}
