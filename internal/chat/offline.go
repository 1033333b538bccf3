package chat

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/llm"
	"daybook/internal/search"
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
			found.tellLeftOut(req.Outside)
		}
		found.Rests = found.rests()
		quoted := worthQuoting(found)
		numberQuoted(found, quoted)
		pieces := s.quotation(found, quoted)
		if !yield(Event{Found: found}, nil) {
			return
		}
		var text strings.Builder
		for _, piece := range pieces {
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

// quotation returns the parts of an offline answer, as they are streamed. A notice
// lists the words in it whose reading is uncertain.
func (s *Service) quotation(found *Found, quoted []Source) []string {
	l := s.speak(found)
	var pieces []string
	if found.Mentions != nil {
		pieces = append(pieces, l.Say("counted")+"\n\n"+search.Tally(found.Mentions, l, s.Date, len(found.Mentions.Days)))
	}
	switch {
	case len(found.Sources) == 0 && len(pieces) > 0:
		return pieces
	case len(found.Sources) == 0 && found.Intent == IntentNone:
		return []string{l.Say("none")}
	case len(found.Sources) == 0:
		return []string{l.Say("nothing")}
	}
	switch {
	case len(pieces) > 0:
		pieces = append(pieces, "\n\n")
	case found.Intent == IntentRecent:
		pieces = append(pieces, l.Say("recent")+"\n\n")
	case found.Nothing:
		pieces = append(pieces, l.Say("nearest")+"\n\n")
	default:
		pieces = append(pieces, l.Say("vector")+"\n\n")
	}
	var uncertain []daybook.Citation
	for _, src := range quoted {
		var marks [][2]int
		if found.marks != nil {
			marks = found.marks(src.Passage.Text)
		}
		quote, _ := search.Quote(src.Passage.Text, marks)
		uncertain = append(uncertain, uncertainIn(src.Number, quote))
		quote = "> " + strings.ReplaceAll(quote, "\n", "\n> ")
		lock := ""
		if src.Entry != nil && src.Entry.Private {
			lock = " " + daybook.Lock
		}
		pieces = append(pieces, fmt.Sprintf("**%s**%s [%d]\n%s\n\n", s.heading(src, l), lock, src.Number, quote))
	}
	if notice := tellUncertain(l, uncertain); notice != "" {
		found.Notices = append(slices.Clip(found.Notices), notice)
	}
	last := len(pieces) - 1
	pieces[last] = strings.TrimRight(pieces[last], "\n")
	return pieces
}

// speak returns the language for an answer without a model: the question's if it
// was detected, else the journal's.
func (s *Service) speak(found *Found) language.Language {
	return language.Of(cmp.Or(found.language, s.Language))
}

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
func (s *Service) heading(src Source, l language.Language) string {
	if src.Entry == nil || src.Entry.Kind == daybook.Evergreen {
		return src.Title
	}
	days := make([]string, len(src.Entry.Dates))
	for i, d := range src.Entry.Dates {
		if days[i] = l.Day(d); s.Date != nil {
			days[i] = s.Date(d)
		}
	}
	return strings.Join(days, ", ")
}
