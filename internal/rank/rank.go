// Package rank lets a chat model help a search: it rewrites a question into
// several searches, and reorders the passages found. The help is optional: if the
// model fails or is slow, the search continues without it.
package rank

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daybook/internal/llm"
	"daybook/internal/search"
)

// Limits on requests to the model.
const (
	depth       = 50  // passages to reorder
	maxBest     = 10  // that a model may put first
	maxSearches = 3   // that a question is rewritten into
	maxSearch   = 120 // bytes of one
	maxPassage  = 500 // bytes of a passage that the model sees
	maxQuestion = 2000
)

// Expected length of the answers, in tokens.
const (
	searchesTokens = 120
	bestTokens     = 60
)

// Prompts are the system texts; see prompts.Set.
type Prompts interface {
	Searches() (string, error)
	Rank() (string, error)
}

// Helper is a chat model that helps with one question. It implements
// search.Reranker.
type Helper struct {
	Chat    llm.ChatModel
	Ref     llm.Ref
	Window  int // tokens of a prompt and its answer
	Prompts Prompts
	// Within is the timeout of a call.
	Within time.Duration
	// Pace records how long calls take; may be nil.
	Pace *Pace
}

// call asks the model once, within the time, and reports whether it answered.
func call[T any](ctx context.Context, h *Helper, req llm.Request, check func(*T) error) (answer T, ok bool) {
	within, cancel := context.WithTimeout(llm.WithPolicy(ctx, llm.RetryPolicy{Attempts: 1, Within: h.Within}), h.Within)
	defer cancel()
	req.Model = h.Ref.Model
	answer, _, err := llm.Ask(llm.WithTask(within, llm.TaskSearch), h.Chat, req, check)
	if h.Pace != nil && ctx.Err() == nil {
		h.Pace.noteCall(h.Ref, within.Err() != nil)
	}
	return answer, err == nil
}

type searchesAnswer struct {
	Searches []string `json:"searches"`
}

var searchesSchema = &llm.Schema{Name: "searches", JSON: json.RawMessage(
	`{"type":"object","properties":{"searches":{"type":"array","items":{"type":"string"}}},"required":["searches"],"additionalProperties":false}`)}

// Searches returns other searches that may find what a question asks for, none
// if the model has none or fails.
func (h *Helper) Searches(ctx context.Context, question string) []string {
	system, err := h.Prompts.Searches()
	if err != nil {
		return nil
	}
	question = cut(question, maxQuestion)
	answer, ok := call[searchesAnswer](ctx, h, llm.Request{
		System: system, Messages: []llm.Message{{Role: llm.User, Text: "<QUESTION>" + question + "</QUESTION>"}},
		Schema: searchesSchema, LikelyOutput: searchesTokens, Contents: llm.Holding(nil, question),
	}, nil)
	if !ok {
		return nil
	}
	return tidy(answer.Searches, question)
}

// operators are characters with a special meaning in a search.
var operators = strings.NewReplacer(`"`, " ", "“", " ", "”", " ", "„", " ", "«", " ", "»", " ", "#", " ", ":", " ", "\n", " ", "\r", " ")

// tidy returns the usable searches: plain words, without repeats and without the
// question itself.
func tidy(list []string, question string) []string {
	var out []string
	seen := map[string]bool{strings.ToLower(strings.TrimRight(strings.TrimSpace(question), "?!.")): true}
	for _, s := range list {
		words := strings.Fields(operators.Replace(s))
		for i := range words {
			words[i] = strings.TrimLeft(words[i], "-–")
		}
		s = strings.TrimSpace(strings.Join(words, " "))
		key := strings.ToLower(strings.TrimRight(s, "?!."))
		if s == "" || len(s) > maxSearch || seen[key] {
			continue
		}
		seen[key] = true
		if out = append(out, s); len(out) == maxSearches {
			break
		}
	}
	return out
}

type bestAnswer struct {
	Best []int `json:"best"`
}

