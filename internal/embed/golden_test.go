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

// golden is a text with the results of the reference implementations: the
// Hugging Face tokenizer, and the model's graph run by ONNX Runtime.
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
	if !IsIn(folder) {
		t.Skip("the model is not there; scripts/fetch-model.sh fetches it")
	}
	m, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestModelIsTheReference(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	m := openModel(t)
	all := readGolden(t)
	t.Run("tokens", func(t *testing.T) {
		for _, g := range all {
			checkTokens(t, g, m.tokenizer.encode(g.Text, maxTokens))
		}
	})
	for _, k := range availableKernels() {
		t.Run(k.name, func(t *testing.T) {
			m.kernels = k
			worst, mean, n := 1.0, 0.0, 0.0
			for _, g := range all {
				if k.name != "VNNI" && g.Tokens > 20 {
					continue // slow; TestEncoderIsBERT has long ones for all
				}
				got, err := m.Embed(t.Context(), llm.EmbedRequest{Inputs: []string{g.Text}})
				if err != nil {
					t.Fatal(err)
				}
				cosine := checkGolden(t, g, got.Vectors[0])
				worst, mean, n = min(worst, cosine), mean+cosine, n+1
			}
			if mean /= n; mean < 0.998 {
				t.Errorf("the mean cosine is %.6f", mean)
			}
			t.Logf("cosine %.6f at worst, %.6f in the mean of %.0f texts", worst, mean, n)
		})
	}
}

func checkTokens(t *testing.T, g golden, tokens []int32) {
	t.Helper()
	var ids []string
	for _, id := range tokens {
		ids = append(ids, strconv.Itoa(int(id)))
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, ",")))
	if len(tokens) != g.Tokens || hex.EncodeToString(sum[:8]) != g.Hash {
		t.Errorf("%.40q: %d tokens %v, want %d", g.Text, len(tokens), ids[:min(20, len(ids))], g.Tokens)
	}
}

// checkGolden returns the cosine of v and the reference.
func checkGolden(t *testing.T, g golden, v []float32) float64 {
	t.Helper()
	if len(v) != len(g.Codes) {
		t.Fatalf("%d components, want %d", len(v), len(g.Codes))
	}
	for i, want := range g.First {
		if d := math.Abs(float64(v[i] - want)); !(d < 2e-2) {
			t.Errorf("%.40q: component %d is %g, want %g", g.Text, i, v[i], want)
		}
	}
	var dot, a, b float64
	for i, x := range v {
		y := float64(int8(g.Codes[i]))
		dot, a, b = dot+float64(x)*y, a+float64(x)*float64(x), b+y*y
	}
	if math.Abs(a-1) > 1e-5 {
		t.Errorf("%.40q: the length's square is %g", g.Text, a)
	}
	cosine := dot / math.Sqrt(a*b)
	if !(cosine >= 0.99) {
		t.Errorf("%.40q: cosine %g", g.Text, cosine)
	}
	return cosine
}
