package embed

import (
	"encoding/binary"
	"fmt"
	"math"

	"daybook"
)

// Weights of 4 bits come in blocks of blockSize numbers: a scale as a 16-bit
// float, and bytes with two numbers each, the low halves first.
const (
	blockSize  = 32
	blockBytes = 2 + blockSize/2
)

// packedMagic begins a file of the format E5S1: the shape, a unigram tokenizer,
// a directory of tensors and the tensors, which are 32-bit floats or blocks.
const packedMagic = "E5S1\x01\x00\x00\x00"

// Limits of what a file may say.
const (
	maxPieces  = 1 << 20
	maxTensors = 1 << 12
)

// packed reads a file of that format; err is sticky.
type packed struct {
	data    []byte
	at      int
	err     error
	tensors map[string]packedTensor
}

type packedTensor struct {
	kind   byte
	offset uint64
}

func (p *packed) fail(format string, args ...any) {
	if p.err == nil {
		p.err = daybook.Errorf(daybook.Invalid, "the weights are malformed: "+format, args...)
	}
}

// next returns the next n bytes, nil if there are fewer.
func (p *packed) next(n uint64) []byte {
	if p.err != nil || n > uint64(len(p.data)-p.at) {
		p.fail("they end at %d", len(p.data))
		return nil
	}
	p.at += int(n)
	return p.data[p.at-int(n) : p.at]
}

