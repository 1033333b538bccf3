package late

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"unsafe"

	"daybook/internal/embed"
)

// A window is windowSize words of a passage, about a sentence. Windows begin
// every windowStep words.
const (
	windowSize = 16
	windowStep = 4
)

// record is what is kept of a text.
type record struct {
	tokens  []uint16
	scales  []float32 // of each token's codes
	inverse []float32 // 1 / the length of each token's codes
	windows []float32 // 1 / the length of each window's sum of states
	codes   []int8
}

func newRecord(s embed.States) record {
	n := len(s.Tokens)
	r := record{tokens: s.Tokens, scales: s.Scales, codes: s.Codes, inverse: make([]float32, n)}
	if n == 0 {
		return r
	}
	dim := len(s.Codes) / n
	for i := range n {
		r.inverse[i] = float32(1 / math.Sqrt(max(1, square(s.Codes[i*dim:][:dim]))))
	}
	for _, w := range windows(n) {
		sum := make([]float32, dim)
		for i := w[0]; i < w[1]; i++ {
			for j, c := range s.Codes[i*dim:][:dim] {
				sum[j] += s.Scales[i] * float32(c)
			}
		}
		r.windows = append(r.windows, float32(1/math.Sqrt(max(1e-12, square(sum)))))
	}
	return r
}

// square returns the square of a vector's length.
func square[T int8 | float32](v []T) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

// windows returns the windows of n words, from and to.
func windows(n int) [][2]int {
	size := min(windowSize, n)
	var list [][2]int
	for from := 0; from+size <= n && size > 0; from += windowStep {
		list = append(list, [2]int{from, from + size})
	}
	return list
}

func distinct(list []uint16) tokens {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// head encodes all but the codes.
func (r record) head() []byte {
	out := binary.LittleEndian.AppendUint16(nil, uint16(len(r.tokens)))
	for _, t := range r.tokens {
		out = binary.LittleEndian.AppendUint16(out, t)
	}
	for _, list := range [][]float32{r.scales, r.inverse, r.windows} {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	return out
}

var errRecord = errors.New("malformed record")

// readHead decodes what head encoded.
func readHead(data []byte) (r record, err error) {
	if len(data) < 2 {
		return r, errRecord
	}
	n := int(binary.LittleEndian.Uint16(data))
	w := len(windows(n))
	if data = data[2:]; len(data) != 2*n+4*(2*n+w) {
		return r, errRecord
	}
	r.tokens = make([]uint16, n)
	for i := range n {
		r.tokens[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	floats := make([]float32, 2*n+w)
	for i := range floats {
		floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[2*n+4*i:]))
	}
	r.scales, r.inverse, r.windows = floats[:n], floats[n:2*n], floats[2*n:]
	return r, nil
}

// asCodes views bytes as codes, without copying.
func asCodes(data []byte) []int8 {
	if len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*int8)(unsafe.Pointer(&data[0])), len(data))
}

func asBytes(codes []int8) []byte {
	if len(codes) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&codes[0])), len(codes))
}
