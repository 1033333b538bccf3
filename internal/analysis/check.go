package analysis

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"daybook"
	"daybook/internal/llm"
)

// Bounds on a request.
const (
	maxQuery   = 20_000 // bytes
	maxPeriods = 12
	maxTags    = 50
)

// check validates a request and returns it in canonical form.
func (s *Service) check(req Request) (Request, *asker, error) {
	req.Query, req.Focus = strings.TrimSpace(req.Query), strings.TrimSpace(req.Focus)
	req.Provider = llm.CanonicalProvider(req.Provider)
	if req.Provider == Offline {
		req.Model = ""
	}
	if err := checkSizes(req); err != nil {
		return req, nil, err
	}
	if err := checkPeriods(req.Periods); err != nil {
		return req, nil, err
	}
	for i, tag := range req.Tags {
		if req.Tags[i] = "#" + strings.TrimPrefix(strings.TrimSpace(tag), "#"); req.Tags[i] == "#" {
			return req, nil, invalid(fmt.Sprintf("tags[%d]", i), "The tag is empty.")
		}
	}
	model, err := s.Models.Lookup(req.Provider, req.Model)
	if err != nil || model.Chat == nil {
		return req, nil, err
	}
	sizes, err := sizesOf(model, questionTokens(req))
	if err == nil && len(req.Periods) > sizes.fanYears {
		err = invalid("periods", "The model, or its token budget per minute, allows at most %d periods.", sizes.fanYears)
	}
	return req, &asker{prompts: s.Prompts, model: model, req: req, sizes: sizes, question: questionBlock(req), count: s.counts.count}, err
}

func invalid(field, format string, args ...any) error {
	return &daybook.Error{Kind: daybook.Invalid, Field: "body." + field, Message: fmt.Sprintf(format, args...)}
}

// checkSizes checks the limits of a request.
func checkSizes(req Request) error {
	switch {
	case req.Query == "":
		return invalid("query", "The query is empty.")
	case len(req.Query) > maxQuery:
		return invalid("query", "The query is longer than %d bytes.", maxQuery)
	case len(req.Focus) > maxQuery:
		return invalid("focus", "The focus is longer than %d bytes.", maxQuery)
	case len(req.Tags) > maxTags:
		return invalid("tags", "There are more than %d tags.", maxTags)
	case !req.From.IsZero() && !req.To.IsZero() && req.To.Compare(req.From) < 0:
		return invalid("to", "The range ends before it begins.")
	case len(req.Periods) > maxPeriods:
		return invalid("periods", "There are more than %d periods.", maxPeriods)
	case len(req.Periods) == 1:
		return invalid("periods", "A comparison requires at least two periods.")
	case len(req.Periods) > 0 && req.Provider == Offline:
		return invalid("provider", "A comparison requires a model.")
	}
	return nil
}

// checkPeriods checks the periods of a comparison, and names those without a name.
func checkPeriods(periods []Period) error {
	for i := range periods {
		p := &periods[i]
		if p.From.IsZero() || p.To.IsZero() || p.To.Compare(p.From) < 0 {
			return invalid(fmt.Sprintf("periods[%d]", i), "A period requires a first and a last day, in this order.")
		}
		p.Name = cmp.Or(strings.TrimSpace(p.Name), p.title())
		if len(p.Name) > 200 {
			return invalid(fmt.Sprintf("periods[%d].name", i), "The name is longer than 200 bytes.")
		}
	}
	if i, j, ok := overlapping(periods); ok {
		return invalid(fmt.Sprintf("periods[%d]", j), "The periods %s and %s overlap.", periods[i].Name, periods[j].Name)
	}
	return nil
}

// overlapping returns two periods that have a day in common, if any.
func overlapping(periods []Period) (i, j int, ok bool) {
	for j := range periods {
		for i := range j {
			if periods[i].From.Compare(periods[j].To) <= 0 && periods[j].From.Compare(periods[i].To) <= 0 {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// title names a period by its days, as briefly as possible.
func (p Period) title() string {
	if p.From.Month == time.January && p.From.Day == 1 && p.To.Month == time.December && p.To.Day == 31 {
		if p.From.Year == p.To.Year {
			return fmt.Sprint(p.From.Year)
		}
		return fmt.Sprintf("%d–%d", p.From.Year, p.To.Year)
	}
	return fmt.Sprintf("%s to %s", p.From, p.To)
}