func (p *packed) number() uint32 {
	if b := p.next(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (p *packed) long() uint64 {
	if b := p.next(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// newPacked reads a whole file of the given shape up to the tensors.
func newPacked(data []byte, s shape) (*packed, *unigram, error) {
	p := &packed{data: data, tensors: map[string]packedTensor{}}
	if string(p.next(uint64(len(packedMagic)))) != packedMagic {
		p.fail("they are of another format")
	}
	for _, want := range []int{s.hidden, s.layers, s.hidden / headSize, s.inner, s.vocab, s.positions} {
		if got := p.number(); p.err == nil && int64(got) != int64(want) {
			p.fail("a size is %d, want %d", got, want)
		}
	}
	p.next(8) // kinds of tokens, and the norms' epsilon
	if size := p.number(); p.err == nil && size != blockSize {
		p.fail("blocks of %d", size)
	}
	u := p.tokenizer(s)
	p.directory()
	return p, u, p.err
}

// tokenizer reads the tokenizer.
func (p *packed) tokenizer(s shape) *unigram {
	n := p.number()
	begin, end, _, unknown := int32(p.number()), int32(p.number()), p.number(), int32(p.number())
	size := p.long()
	if n > maxPieces || int(n) > s.vocab {
		p.fail("%d pieces", n)
		return nil
	}
	offsets, scores := p.next(4*(uint64(n)+1)), p.next(4*uint64(n))
	text := string(p.next(size))
	if p.err != nil {
		return nil
	}
	pieces, numbers := make([]string, n), make([]float32, n)
	for i := range pieces {
		from, to := binary.LittleEndian.Uint32(offsets[4*i:]), binary.LittleEndian.Uint32(offsets[4*i+4:])
		if from > to || uint64(to) > size {
			p.fail("piece %d is from %d to %d", i, from, to)
			return nil
		}
		pieces[i], numbers[i] = text[from:to], math.Float32frombits(binary.LittleEndian.Uint32(scores[4*i:]))
	}
	u, err := newUnigram(pieces, numbers, begin, end, unknown)
	if err != nil {
		p.err = err
		return nil
	}
	p.replacements(u)
	return u
}

// replacements reads how characters are normalised.
func (p *packed) replacements(u *unigram) {
	n, size := p.number(), p.number()
	begin := p.at
	p.next(uint64(size))
	if p.err != nil {
		return
	}
	end := p.at
	p.at = begin
	for range n {
		from, count := p.number(), p.next(1)
		if p.err != nil {
			return
		}
		to := make([]rune, count[0])
		for i := range to {
			to[i] = rune(p.number())
		}
		u.normal[rune(from)] = to
	}
	if p.at != end {
		p.fail("the replacements end at %d, want %d", p.at, end)
	}
}

func (p *packed) directory() {
	n := p.number()
	if n > maxTensors {
		p.fail("%d tensors", n)
	}
	for i := uint32(0); i < n && p.err == nil; i++ {
		length := p.next(2)
		if length == nil {
			return
		}
		name := string(p.next(uint64(binary.LittleEndian.Uint16(length))))
		kind := p.next(1)
		p.number()
		offset := p.long()
		p.long()
		if p.err == nil {
			p.tensors[name] = packedTensor{kind[0], offset}
		}
	}
}

// tensor returns the bytes of a tensor.
func (p *packed) tensor(name string, size int) []byte {
	t, has := p.tensors[name]
	whole := has && t.offset <= uint64(len(p.data)) && uint64(size) <= uint64(len(p.data))-t.offset
	if p.err == nil && !whole {
		p.fail("%s is missing or cut", name)
	}
	if p.err != nil {
		return nil
	}
	return p.data[t.offset:][:size]
}

func (p *packed) floats(name string, n int) []float32 {
	data := p.tensor(name, 4*n)
	if data == nil {
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		if out[i]-out[i] != 0 {
			p.fail("a number of %s is not finite", name)
		}
	}
	return out
}

// blocks returns a matrix of blocks.
func (p *packed) blocks(name string, rows, width int) blockTable {
	return blockTable{p.tensor(name, rows*width/blockSize*blockBytes), width / blockSize * blockBytes}
}

// codes returns a matrix of blocks as codes.
func (p *packed) codes(name string, rows, width int) codeTable {
	blocks := p.blocks(name, rows, width)
	if p.err != nil {
		return codeTable{}
	}
	out := codeTable{make([]int8, rows*width), make([]float32, rows)}
	row := make([]float32, width)
	for i := range rows {
		blocks.row(int32(i), row)
		for _, v := range row {
			if v-v != 0 {
				p.fail("a number of %s is not finite", name)
			}
		}
		out.scales[i] = quantize(out.codes[i*width:][:width], row)
	}
	return out
}

// blockTable is a matrix of blocks.
type blockTable struct {
	data []byte
	size int // bytes of a row
}

// row implements wordTable.
func (t blockTable) row(token int32, out []float32) {
	data := t.data[int(token)*t.size:][:t.size]
	for ; len(data) > 0; data, out = data[blockBytes:], out[blockSize:] {
		scale := halfFloat(binary.LittleEndian.Uint16(data))
		for i, b := range data[2:blockBytes] {
			out[i] = float32(int(b&15)-8) * scale
			out[i+blockSize/2] = float32(int(b>>4)-8) * scale
		}
	}
}

// halfFloat returns a 16-bit float.
func halfFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// newPackedEncoder reads the weights of a BERT encoder.
func newPackedEncoder(p *packed, s shape) (*encoder, error) {
	e := &encoder{
		shape:     s,
		words:     p.blocks("emb.word", s.vocab, s.hidden),
		positions: p.floats("emb.pos", s.positions*s.hidden),
		norm:      normWeights{p.floats("emb.ln.w", s.hidden), p.floats("emb.ln.b", s.hidden)},
	}
	types := p.floats("emb.type", s.hidden)
	for i := 0; i < s.layers && p.err == nil; i++ {
		e.layers = append(e.layers, p.layer(fmt.Sprintf("l%d.", i), s))
	}
	if p.err != nil {
		return nil, p.err
	}
	for i := range e.positions {
		e.positions[i] += types[i%s.hidden]
	}
	return e, nil
}

func (p *packed) layer(name string, s shape) layer {
	dense := func(part string, out, in int) (codeTable, []float32) {
		return p.codes(name+part+".w", out, in), p.floats(name+part+".b", out)
	}
	norm := func(part string) normWeights {
		return normWeights{p.floats(name+part+".w", s.hidden), p.floats(name+part+".b", s.hidden)}
	}
	linearOf := func(part string, out, in int) linear {
		w, bias := dense(part, out, in)
		if p.err != nil {
			return linear{}
		}
		return newLinear(w.codes, w.scales, bias, in, out)
	}
	var projections [3]codeTable
	var biases [3][]float32
	for i, part := range []string{"q", "k", "v"} {
		projections[i], biases[i] = dense(part, s.hidden, s.hidden)
	}
	if p.err != nil {
		return layer{}
	}
	return layer{
		attention: joined(projections, biases, s.hidden),
		output:    linearOf("ao", s.hidden, s.hidden),
		norm:      norm("aln"),
		inner:     linearOf("fi", s.inner, s.hidden),
		outer:     linearOf("fo", s.hidden, s.inner),
		outerNorm: norm("oln"),
	}
}
