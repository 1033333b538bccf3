package openai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// TestEmbeddingForms reads the vectors of two texts in every form in which
// servers send them.
func TestEmbeddingForms(t *testing.T) {
	for what, body := range map[string]string{
		"by index":             `{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}]}`,
		"without indices":      `{"data":[{"embedding":[1,2]},{"embedding":[3,4]}]}`,
		"all of the index 0":   `{"data":[{"index":0,"embedding":[1,2]},{"index":0,"embedding":[3,4]}]}`,
		"from 1 on":            `{"data":[{"index":2,"embedding":[3,4]},{"index":1,"embedding":[1,2]}]}`,
		"indices as strings":   `{"data":[{"index":"1","embedding":[3,4]},{"index":"0","embedding":[1,2]}]}`,
		"null indices":         `{"data":[{"index":null,"embedding":[1,2]},{"index":null,"embedding":[3,4]}]}`,
		"base64":               `{"data":[{"index":0,"embedding":"AACAPwAAAEA="},{"index":1,"embedding":"AABAQAAAgEA="}]}`,
		"of both kinds":        `{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":"AABAQAAAgEA="}]}`,
		"usage of any type":    `{"data":[{"embedding":[1,2]},{"embedding":[3,4]}],"usage":"none","model":5}`,
		"large and small":      `{"data":[{"embedding":[1,2.0]},{"embedding":[3e0,4]}]}`,
		"a list beside errors": `{"error":null,"data":[{"embedding":[1,2]},{"embedding":[3,4]}]}`,
	} {
		out, err := answering(t, 200, body).Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{"a", "b"}})
		if err != nil || len(out.Vectors) != 2 || !slices.Equal(out.Vectors[0], []float32{1, 2}) || !slices.Equal(out.Vectors[1], []float32{3, 4}) {
			t.Errorf("%s: %v, %v", what, out.Vectors, err)
		}
	}
}

// TestUnusableVectors leaves out one vector and keeps the others.
func TestUnusableVectors(t *testing.T) {
	for _, bad := range []string{"[0,0]", "[NaN,1]", "[1, Infinity]", "[-Infinity,0]", "[null,1]", "null", "[1e39,1]", `"AAAAAAAAAAA="`, `"AADAfwAAgD8="`} {
		body := `{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":` + bad + `},{"index":2,"embedding":[0,3]}]}`
		out, err := answering(t, 200, body).Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{"a", "b", "c"}})
		if err != nil || out.Vectors[1] != nil || !slices.Equal(out.Vectors[0], []float32{1, 0}) || !slices.Equal(out.Vectors[2], []float32{0, 3}) {
			t.Errorf("%s: %v, %v", bad, out.Vectors, err)
		}
	}
}

