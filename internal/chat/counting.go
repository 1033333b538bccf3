package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

// Limits on the days that a model reads before they are counted: beyond them the
// count stays as it is, and says that it is approximate.
const (
	mostRead   = 60
	readWithin = 30 * time.Second
)

// daysAnswer is the answer of a model that read days.
type daysAnswer struct {
	Days []int `json:"days"`
}

var daysSchema = &llm.Schema{Name: "days", JSON: json.RawMessage(
	`{"type":"object","properties":{"days":{"type":"array","items":{"type":"integer"}}},"required":["days"],"additionalProperties":false}`)}

var numberInList = regexp.MustCompile(`\d+`)

// FromProse implements llm.Prose: the numbers of the last line that has any.
func (a *daysAnswer) FromProse(text string) bool {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	found := numberInList.FindAllString(lines[len(lines)-1], mostRead+1)
	for _, s := range found {
		n, err := strconv.Atoi(s)
		if err != nil {
			return false
		}
		a.Days = append(a.Days, n)
	}
	return len(found) > 0
}

// readCounted has the model read the days that may count, if the count is only
// approximate, and counts only those that it keeps. Without an answer the count
// stays as it is. A provider that just did not respond is not waited for again.
func (s *Service) readCounted(ctx context.Context, req Request, model Model, found *Found) error {
	m := found.Mentions
	if m == nil || model.Chat == nil || found.silent || !m.Approximate() {
		return nil
	}
	ids := m.EntryIDs()
	if len(ids) == 0 || len(ids) > mostRead {
		return nil
	}
	entries, err := s.Searcher.Load(ctx, ids)
	if err != nil {
		return fmt.Errorf("load the counted days: %w", err)
	}
	public, private, err := s.Guard.Split(ctx, entries)
	if err != nil {
		return fmt.Errorf("check which entries are private: %w", err)
	}
	if len(private) > 0 {
		return nil // withhold removes the count
	}
	keep, err := s.askWhichCount(ctx, req, model, m, public)
	if err != nil || keep == nil {
		return err
	}
	found.Mentions = m.Only(keep, len(public))
	return s.showCounted(ctx, found, keep)
}

// showCounted puts the entries that answer a count first among the sources.
func (s *Service) showCounted(ctx context.Context, found *Found, counted []daybook.Entry) error {
	most := max(len(found.Results), 1)
	var results []search.Result
	for _, id := range found.Mentions.Telling(most) {
		r := search.Result{}
		if i := slices.IndexFunc(found.Results, func(r search.Result) bool { return r.Entry.ID == id }); i >= 0 {
			r = found.Results[i]
		} else {
			r.Entry = counted[slices.IndexFunc(counted, func(e daybook.Entry) bool { return e.ID == id })]
		}
		results = append(results, r)
	}
	for _, r := range found.Results {
		if len(results) < most && !slices.ContainsFunc(results, func(o search.Result) bool { return o.Entry.ID == r.Entry.ID }) {
			results = append(results, r)
		}
	}
	var err error
	found.Results = results
	found.Sources, err = s.sources(ctx, results)
	return err
}

// askWhichCount returns the entries that count; nil if the model did not say.
func (s *Service) askWhichCount(ctx context.Context, req Request, model Model, m *search.Mentions, entries []daybook.Entry) ([]daybook.Entry, error) {
	system, err := s.Prompts.Count()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("<QUERY>" + req.Query + "</QUERY>\n<DAYS>\n")
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
		excerpt, _ := search.Excerpt(e.Text, m.Marks(e.Text))
		fmt.Fprintf(&b, "[%d] %s: %s\n", i+1, e.Date(), tame(strings.Join(strings.Fields(excerpt), " ")))
	}
	b.WriteString("</DAYS>")
	if !llm.FitsSurely(len(system)+b.Len(), model.Window-model.Output) {
		return nil, nil
	}
	within, cancel := context.WithTimeout(llm.WithPolicy(ctx, llm.RetryPolicy{Attempts: 1, Within: readWithin}), readWithin)
	defer cancel()
	answer, _, err := llm.Ask(llm.WithTask(within, llm.TaskSearch), model.Chat, llm.Request{
		Model: model.Ref.Model, System: system, Messages: []llm.Message{{Role: llm.User, Text: b.String()}},
		Schema: daysSchema, LikelyOutput: intentTokens, Contents: llm.Holding(ids, req.Query),
	}, func(a *daysAnswer) error {
		for _, n := range a.Days {
			if n < 1 || n > len(entries) {
				return fmt.Errorf("day %d is not in the list", n)
			}
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		s.Log.Warn("count without reading the days", "model", model.Ref.String(), "kind", daybook.KindOf(err))
		return nil, nil
	}
	keep := []daybook.Entry{}
	chosen := map[int]bool{}
	for _, n := range answer.Days {
		chosen[n] = true
	}
	for i, e := range entries {
		if chosen[i+1] {
			keep = append(keep, e)
		}
	}
	return keep, nil
}
