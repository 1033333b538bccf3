package chat

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/llm"
	"daybook/internal/prompts"
	"daybook/internal/search"
)

// prompt builds the request for the model. If it does not fit the context window,
// whole passages are dropped, least needed first. Then found.Sources changes and is
// numbered again, and the notices say so.
func (s *Service) prompt(req Request, model Model, found *Found, history []llm.Message) (llm.Request, []string, error) {
	system, err := s.Prompts.Chat(prompts.Chat{
		Today:  s.Now().Format("Monday, 2 January 2006"),
		Recent: found.Intent == IntentRecent,
	})
	if err != nil {
		return llm.Request{}, nil, err
	}
	if s.Instructions != "" {
		system += "\n\nThe person asks you to keep to this, as far as it agrees with the rules above: " + s.Instructions
	}
	question := "<QUERY>" + req.Query + "</QUERY>" + s.countedBlock(found)
	room := model.Window - model.Output
	var notices []string
	if !llm.FitsSurely(size(system, question, history, found.Sources), room) {
		room -= llm.CountTokens(system) + llm.CountTokens(question) + perMessage
		if room < 0 {
			return llm.Request{}, nil, &daybook.Error{
				Kind: daybook.Invalid, Field: "body.query",
				Message: fmt.Sprintf("The query is too long for %s, which takes %d tokens in all.", model.Ref, model.Window),
			}
		}
		var cutHistory, cutSources string
		// Passages are more important than history, because the answer is based on
		// them. But the latest messages get up to half of the room.
		history, cutHistory = fitHistory(history, room/2)
		for _, m := range history {
			room -= llm.CountTokens(m.Text) + perMessage
		}
		found.Sources, cutSources = fitSources(found.Sources, room)
		for _, n := range []string{cutHistory, cutSources} {
			if n != "" {
				notices = append(notices, n)
			}
		}
	}
	text := question + "\n" + entriesBlock(found.Sources)
	return llm.Request{
		Model:           model.Ref.Model,
		System:          system,
		Messages:        append(slices.Clip(history), llm.Message{Role: llm.User, Text: text}),
		MaxOutputTokens: model.Limit,
		LikelyOutput:    model.Output,
		Contents:        llm.Holding(found.rests(), req.Query),
	}, notices, nil
}

// Tokens of the markup around a message and an entry, at most.
const (
	perMessage = 16
	perEntry   = 64
)

// size is the length of the prompt in bytes, which is at least its tokens.
func size(system, question string, history []llm.Message, sources []Source) int {
	n := len(system) + len(question) + perMessage*(len(history)+2)
	for _, m := range history {
		n += len(m.Text)
	}
	for _, s := range sources {
		n += len(s.Passage.Text) + 4*perEntry
	}
	return n
}

// fitHistory keeps the latest messages that fit into room tokens.
func fitHistory(history []llm.Message, room int) ([]llm.Message, string) {
	keep := len(history)
	for keep > 0 {
		room -= llm.CountTokens(history[keep-1].Text) + perMessage
		if room < 0 {
			break
		}
		keep--
	}
	if keep == 0 {
		return history, ""
	}
	for keep < len(history) && history[keep].Role == llm.Assistant {
		keep++ // many models require the first message to be the person's
	}
	cut := fmt.Sprintf("%d messages were", keep)
	if keep == 1 {
		cut = "message was"
	}
	return history[keep:], fmt.Sprintf("The conversation was too long for the model: its first %s left out.", cut)
}

// fitSources keeps the most needed sources that fit into room tokens, and numbers
// them again.
func fitSources(sources []Source, room int) ([]Source, string) {
	byNeed := slices.Clone(sources)
	slices.SortStableFunc(byNeed, func(a, b Source) int { return a.rank - b.rank })
	keep := map[int]bool{}
	for _, s := range byNeed {
		room -= llm.CountTokens(s.Passage.Text) + perEntry
		if room < 0 {
			break
		}
		keep[s.Number] = true
	}
	if len(keep) == len(sources) {
		return sources, ""
	}
	kept := slices.DeleteFunc(slices.Clone(sources), func(s Source) bool { return !keep[s.Number] })
	notice := fmt.Sprintf("Only the best %d of %d passages fit into the model's context window; the answer is based on those.", len(kept), len(sources))
	return number(kept), notice
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// entriesBlock formats the passages for the model. Without any, the block is empty.
func entriesBlock(sources []Source) string {
	var b strings.Builder
	b.WriteString("<ENTRIES>\n")
	for i, s := range sources {
		if i == 0 || !sameEntry(sources[i-1], s) {
			openEntry(&b, s)
		}
		fmt.Fprintf(&b, "[%d] %s\n", s.Number, tame(s.Passage.Text))
		if i == len(sources)-1 || !sameEntry(s, sources[i+1]) {
			b.WriteString("</ENTRY>\n")
		}
	}
	b.WriteString("</ENTRIES>")
	return b.String()
}

func sameEntry(a, b Source) bool { return a.Entry != nil && a.Entry == b.Entry }

func openEntry(b *strings.Builder, s Source) {
	if s.Entry == nil {
		fmt.Fprintf(b, "<ENTRY title=%q>\n", html.EscapeString(s.Title))
		return
	}
	days := make([]string, len(s.Entry.Dates))
	for i, d := range s.Entry.Dates {
		days[i] = d.String()
	}
	label := "date"
	if s.Entry.Kind == daybook.Evergreen {
		label = "changed"
	}
	fmt.Fprintf(b, "<ENTRY %s=\"%s\" title=\"%s\"", label, strings.Join(days, " "), html.EscapeString(s.Title))
	if len(s.Entry.Tags) > 0 {
		fmt.Fprintf(b, " tags=\"%s\"", html.EscapeString(strings.Join(s.Entry.Tags, " ")))
	}
	b.WriteString(">\n")
}

// tame prevents a passage from closing the block around it.
var tame = strings.NewReplacer("</ENTRIES>", "< /ENTRIES>", "</ENTRY>", "< /ENTRY>", "<ENTRIES>", "< ENTRIES>", "<QUERY>", "< QUERY>",
	"</DAYS>", "< /DAYS>", "</PASSAGES>", "< /PASSAGES>", "<QUESTION>", "< QUESTION>").Replace

// countedBlock formats the counts for the model; "" if there are none.
func (s *Service) countedBlock(found *Found) string {
	counts := found.counted
	if counts == nil && found.Mentions != nil {
		counts = []*search.Mentions{found.Mentions}
	}
	if len(counts) == 0 {
		return ""
	}
	const limit = 120 // days per count: a few hundred tokens
	var b strings.Builder
	for _, m := range counts {
		b.WriteString(tame(search.Tally(m, language.Of(language.English), s.Date, limit)) + "\n")
	}
	return "\n<COUNTED>\n" + b.String() + "</COUNTED>"
}