// TestNoEmbeddings refuses answers from which no vector can be told to belong
// to a text.
func TestNoEmbeddings(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"data":[]}`, `{"data":[{"embedding":[1,2]}]}`, `{"data":[{"embedding":[1,2]},{"embedding":[1]}]}`, `{"data":[{"embedding":[]},{"embedding":[]}]}`,
		`{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]}`, `{"data":[{"embedding":"?"},{"embedding":"?"}]}`,
		`{"data":[{"embedding":{}},{"embedding":{}}]}`, `{"data":[{"embedding":null},{"embedding":null}]}`, `not JSON, secret`, `{"error":"secret"}`, `<html>secret`,
	} {
		_, err := answering(t, 200, body).Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{"a", "b"}})
		failure(t, err)
	}
}

// passages are the texts of a batch; the one numbered bad, if any, holds a word
// that the servers of these tests do not like.
func passages(n, bad int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("passage %d", i)
		if i == bad {
			texts[i] = "poison"
		}
	}
	return texts
}

// embedder returns the client of a server that embeds the number in a text,
// unless fails says how it fails.
func embedder(t *testing.T, calls *int, fails func(inputs []string) (status int, body string)) llm.Provider {
	return serve(t, "llama", func(w http.ResponseWriter, r *http.Request) {
		*calls++
		var in struct{ Input []string }
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &in); err != nil {
			t.Error(err)
		}
		if status, body := fails(in.Input); status != 0 {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		type item struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var out struct {
			Data []item `json:"data"`
		}
		for i, text := range in.Input {
			var n float32
			_, _ = fmt.Sscanf(text, "passage %f", &n)
			out.Data = append(out.Data, item{i, []float32{n, 1}})
		}
		_ = json.NewEncoder(w).Encode(out)
	})
}

// TestOneRefused embeds a hundred passages of which the server refuses one,
// wherever it is.
func TestOneRefused(t *testing.T) {
	for _, status := range []int{400, 413, 422, 500} {
		for _, bad := range []int{0, 37, 99} {
			calls := 0
			p := embedder(t, &calls, func(inputs []string) (int, string) {
				if slices.Contains(inputs, "poison") {
					return status, `{"error":{"message":"input is too long, secret"}}`
				}
				return 0, ""
			})
			out, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: passages(100, bad)})
			if err != nil || len(out.Vectors) != 100 || calls > 20 {
				t.Fatalf("%d, %d: %d vectors in %d calls, %v", status, bad, len(out.Vectors), calls, err)
			}
			for i, v := range out.Vectors {
				if (v == nil) != (i == bad) || v != nil && v[0] != float32(i) {
					t.Errorf("%d, %d: vector %d is %v", status, bad, i, v)
				}
			}
		}
	}
}

// TestRefusedByItself leaves out a text that comes alone, of a model that has
// embedded others, but not a question.
func TestRefusedByItself(t *testing.T) {
	calls := 0
	p := embedder(t, &calls, func(inputs []string) (int, string) {
		if slices.Contains(inputs, "poison") {
			return 400, `{"error":"too long, secret"}`
		}
		return 0, ""
	})
	alone := llm.EmbedRequest{Model: "e", Inputs: []string{"poison"}, Purpose: llm.ForDocument}
	_, err := p.Embed(t.Context(), alone)
	failure(t, err)
	if _, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: passages(3, -1)}); err != nil {
		t.Fatal(err)
	}
	if out, err := p.Embed(t.Context(), alone); err != nil || len(out.Vectors) != 1 || out.Vectors[0] != nil {
		t.Errorf("%v, %v", out.Vectors, err)
	}
	alone.Purpose = llm.ForQuery
	_, err = p.Embed(t.Context(), alone)
	failure(t, err)
}

// TestLimitOfInputs finds out how many texts a server takes, and keeps to it.
func TestLimitOfInputs(t *testing.T) {
	calls, refused := 0, 0
	p := embedder(t, &calls, func(inputs []string) (int, string) {
		if len(inputs) > 32 {
			refused++
			return 413, "batch size > maximum allowed batch size 32"
		}
		return 0, ""
	})
	for range 3 {
		out, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: passages(100, -1)})
		if err != nil || len(out.Vectors) != 100 || out.Vectors[99][0] != 99 {
			t.Fatalf("%d vectors, %v", len(out.Vectors), err)
		}
	}
	if refused > 3 || calls > 20 {
		t.Errorf("%d calls, %d of them refused", calls, refused)
	}
}

// TestAllRefused gives up soon on a server that refuses every text.
func TestAllRefused(t *testing.T) {
	for _, status := range []int{400, 500} {
		calls := 0
		p := embedder(t, &calls, func([]string) (int, string) { return status, `{"error":"this model has no embeddings, secret"}` })
		_, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: passages(100, -1)})
		if e := failure(t, err); calls > 15 || e.Status != status {
			t.Errorf("%d calls, %v", calls, err)
		}
	}
}

func TestRefusedBase64(t *testing.T) {
	p, s := fake(t, "llama", func(llmtest.Request) llmtest.Script { return llmtest.Script{Dim: 8} })
	s.Refuse("encoding_format")
	for range 2 {
		out, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{"one", "two"}})
		if err != nil || !slices.Equal(out.Vectors[1], llmtest.Vector("two", 8)) {
			t.Fatalf("%v, %v", out.Vectors, err)
		}
	}
	if sent := s.Requests(); len(sent) != 3 || !sent[0].Base64 || sent[1].Base64 || sent[2].Base64 {
		t.Errorf("sent %+v", sent)
	}
}

// FuzzEmbeddings checks that every answer ends in vectors of one length, or an
// error.
func FuzzEmbeddings(f *testing.F) {
	f.Add(`{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":"AACAPwAAAEA="}]}`)
	f.Add(`{"data":[{"embedding":[NaN,4]},{"embedding":null}]}`)
	var body string
	p := serve(f, "llama", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	f.Fuzz(func(t *testing.T, answer string) {
		body = answer
		out, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{"a", "b"}})
		if err != nil {
			failure(t, err)
			return
		}
		if len(out.Vectors) != 2 {
			t.Fatalf("%v", out.Vectors)
		}
		for _, v := range out.Vectors {
			for _, x := range v {
				if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
					t.Fatalf("%v", out.Vectors)
				}
			}
		}
	})
}

