package embed

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"daybook/internal/llm"
)

// golden is a text with what the reference implementations make of it: the
// tokenizer of Hugging Face, and the model's graph run by ONNX Runtime.
type golden struct {
	Text   string    `json:"text"`
	Tokens int       `json:"tokens"`
	Hash   string    `json:"hash"`  // of the tokens, as decimal numbers between commas
	First  []float32 `json:"first"` // the first components of the vector
	Codes  []byte    `json:"codes"` // the whole vector as int8, its largest component 127
}

func readGolden(t testing.TB) []golden {
	t.Helper()
	f, err := os.Open("testdata/golden.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []golden
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if len(all) < 50 {
		t.Fatalf("only %d texts", len(all))
	}
	return all
}

// modelFolder is where the weights are: DAYBOOK_TEST_MODEL, or where
// scripts/fetch-model.sh puts them.
func modelFolder() string {
	return cmp.Or(os.Getenv("DAYBOOK_TEST_MODEL"), filepath.Join("..", "..", ".cache", "model"))
}

func openModel(t testing.TB) *Model {
	t.Helper()
	folder := modelFolder()
	if _, err := os.Stat(filepath.Join(folder, weightsFile)); err != nil {
		t.Skip("the model is not there; scripts/fetch-model.sh fetches it")
	}
	m, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTokensAreTheReference(t *testing.T) {
	m := openModel(t)
	for _, g := range readGolden(t) {
		tokens := m.tokenizer.encode(g.Text, maxTokens)
		var ids []string
		for _, id := range tokens {
			ids = append(ids, strconv.Itoa(int(id)))
		}
		sum := sha256.Sum256([]byte(strings.Join(ids, ",")))
		if len(tokens) != g.Tokens || hex.EncodeToString(sum[:8]) != g.Hash {
			t.Errorf("%.40q: %d tokens %v, want %d", g.Text, len(tokens), ids[:min(20, len(ids))], g.Tokens)
		}
	}
}

func TestVectorsAreTheReference(t *testing.T) {
	m := openModel(t)
	for _, k := range availableKernels() {
		m.kernels = k
		worst := 1.0
		for _, g := range readGolden(t) {
			if k.name == "generic" && g.Tokens > 40 {
				continue // slow; TestEncoderIsBERT has long ones for it
			}
			got, err := m.Embed(t.Context(), llm.EmbedRequest{Inputs: []string{g.Text}})
			if err != nil {
				t.Fatal(err)
			}
			worst = min(worst, checkGolden(t, k.name, g, got.Vectors[0]))
		}
		t.Logf("%s: cosine %.6f at worst", k.name, worst)
	}
}

// checkGolden returns the cosine of v and the reference.
func checkGolden(t *testing.T, name string, g golden, v []float32) float64 {
	t.Helper()
	if len(v) != len(g.Codes) {
		t.Fatalf("%d components, want %d", len(v), len(g.Codes))
	}
	for i, want := range g.First {
		if d := math.Abs(float64(v[i] - want)); !(d < 2e-3) {
			t.Errorf("%s: %.40q: component %d is %g, want %g", name, g.Text, i, v[i], want)
		}
	}
	var dot, a, b float64
	for i, x := range v {
		y := float64(int8(g.Codes[i]))
		dot, a, b = dot+float64(x)*y, a+float64(x)*float64(x), b+y*y
	}
	if math.Abs(a-1) > 1e-5 {
		t.Errorf("%s: %.40q: the length's square is %g", name, g.Text, a)
	}
	cosine := dot / math.Sqrt(a*b)
	if !(cosine >= 0.9995) {
		t.Errorf("%s: %.40q: cosine %g", name, g.Text, cosine)
	}
	return cosine
}
