package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// rerankRequest is a request to Cohere, Jina, vLLM, llama.cpp and others. Some have
// another name for the documents.
type rerankRequest struct {
	Model     string   `json:"model"`
	Query     string   `json:"query"`
	Documents []string `json:"documents,omitempty"`
	Texts     []string `json:"texts,omitempty"` // text-embeddings-inference, which may cut them
	Truncate  bool     `json:"truncate,omitempty"`
	Input     []string `json:"input,omitempty"` // Mixedbread
}

// reranking is what was learned about a model that scores documents.
type reranking struct {
	root bool // the path is not below the version
	name documentsName
	most int // documents in a request; 0 is any number
}

// documentsName is the name under which the documents are sent.
type documentsName int

const (
	asDocuments documentsName = iota
	asTexts
	asInput
)

// Parts of the messages of servers that require another form of documents, in lower
// case.
var (
	saysTexts  = regexp.MustCompile(`\btexts\b`)
	saysInput  = regexp.MustCompile(`\binput\b`)
	saysNumber = regexp.MustCompile(`batch size|too many (documents|texts|inputs)|(number|maximum) of (documents|texts|inputs)|at most \d+ (documents|texts|inputs)`)
	version    = regexp.MustCompile(`/v\d+$`)
)

// Rerank implements llm.Reranker by POST /rerank.
func (m *client) Rerank(ctx context.Context, req llm.RerankRequest) (scores []float64, used llm.Usage, err error) {
	q := m.learned.Of(req.Model)
	for len(scores) < len(req.Documents) {
		rest := req.Documents[len(scores):]
		batch := rest[:min(len(rest), cmp.Or(q.rerank.most, len(rest)))]
		some, usage, err := m.rerankBatch(ctx, req, batch, q.rerank)
		var refused *llmhttp.Refusal
		if errors.As(err, &refused) {
			if next := q.rerank.without(refused, len(batch), m.Base); next != q.rerank {
				q.rerank = next
				continue
			}
		}
		if err != nil {
			return nil, used, m.Public(ctx, err)
		}
		scores = append(scores, some...)
		used.InputTokens += usage.InputTokens
	}
	m.learned.Keep(req.Model, q)
	return scores, used, nil
}

// without returns the form to try after a refusal of n documents, or r itself if
// there is none.
func (r reranking) without(refused *llmhttp.Refusal, n int, base string) reranking {
	says := refused.Says()
	noSuchRoute := refused.Status == http.StatusNotFound || refused.Status == http.StatusMethodNotAllowed
	tooMany := refused.Status == http.StatusRequestEntityTooLarge || saysNumber.MatchString(says)
	switch {
	case noSuchRoute && refused.Code != llm.CodeNoModel && !r.root && version.MatchString(base):
		r.root = true
	case refused.Code == llm.CodeTooLong:
	case tooMany && n > 1:
		r.most = (n + 1) / 2
	case r.name == asDocuments && saysTexts.MatchString(says):
		r.name = asTexts
	case r.name == asDocuments && saysInput.MatchString(says):
		r.name = asInput
	}
	return r
}

func (m *client) rerankBatch(ctx context.Context, req llm.RerankRequest, documents []string, form reranking) ([]float64, llm.Usage, error) {
	sent := rerankRequest{Model: req.Model, Query: req.Query}
	switch form.name {
	case asTexts:
		sent.Texts, sent.Truncate = documents, true
	case asInput:
		sent.Input = documents
	default:
		sent.Documents = documents
	}
	base := m.Base
	if form.root {
		base = version.ReplaceAllString(base, "")
	}
	resp, err := m.PostTo(ctx, base+"/rerank", sent)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	body, err := llmhttp.ReadAll(resp)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	if len(body) > maxScores {
		return nil, llm.Usage{}, m.Nonsense()
	}
	scores, usage, err := decodeScores(body, len(documents))
	if err == nil {
		return scores, usage, nil
	}
	return nil, llm.Usage{}, m.Unreadable(body)
}

// maxScores is the most bytes of an answer with scores: some servers send the documents
// back.
const maxScores = 4 << 20

// scored is the score of one document.
type scored struct {
	Index     *llmhttp.LooseInt `json:"index"`
	Relevance json.RawMessage   `json:"relevance_score"`
	Score     json.RawMessage   `json:"score"`
}

// decodeScores reads the scores of n documents: a list, or an object with one. A
// document that is not listed comes after all others.
func decodeScores(answer []byte, n int) ([]float64, llm.Usage, error) {
	var in struct {
		Results, Data []scored
		Usage         json.RawMessage
	}
	var list []scored
	if strings.HasPrefix(strings.TrimSpace(string(answer)), "[") {
		if err := json.Unmarshal(llmhttp.WithoutNaN(answer), &list); err != nil {
			return nil, llm.Usage{}, err
		}
	} else if err := json.Unmarshal(llmhttp.WithoutNaN(answer), &in); err != nil {
		return nil, llm.Usage{}, err
	}
	list = append(append(list, in.Results...), in.Data...)
	scores := make([]float64, n)
	for i := range scores {
		scores[i] = math.Inf(-1)
	}
	seen := map[int]bool{}
	for i, s := range list {
		at := i
		if s.Index != nil {
			at = int(*s.Index)
		}
		if at < 0 || at >= n || seen[at] {
			return nil, llm.Usage{}, errors.New("a score of no document, or two of one")
		}
		seen[at] = true
		if score, ok := number(s.Relevance, s.Score); ok {
			scores[at] = score
		}
	}
	if len(list) == 0 {
		return nil, llm.Usage{}, errors.New("no scores")
	}
	return scores, usageOfScores(in.Usage), nil
}

// number returns the first number among values, which may be strings.
func number(values ...json.RawMessage) (float64, bool) {
	for _, raw := range values {
		f, err := strconv.ParseFloat(strings.Trim(string(raw), `" `), 64)
		if err == nil && !math.IsNaN(f) {
			return f, true
		}
	}
	return 0, false
}

// usageOfScores reads how many tokens were used. Some servers send only the total.
func usageOfScores(raw json.RawMessage) llm.Usage {
	used := usageOf(raw)
	var total struct {
		Total llmhttp.LooseInt `json:"total_tokens"`
	}
	if json.Unmarshal(raw, &total) == nil {
		used.InputTokens = cmp.Or(used.InputTokens, int(total.Total))
	}
	used.OutputTokens = 0
	return used
}