// FuzzAnswers checks that every answer ends in an end or an error, and shows no
// thinking.
func FuzzAnswers(f *testing.F) {
	f.Add(content(`"<think>secret</think>yes"`) + stop)
	f.Add(`{"choices":[{"message":{"content":[{"text":"yes"}]},"finish_reason":"stop"}]}`)
	f.Add("\ufeff[1]\n{}")
	f.Add("<html>")
	var body string
	p := serve(f, "llama", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	f.Fuzz(func(t *testing.T, answer string) {
		body = answer
		_, _, last, err := collect(t.Context(), p, question())
		if err != nil {
			failure(t, err)
		} else if last.Finish == "" {
			t.Fatal("no end")
		}
		if strings.Contains(fmt.Sprint(err), "ended without an end") {
			t.Fatal(err)
		}
	})
}

// TestHundredPassages embeds all but the passages whose vectors no search can use, in
// any order of the answer.
func TestHundredPassages(t *testing.T) {
	for what, c := range map[string]struct {
		change func(i int, item map[string]any) // of the answer to passage i
		order  func(list []map[string]any)
		lost   int
	}{
		"NaN":               {func(i int, item map[string]any) { setIf(i == 37, item, "embedding", json.RawMessage(`[NaN,1]`)) }, nil, 1},
		"null":              {func(i int, item map[string]any) { setIf(i == 37, item, "embedding", nil) }, nil, 1},
		"a zero vector":     {func(i int, item map[string]any) { setIf(i == 37, item, "embedding", []int{0, 0}) }, nil, 1},
		"every tenth zero":  {func(i int, item map[string]any) { setIf(i%10 == 0, item, "embedding", []int{0, 0}) }, nil, 10},
		"indices of 0":      {func(_ int, item map[string]any) { item["index"] = 0 }, nil, 0},
		"no indices":        {func(_ int, item map[string]any) { delete(item, "index") }, nil, 0},
		"backwards":         {func(int, map[string]any) {}, func(list []map[string]any) { slices.Reverse(list) }, 0},
		"indices from 1":    {func(i int, item map[string]any) { item["index"] = i + 1 }, nil, 0},
		"indices as text":   {func(i int, item map[string]any) { item["index"] = fmt.Sprint(i) }, nil, 0},
		"an unusual object": {func(_ int, item map[string]any) { item["object"] = 5 }, nil, 0},
	} {
		t.Run(what, func(t *testing.T) {
			p := serve(t, "llama", func(w http.ResponseWriter, r *http.Request) {
				var in struct{ Input []string }
				_ = json.NewDecoder(r.Body).Decode(&in)
				var list []map[string]any
				for i, text := range in.Input {
					n := 0
					_, _ = fmt.Sscanf(text, "passage %d", &n)
					item := map[string]any{"index": i, "embedding": []int{n, 1}}
					c.change(n, item)
					list = append(list, item)
				}
				if c.order != nil {
					c.order(list)
				}
				var parts []string
				for _, item := range list { // NaN is no JSON, and servers send it
					raw, isRaw := item["embedding"].(json.RawMessage)
					if isRaw {
						item["embedding"] = "RAW"
					}
					data, _ := json.Marshal(item)
					parts = append(parts, strings.Replace(string(data), `"RAW"`, string(raw), 1))
				}
				_, _ = io.WriteString(w, `{"object":"list","data":[`+strings.Join(parts, ",")+`]}`)
			})
			out, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: passages(100, -1), Purpose: llm.ForDocument})
			if err != nil || len(out.Vectors) != 100 {
				t.Fatalf("%d vectors, %v", len(out.Vectors), err)
			}
			lost := 0
			for i, v := range out.Vectors {
				if v == nil {
					lost++
				} else if v[0] != float32(i) {
					t.Errorf("passage %d has the vector of %v", i, v[0])
				}
			}
			if lost != c.lost {
				t.Errorf("%d are lost, want %d", lost, c.lost)
			}
		})
	}
}

func setIf(yes bool, item map[string]any, name string, value any) {
	if yes {
		item[name] = value
	}
}
