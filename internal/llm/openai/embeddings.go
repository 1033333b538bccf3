package openai

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"regexp"
	"slices"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// Bounds on one request for embeddings.
const (
	maxInputs     = 256
	maxInputBytes = 512 << 10
)

type embeddingRequest struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format,omitempty"`
}

// Embed implements llm.Embedder. The purpose makes no difference to OpenAI's
// models. A batch that the server refuses is halved until it fits, and a text
// that it refuses by itself has a nil vector if the model is known to embed
// others.
func (m *client) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	run := &embedding{client: m, req: req, quirks: m.learned.of(req.Model)}
	for rest := req.Inputs; len(rest) > 0; {
		for batch := range llmhttp.Batches(rest, cmp.Or(run.quirks.mostInputs, maxInputs), maxInputBytes) {
			if err := run.embed(ctx, batch); err != nil {
				return llm.Embeddings{}, m.public(ctx, err)
			}
			rest = rest[len(batch):]
			break // the size of the next may be another
		}
	}
	if run.embedded == 0 && run.refused != nil && !run.quirks.embeds {
		return llm.Embeddings{}, m.public(ctx, run.refused)
	}
	return run.out, m.caller.Vectors(run.out.Vectors, len(req.Inputs))
}

// embedding is one call of Embed.
type embedding struct {
	*client
	req      llm.EmbedRequest
	quirks   quirks
	out      llm.Embeddings
	embedded int   // texts that were answered
	failed   int   // texts that were refused by themselves
	refused  error // the last refusal of those
}

// maxFailed is how many texts in a row may be refused by themselves while none
// is answered, until the server is taken to refuse all.
const maxFailed = 3

// embed appends the vectors of a batch.
func (e *embedding) embed(ctx context.Context, batch []string) error {
	vectors, usage, err := e.ask(ctx, batch)
	if err == nil {
		e.embedded += len(batch)
		e.out.Vectors = append(e.out.Vectors, vectors...)
		e.out.Usage.InputTokens += usage.InputTokens
		return nil
	}
	var refused *refusal
	if !errors.As(err, &refused) || !aboutInput(refused) {
		return err
	}
	if len(batch) == 1 {
		e.failed++
		e.refused = err
		e.out.Vectors = append(e.out.Vectors, nil)
		if e.embedded == 0 && (e.failed == maxFailed || e.req.Purpose == llm.ForQuery) {
			return err
		}
		return nil
	}
	half := (len(batch) + 1) / 2
	failed := e.failed
	if err := e.embed(ctx, batch[:half]); err != nil {
		return err
	}
	if err := e.embed(ctx, batch[half:]); err != nil {
		return err
	}
	if e.failed == failed && (e.quirks.mostInputs == 0 || half < e.quirks.mostInputs) {
		// Nothing was wrong with the texts but their number.
		e.quirks.mostInputs = half
		e.learned.keep(e.req.Model, e.quirks)
	}
	return nil
}

// aboutInput reports whether a request was refused for what it holds. Some
// servers fail where others refuse.
func aboutInput(r *refusal) bool {
	switch r.status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return !r.page && r.code != llmhttp.NoCredit && r.code != llmhttp.NoModel && r.code != llmhttp.Loading
	}
	return false
}

// ask makes one request, and again where the server refuses base64.
func (e *embedding) ask(ctx context.Context, batch []string) ([][]float32, llm.Usage, error) {
	for {
		sent := embeddingRequest{Model: e.req.Model, Input: batch}
		if !e.quirks.noBase64 {
			sent.EncodingFormat = "base64"
		}
		vectors, usage, err := e.once(ctx, sent)
		var refused *refusal
		if errors.As(err, &refused) && sent.EncodingFormat != "" && refused.about(saysBase64) {
			e.quirks.noBase64 = true
			continue
		}
		if err == nil {
			e.quirks.embeds = true
			e.learned.keep(e.req.Model, e.quirks)
		}
		return vectors, usage, err
	}
}