var bestSchema = &llm.Schema{Name: "best", JSON: json.RawMessage(
	`{"type":"object","properties":{"best":{"type":"array","items":{"type":"integer"}}},"required":["best"],"additionalProperties":false}`)}

var (
	bracketed  = regexp.MustCompile(`\[(\d{1,3})\]`)
	onlyDigits = regexp.MustCompile(`^[\d\s,;>.\[\]-]+$`)
	digits     = regexp.MustCompile(`\d{1,3}`)
)

// FromProse implements llm.Prose: numbers in brackets, or nothing but numbers.
func (a *bestAnswer) FromProse(text string) bool {
	var found []string
	if text = strings.TrimSpace(text); onlyDigits.MatchString(text) {
		found = digits.FindAllString(text, -1)
	} else {
		for _, m := range bracketed.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
	}
	for _, s := range found {
		if n, err := strconv.Atoi(s); err == nil {
			a.Best = append(a.Best, n)
		}
	}
	return len(a.Best) > 0
}

// Depth implements search.Reranker.
func (h *Helper) Depth() int { return depth }

// Rerank implements search.Reranker. Unlike other rerankers it requires the
// candidates' texts, which it sends to the model: private ones must not be among
// them. It puts the passages that the model lists before the others and leaves
// the order of those as it is. If the model fails, nothing changes.
func (h *Helper) Rerank(ctx context.Context, r search.Ranking) (search.Ranked, error) {
	list := r.Candidates[:min(depth, len(r.Candidates))]
	system, err := h.Prompts.Rank()
	if err != nil || len(list) < 2 {
		return search.Ranked{}, err
	}
	question := cut(r.Question, maxQuestion)
	message, entries, n := h.message(question, list)
	if n < 2 {
		return search.Ranked{}, nil
	}
	answer, ok := call(ctx, h, llm.Request{
		System: system, Messages: []llm.Message{{Role: llm.User, Text: message}},
		Schema: bestSchema, LikelyOutput: bestTokens, Contents: llm.Holding(entries, question),
	}, func(a *bestAnswer) error { return checkBest(a, n) })
	if !ok {
		return search.Ranked{}, ctx.Err()
	}
	promote(r.Candidates, answer.Best)
	return search.Ranked{Done: true, Nothing: len(answer.Best) == 0}, nil
}

// message returns the prompt with the first n candidates: as many as fit half of
// the context window.
func (h *Helper) message(question string, list []search.Candidate) (message string, entries []string, n int) {
	const bytesPerToken = 3
	room := h.Window/2*bytesPerToken - len(question)
	var b strings.Builder
	fmt.Fprintf(&b, "<QUESTION>%s</QUESTION>\n<PASSAGES>\n", question)
	for i, c := range list {
		line := fmt.Sprintf("[%d] %s\n", i+1, strings.Join(strings.Fields(cut(c.Passage.Text, maxPassage)), " "))
		if room -= len(line); room < 0 {
			break
		}
		b.WriteString(line)
		entries = append(entries, c.Passage.EntryID)
		n++
	}
	b.WriteString("</PASSAGES>")
	return b.String(), entries, n
}

// checkBest removes unknown and repeated numbers. An answer with nothing else is
// invalid.
func checkBest(a *bestAnswer, n int) error {
	var best []int
	for _, number := range a.Best {
		if number >= 1 && number <= n && !slices.Contains(best, number) && len(best) < maxBest {
			best = append(best, number)
		}
	}
	if len(best) == 0 && len(a.Best) > 0 {
		return errors.New("the answer names none of the passages")
	}
	a.Best = best
	return nil
}

// promote gives the candidates with these numbers, which count from 1, higher
// scores than all others have.
func promote(list []search.Candidate, best []int) {
	var highest float64
	for _, c := range list {
		highest = max(highest, c.Score)
	}
	for i, number := range best {
		list[number-1].Score = highest + float64(len(best)-i)
	}
}

// cut returns at most n bytes of whole runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
