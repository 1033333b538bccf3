package embed

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// scalesSuffix is added to the name of a matrix of codes for the scales of its
// rows.
const scalesSuffix = ".scales"

// Compact writes the weights in a safetensors file of the given size as another
// one, a quarter as large: with the codes of matrices that Open would make of
// them. The same weights always become the same bytes.
func Compact(out io.Writer, weights io.ReaderAt, size int64) error {
	file, err := newTensors(weights, size)
	if err != nil {
		return err
	}
	c := compaction{header: map[string]tensorEntry{}}
	for _, name := range slices.Sorted(maps.Keys(file.entries)) {
		if err := c.add(file, name); err != nil {
			return err
		}
	}
	header, err := json.Marshal(c.header)
	if err != nil {
		return fmt.Errorf("write the weights' header: %w", err)
	}
	header = append(header, strings.Repeat(" ", -len(header)&7)...)
	for _, part := range [][]byte{binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header, c.data} {
		if _, err := out.Write(part); err != nil {
			return fmt.Errorf("write the weights: %w", err)
		}
	}
	return nil
}

type compaction struct {
	header map[string]tensorEntry
	data   []byte
}

// add adds a tensor, as codes if it is a large matrix.
func (c *compaction) add(file *tensors, name string) error {
	e := file.entries[name]
	if e.Type != "F32" {
		return nil // such as the numbers of positions, which aren't read
	}
	if len(e.Shape) != 2 || !strings.HasSuffix(name, ".weight") || strings.Contains(name, "position") || strings.Contains(name, "token_type") {
		numbers, err := file.floats(name, e.Shape...)
		if err != nil {
			return err
		}
		c.put(name, "F32", e.Shape, floatBytes(numbers))
		return nil
	}
	table, err := file.codes(name, e.Shape[0], e.Shape[1])
	if err != nil {
		return err
	}
	codes := make([]byte, len(table.codes))
	for i, code := range table.codes {
		codes[i] = byte(code)
	}
	c.put(name, "I8", e.Shape, codes)
	c.put(name+scalesSuffix, "F32", e.Shape[:1], floatBytes(table.scales))
	return nil
}

func (c *compaction) put(name, kind string, shape []int, data []byte) {
	from := int64(len(c.data))
	c.data = append(c.data, data...)
	c.header[name] = tensorEntry{kind, shape, [2]int64{from, int64(len(c.data))}}
}

func floatBytes(numbers []float32) []byte {
	out, err := binary.Append(nil, binary.LittleEndian, numbers)
	if err != nil {
		panic(err) // a slice of numbers has a size
	}
	return out
}