func (e *embedding) once(ctx context.Context, sent embeddingRequest) ([][]float32, llm.Usage, error) {
	resp, err := e.post(ctx, "/embeddings", sent)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	body, err := readAll(resp)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	vectors, usage, err := decodeEmbeddings(body, len(sent.Input))
	if err == nil {
		return vectors, usage, e.caller.Vectors(vectors, len(sent.Input))
	}
	if refused := refusalInside(body); refused != nil {
		return nil, llm.Usage{}, refused
	}
	return nil, llm.Usage{}, e.caller.Nonsense()
}

// decodeEmbeddings reads an answer with n embeddings.
func decodeEmbeddings(answer []byte, n int) ([][]float32, llm.Usage, error) {
	type item struct {
		Index     *looseInt       `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	}
	var in struct {
		Data  []item          `json:"data"`
		Usage json.RawMessage `json:"usage"`
	}
	err := json.Unmarshal(answer, &in)
	if err != nil { // Python writes numbers that JSON has not
		err = json.Unmarshal(withoutNaN(answer), &in)
	}
	if err != nil {
		return nil, llm.Usage{}, err
	}
	if len(in.Data) != n {
		return nil, llm.Usage{}, errors.New("another number of embeddings than was asked for")
	}
	indices := make([]int, n)
	for i, item := range in.Data {
		if item.Index != nil {
			indices[i] = int(*item.Index)
		}
	}
	at, err := places(indices)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	vectors := make([][]float32, n)
	some := false
	for i, item := range in.Data {
		v, err := vectorOf(item.Embedding)
		if err != nil {
			return nil, llm.Usage{}, err
		}
		vectors[at[i]] = v
		some = some || v != nil
	}
	if !some {
		return nil, llm.Usage{}, errors.New("an answer without any embedding")
	}
	return vectors, usageOf(in.Usage), nil
}

// places returns which text each embedding is of. Embeddings are in the order
// of their indices, which need not begin at 0; where they all have the same,
// they are in the order of the texts.
func places(indices []int) ([]int, error) {
	order := make([]int, len(indices)) // the embeddings by their indices
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return indices[a] - indices[b] })
	at := make([]int, len(indices))
	same := len(order) > 0 && indices[order[0]] == indices[order[len(order)-1]]
	for place, i := range order {
		if at[i] = place; !same && place > 0 && indices[i] == indices[order[place-1]] {
			return nil, errors.New("two embeddings of one text")
		}
	}
	return at, nil
}

// vectorOf reads an embedding: base64 of little-endian float32, which takes a
// third of the bytes and a tenth of the time, or numbers, as some servers answer
// whatever they are asked for. Numbers that are not finite become NaN.
func vectorOf(raw json.RawMessage) ([]float32, error) {
	if len(raw) > 0 && raw[0] == '"' {
		return fromBase64(raw)
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var numbers []float32
	if err := json.Unmarshal(raw, &numbers); err == nil && !slices.Contains(numbers, 0) {
		return numbers, nil // the usual case, in which no null was taken for 0
	}
	var loose []*float64
	if err := json.Unmarshal(raw, &loose); err != nil {
		return nil, err
	}
	numbers = make([]float32, len(loose))
	for i, f := range loose {
		if numbers[i] = float32(math.NaN()); f != nil {
			numbers[i] = float32(*f)
		}
	}
	return numbers, nil
}

func fromBase64(raw json.RawMessage) ([]float32, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data)%4 != 0 {
		return nil, errors.New("an embedding that is not base64 of float32")
	}
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out, nil
}

// withoutNaN returns answer with the numbers that JSON lacks replaced by null.
func withoutNaN(answer []byte) []byte { return notANumber.ReplaceAll(answer, []byte("${1}null")) }

// notANumber matches what Python writes for numbers that are not finite, where
// a value may be.
var notANumber = regexp.MustCompile(`([\[,:]\s*)(-?Infinity|-?inf|NaN|nan)\b`)
