package chat

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

// The first lines of answers without a model.
const (
	offlineVector  = "No language model wrote this: these are the passages of your journal that match your question best, in its own words."
	offlineRecent  = "No language model wrote this: these are the newest days of your journal, each by its first words."
	offlineCounted = "No language model wrote this: it was counted over all days of your journal, and the passages are in its own words."
	offlineNothing = "No language model wrote this: nothing in your journal matches the words of your question. Other words for the same thing, a name or a place may find it."
	offlineNearest = "No language model wrote this. Nothing in your journal seems to answer the question; these are only the nearest passages, in its own words."
	offlineNone    = "No language model is set, so there is nobody here to talk to; but your journal can be searched. Ask for a person, a place or a thing, and the days that speak of it are quoted, with their dates."
)

// quotesPerAnswer limits the passages that an offline answer quotes.
const quotesPerAnswer = 7

// quote answers without a model, by quoting passages.
func (s *Service) quote(ctx context.Context, req Request, model Model, found *Found, _ []llm.Message) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if model.outside {
			if err := s.withhold(ctx, found); err != nil {
				yield(Event{}, err)
				return
			}
			found.tellLeftOut()
		}
		found.Rests = found.rests()
		quoted := worthQuoting(found)
		numberQuoted(found, quoted)
		if !yield(Event{Found: found}, nil) {
			return
		}
		var text strings.Builder
		for _, piece := range s.quotation(found, quoted) {
			if err := ctx.Err(); err != nil {
				yield(Event{}, err)
				return
			}
			text.WriteString(piece)
			if !yield(Event{Delta: piece}, nil) {
				return
			}
		}
		finish(yield, Done{ThreadID: req.ThreadID, Citations: citations(found.Sources), PrivateLeftOut: found.PrivateLeftOut}, &text, found.Notices)
	}
}

// quotation returns the parts of an offline answer, as they are streamed.
func (s *Service) quotation(found *Found, quoted []Source) []string {
	var pieces []string
	if found.Mentions != nil {
		pieces = append(pieces, s.sentence("counted", offlineCounted)+"\n\n"+search.Tally(found.Mentions, s.Date, len(found.Mentions.Days)))
	}
	switch {
	case len(found.Sources) == 0 && len(pieces) > 0:
		return pieces
	case len(found.Sources) == 0 && found.Intent == IntentNone:
		return []string{offlineNone}
	case len(found.Sources) == 0:
		return []string{s.sentence("nothing", offlineNothing)}
	}
	switch {
	case len(pieces) > 0:
		pieces = append(pieces, "\n\n")
	case found.Intent == IntentRecent:
		pieces = append(pieces, s.sentence("recent", offlineRecent)+"\n\n")
	case found.Nothing:
		pieces = append(pieces, s.sentence("nearest", offlineNearest)+"\n\n")
	default:
		pieces = append(pieces, s.sentence("vector", offlineVector)+"\n\n")
	}
	for _, src := range quoted {
		var marks [][2]int
		if found.marks != nil {
			marks = found.marks(src.Passage.Text)
		}
		quote, _ := search.Quote(src.Passage.Text, marks)
		quote = "> " + strings.ReplaceAll(quote, "\n", "\n> ")
		lock := ""
		if src.Entry != nil && src.Entry.Private {
			lock = " " + daybook.Lock
		}
		pieces = append(pieces, fmt.Sprintf("**%s**%s [%d]\n%s\n\n", s.heading(src), lock, src.Number, quote))
	}
	last := len(pieces) - 1
	pieces[last] = strings.TrimRight(pieces[last], "\n")
	return pieces
}

// sentence returns a sentence in the journal's language or, if it has none, in
// English.
func (s *Service) sentence(name, english string) string { return cmp.Or(s.Sentences[name], english) }

// numberQuoted numbers the sources so that those that are quoted are 1, 2, 3 in
// the order in which they appear, before the others.
func numberQuoted(found *Found, quoted []Source) {
	at := map[int]int{}
	for i := range quoted {
		at[quoted[i].Number] = i + 1
		quoted[i].Number = i + 1
	}
	next := len(quoted)
	for i := range found.Sources {
		src := &found.Sources[i]
		if n := at[src.Number]; n > 0 {
			src.Number = n
			continue
		}
		next++
		src.Number = next
	}
	slices.SortStableFunc(found.Sources, func(a, b Source) int { return a.Number - b.Number })
}

// worthQuoting chooses one source per entry: the best one found, else the first.
func worthQuoting(found *Found) []Source {
	var chosen []Source
	for i, src := range found.Sources {
		if i > 0 && sameEntry(found.Sources[i-1], src) {
			if best := &chosen[len(chosen)-1]; src.rank < best.rank {
				*best = src
			}
			continue
		}
		if len(chosen) == quotesPerAnswer {
			break
		}
		chosen = append(chosen, src)
	}
	return chosen
}

// heading names the day or the note of a source.
func (s *Service) heading(src Source) string {
	if src.Entry == nil || src.Entry.Kind == daybook.Evergreen {
		return src.Title
	}
	days := make([]string, len(src.Entry.Dates))
	for i, d := range src.Entry.Dates {
		days[i] = s.Date(d)
	}
	return strings.Join(days, ", ")
}
