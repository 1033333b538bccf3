package embed

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tiny is a useless model with every part of a real one.
var tiny = shape{layers: 2, hidden: 64, inner: 128, vocab: 40, positions: 300}

// tinyTensors returns random weights by name.
func tinyTensors() map[string][]float32 {
	r := rand.New(rand.NewPCG(3, 4))
	all := map[string][]float32{}
	add := func(name string, n int) { all[name] = randoms(r, n) }
	dense := func(name string, out, in int) {
		add(name+".weight", out*in)
		add(name+".bias", out)
		for i := range all[name+".weight"] {
			all[name+".weight"][i] /= float32(math.Sqrt(float64(in)))
		}
	}
	h := tiny.hidden
	add("embeddings.word_embeddings.weight", tiny.vocab*h)
	add("embeddings.position_embeddings.weight", tiny.positions*h)
	add("embeddings.token_type_embeddings.weight", 2*h)
	dense("embeddings.LayerNorm", h, 1)
	for i := range tiny.layers {
		name := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"self.query", "self.key", "self.value", "output.dense"} {
			dense(name+"attention."+part, h, h)
		}
		dense(name+"attention.output.LayerNorm", h, 1)
		dense(name+"intermediate.dense", tiny.inner, h)
		dense(name+"output.dense", h, tiny.inner)
		dense(name+"output.LayerNorm", h, 1)
	}
	return all
}

// tinyShape is the shape under which a tensor of tiny is stored.
func tinyShape(name string, n int) []int {
	switch {
	case strings.HasSuffix(name, ".bias") || strings.Contains(name, "LayerNorm"):
		return []int{n}
	case strings.HasSuffix(name, "output.dense.weight") && !strings.Contains(name, "attention"):
		return []int{n / tiny.inner, tiny.inner}
	}
	return []int{n / tiny.hidden, tiny.hidden}
}

// safetensors writes tensors as a file.
func safetensors(t testing.TB, all map[string][]float32) []byte {
	t.Helper()
	header := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	var body bytes.Buffer
	for name, data := range all {
		from := body.Len()
		if err := binary.Write(&body, binary.LittleEndian, data); err != nil {
			t.Fatal(err)
		}
		header[name] = tensorEntry{"F32", tinyShape(name, len(data)), [2]int64{int64(from), int64(body.Len())}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(file, text...), body.Bytes()...)
}

// plainBERT is the encoder as one would write it down: in float64, without
// tiles or panels. Inputs of linear layers are rounded to codes as in the real
// one.
type plainBERT struct{ w map[string][]float32 }

func (p plainBERT) linear(xs [][]float64, name string) [][]float64 {
	w, bias := p.w[name+".weight"], p.w[name+".bias"]
	out := make([][]float64, len(xs))
	for i, x := range xs {
		x = rounded(x)
		for o, b := range bias {
			s := float64(b)
			for j, v := range x {
				s += v * float64(w[o*len(x)+j])
			}
			out[i] = append(out[i], s)
		}
	}
	return out
}

func rounded(x []float64) []float64 {
	row, codes, out := make([]float32, len(x)), make([]byte, len(x)), make([]float64, len(x))
	for i, v := range x {
		row[i] = float32(v)
	}
	scale, zero := quantizeGeneric(codes, row)
	for i, c := range codes {
		out[i] = float64(int32(c)-zero) * float64(scale)
	}
	return out
}

func (p plainBERT) normAdd(xs, ys [][]float64, name string) {
	for i, x := range xs {
		var mean, variance float64
		for j := range x {
			if ys != nil {
				x[j] += ys[i][j]
			}
			mean += x[j] / float64(len(x))
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(len(x))
		}
		for j, v := range x {
			x[j] = (v-mean)/math.Sqrt(variance)*float64(p.w[name+".weight"][j]) + float64(p.w[name+".bias"][j])
		}
	}
}

func (p plainBERT) attend(q, k, v [][]float64) [][]float64 {
	out := make([][]float64, len(q))
	for i := range q {
		out[i] = make([]float64, len(q[i]))
		for head := 0; head < len(q[i]); head += headSize {
			weights, total := make([]float64, len(k)), 0.0
			for j := range k {
				var s float64
				for c := head; c < head+headSize; c++ {
					s += q[i][c] * k[j][c]
				}
				weights[j] = math.Exp(s / math.Sqrt(headSize))
				total += weights[j]
			}
			for j, w := range weights {
				for c := head; c < head+headSize; c++ {
					out[i][c] += w / total * v[j][c]
				}
			}
		}
	}
	return out
}

func (p plainBERT) encode(tokens []int32) []float64 {
	h := tiny.hidden
	xs := make([][]float64, len(tokens))
	for i, t := range tokens {
		for j := range h {
			xs[i] = append(xs[i], float64(p.w["embeddings.word_embeddings.weight"][int(t)*h+j])+
				float64(p.w["embeddings.position_embeddings.weight"][i*h+j])+
				float64(p.w["embeddings.token_type_embeddings.weight"][j]))
		}
	}
	p.normAdd(xs, nil, "embeddings.LayerNorm")
	for l := range tiny.layers {
		name := fmt.Sprintf("encoder.layer.%d.", l)
		self := name + "attention.self."
		gathered := p.attend(p.linear(xs, self+"query"), p.linear(xs, self+"key"), p.linear(xs, self+"value"))
		p.normAdd(xs, p.linear(gathered, name+"attention.output.dense"), name+"attention.output.LayerNorm")
		inner := p.linear(xs, name+"intermediate.dense")
		for _, row := range inner {
			for j, v := range row {
				row[j] = v / 2 * (1 + math.Erf(v/math.Sqrt2))
			}
		}
		p.normAdd(xs, p.linear(inner, name+"output.dense"), name+"output.LayerNorm")
	}
	mean := make([]float64, h)
	for _, x := range xs {
		for j, v := range x {
			mean[j] += v
		}
	}
	return mean
}

func TestEncoderIsBERT(t *testing.T) {
	weights := tinyTensors()
	// The weights become codes, which is tested here, so the rest can be compared.
	for name, all := range weights {
		shape := tinyShape(name, len(all))
		if len(shape) < 2 || strings.Contains(name, "position") || strings.Contains(name, "token_type") {
			continue
		}
		codes := make([]int8, shape[1])
		for row := range slices.Chunk(all, shape[1]) {
			scale := quantize(codes, row)
			for i, c := range codes {
				near(t, "a weight", float32(c)*scale, float64(row[i]), float64(scale)/2+1e-6)
				row[i] = float32(c) * scale
			}
		}
	}
	data := safetensors(t, weights)
	file, err := newTensors(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEncoder(file, tiny)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	s := new(scratch) // shared: leftovers of an input must not matter
	for _, n := range []int{256, 1, 2, 3, 4, 5, 31, 32, 33, 64, 100} {
		tokens := make([]int32, n)
		for i := range tokens {
			tokens[i] = r.Int32N(int32(tiny.vocab))
		}
		want := plainBERT{weights}.encode(tokens)
		for _, k := range availableKernels() {
			got, err := e.encode(t.Context(), k, s, tokens)
			if err != nil {
				t.Fatal(err)
			}
			checkDirection(t, fmt.Sprintf("%s, %d tokens", k.name, n), got, want)
		}
	}
}

func checkDirection(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	var square float64
	for _, v := range want {
		square += v * v
	}
	for i, v := range got {
		near(t, what+": a component", v, want[i]/math.Sqrt(square), 5e-4) // a code may round the other way
	}
}
