package embed

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"unsafe"

	"daybook"
)

// maxHeader bounds the header in bytes; real ones take about 10 kB.
const maxHeader = 1 << 20

// tensors reads a safetensors file: the length of a JSON header in 8 bytes, the
// header, which gives each tensor's type, shape and offset, and the numbers,
// all little-endian.
type tensors struct {
	file    io.ReaderAt
	base    int64 // offset of the numbers
	size    int64 // of the numbers, in bytes
	entries map[string]tensorEntry
}

type tensorEntry struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// newTensors reads the header of a file of the given size.
func newTensors(file io.ReaderAt, size int64) (*tensors, error) {
	var prefix [8]byte
	if _, err := file.ReadAt(prefix[:], 0); err != nil {
		return nil, fmt.Errorf("read the length of the weights' header: %w", err)
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, daybook.Errorf(daybook.Invalid, "the weights' header cannot be %d bytes long", n)
	}
	header := make([]byte, n)
	if _, err := file.ReadAt(header, 8); err != nil {
		return nil, fmt.Errorf("read the weights' header: %w", err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(header, &raw); err != nil {
		return nil, daybook.Errorf(daybook.Invalid, "read the weights' header: %w", err)
	}
	delete(raw, "__metadata__")
	t := &tensors{file: file, base: 8 + int64(n), size: size - 8 - int64(n), entries: map[string]tensorEntry{}}
	for name, data := range raw {
		var e tensorEntry
		if err := json.Unmarshal(data, &e); err != nil {
			return nil, daybook.Errorf(daybook.Invalid, "read the weights' header: %w", err)
		}
		t.entries[name] = e
	}
	return t, nil
}

// floats returns a tensor of 32-bit numbers that has exactly the given shape,
// row by row.
func (t *tensors) floats(name string, shape ...int) ([]float32, error) {
	r, err := t.open(name, "F32", shape...)
	if err != nil {
		return nil, err
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	out := make([]float32, n)
	if err := readFloats(r, out); err != nil {
		return nil, fmt.Errorf("read %s of the weights: %w", name, err)
	}
	return out, nil
}

// sizes are the bytes of a number of each type that is read.
var sizes = map[string]int64{"F32": 4, "I8": 1}

// open returns the bytes of a tensor of the given type and shape.
func (t *tensors) open(name, kind string, shape ...int) (io.Reader, error) {
	e, ok := t.entries[name]
	if !ok {
		return nil, daybook.Errorf(daybook.Invalid, "the weights have no %s", name)
	}
	if e.Type != kind || !slices.Equal(e.Shape, shape) {
		return nil, daybook.Errorf(daybook.Invalid, "%s is %s %v in the weights, want %s %v", name, e.Type, e.Shape, kind, shape)
	}
	size := sizes[kind]
	for _, d := range shape {
		if d < 1 || int64(d) > t.size/size {
			return nil, daybook.Errorf(daybook.Invalid, "%s cannot be %v large in the weights", name, shape)
		}
		size *= int64(d)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from || to > t.size || to-from != size {
		return nil, daybook.Errorf(daybook.Invalid, "%s is not where the weights' header says", name)
	}
	return bufio.NewReader(io.NewSectionReader(t.file, t.base+from, size)), nil
}

// codes returns a matrix as codes: one that is stored as codes with the scales
// of its rows, or one of 32-bit numbers, which is never whole in memory.
func (t *tensors) codes(name string, rows, width int) (codeTable, error) {
	kind := "F32"
	if t.entries[name].Type == "I8" {
		kind = "I8"
	}
	r, err := t.open(name, kind, rows, width)
	if err != nil {
		return codeTable{}, err
	}
	table := codeTable{make([]int8, rows*width), make([]float32, rows)}
	if kind == "I8" {
		if _, err := io.ReadFull(r, unsafe.Slice((*byte)(unsafe.Pointer(&table.codes[0])), len(table.codes))); err != nil {
			return codeTable{}, fmt.Errorf("read %s of the weights: %w", name, err)
		}
		table.scales, err = t.floats(name+scalesSuffix, rows)
		return table, err
	}
	row := make([]float32, width)
	for i := range rows {
		if err := readFloats(r, row); err != nil {
			return codeTable{}, fmt.Errorf("read %s of the weights: %w", name, err)
		}
		table.scales[i] = quantize(table.codes[i*width:][:width], row)
	}
	return table, nil
}

// readFloats fills out from r and refuses numbers that are not finite.
func readFloats(r io.Reader, out []float32) error {
	var buf [4096]byte
	for len(out) > 0 {
		n := min(len(out), len(buf)/4)
		if _, err := io.ReadFull(r, buf[:n*4]); err != nil {
			return err
		}
		for i := range n {
			v := math.Float32frombits(binary.LittleEndian.Uint32(buf[i*4:]))
			if v-v != 0 { // Inf-Inf and NaN-NaN are NaN
				return daybook.Errorf(daybook.Invalid, "a number is not finite")
			}
			out[i] = v
		}
		out = out[n:]
	}
	return nil
}
