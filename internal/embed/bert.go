package embed

import (
	"fmt"
	"math"
)

// shape is the size of a BERT encoder. A head is headSize wide. hidden and
// inner are multiples of panelCols.
type shape struct {
	layers, hidden, inner int
	vocab, positions      int
}

// headSize is the width of an attention head, and of a panel, so that the
// values of one head are a panel without copying.
const headSize = tileCols

// miniLM is all-MiniLM-L6-v2.
var miniLM = shape{layers: 6, hidden: 384, inner: 1536, vocab: 30522, positions: 512}

// encoder holds the weights of a BERT encoder. They do not change.
type encoder struct {
	shape
	words     wordTable
	positions []float32 // and for each position, including the shared token type
	norm      normWeights
	layers    []layer
}

type layer struct {
	attention linear // projections to queries, keys and values in one
	output    linear
	norm      normWeights
	inner     linear
	outer     linear
	outerNorm normWeights
}

// wordTable has a row of hidden numbers for each token.
type wordTable interface {
	row(token int32, out []float32)
}

// codeTable stores rows of numbers as one byte each, with a scale per row.
type codeTable struct {
	codes  []int8
	scales []float32 // number = code * scale
}

type normWeights struct{ scale, shift []float32 }

// weightReader reads tensors until one fails; err is sticky.
type weightReader struct {
	file *tensors
	err  error
}

// newEncoder reads the weights by the names of transformers' BertModel.
func newEncoder(file *tensors, s shape) (*encoder, error) {
	r := &weightReader{file: file}
	e := &encoder{
		shape:     s,
		words:     r.codes("embeddings.word_embeddings.weight", s.vocab, s.hidden),
		positions: r.read("embeddings.position_embeddings.weight", s.positions, s.hidden),
		norm:      r.norm("embeddings.LayerNorm", s.hidden),
	}
	// The inputs are one sentence each, so that all tokens are of type 0.
	types := r.read("embeddings.token_type_embeddings.weight", 2, s.hidden)
	for i := 0; i < s.layers && r.err == nil; i++ {
		e.layers = append(e.layers, r.layer(fmt.Sprintf("encoder.layer.%d.", i), s))
	}
	if r.err != nil {
		return nil, r.err
	}
	for i := range e.positions {
		e.positions[i] += types[i%s.hidden]
	}
	return e, nil
}

func (r *weightReader) read(name string, shape ...int) []float32 {
	if r.err != nil {
		return nil
	}
	var out []float32
	out, r.err = r.file.floats(name, shape...)
	return out
}

func (r *weightReader) codes(name string, rows, width int) codeTable {
	if r.err != nil {
		return codeTable{}
	}
	var out codeTable
	out, r.err = r.file.codes(name, rows, width)
	return out
}

// row implements wordTable.
func (t codeTable) row(token int32, out []float32) {
	scale := t.scales[token]
	for i, code := range t.codes[int(token)*len(out):][:len(out)] {
		out[i] = float32(code) * scale
	}
}

// quantize writes row as codes of -127 to 127 and returns their scale.
func quantize(codes []int8, row []float32) float32 {
	var largest float32
	for _, v := range row {
		largest = max(largest, v, -v)
	}
	if largest == 0 {
		return 0 // the codes are zeros as they were made
	}
	for i, v := range row {
		codes[i] = int8(math.RoundToEven(float64(v / largest * 127)))
	}
	return largest / 127
}

func (r *weightReader) norm(name string, n int) normWeights {
	return normWeights{r.read(name+".weight", n), r.read(name+".bias", n)}
}

func (r *weightReader) linear(name string, out, in int) linear {
	w, bias := r.codes(name+".weight", out, in), r.read(name+".bias", out)
	if r.err != nil {
		return linear{}
	}
	return newLinear(w.codes, w.scales, bias, in, out)
}

// attention reads the three projections of an attention block as one. The
// queries are scaled here once, rather than their products each time.
func (r *weightReader) attention(name string, n int) linear {
	var projections [3]codeTable
	var biases [3][]float32
	for i, part := range []string{"query", "key", "value"} {
		projections[i], biases[i] = r.codes(name+part+".weight", n, n), r.read(name+part+".bias", n)
	}
	if r.err != nil {
		return linear{}
	}
	return joined(projections, biases, n)
}

// joined returns the projections to n queries, keys and values as one layer.
func joined(projections [3]codeTable, biases [3][]float32, n int) linear {
	var all codeTable
	var bias []float32
	for i, p := range projections {
		all.codes, all.scales = append(all.codes, p.codes...), append(all.scales, p.scales...)
		bias = append(bias, biases[i]...)
	}
	const scale = 0.17677669529663689 // 1/sqrt(headSize)
	for i := range n {
		all.scales[i] *= scale
		bias[i] *= scale
	}
	return newLinear(all.codes, all.scales, bias, n, 3*n)
}

func (r *weightReader) layer(name string, s shape) layer {
	return layer{
		attention: r.attention(name+"attention.self.", s.hidden),
		output:    r.linear(name+"attention.output.dense", s.hidden, s.hidden),
		norm:      r.norm(name+"attention.output.LayerNorm", s.hidden),
		inner:     r.linear(name+"intermediate.dense", s.inner, s.hidden),
		outer:     r.linear(name+"output.dense", s.hidden, s.inner),
		outerNorm: r.norm(name+"output.LayerNorm", s.hidden),
	}
}
