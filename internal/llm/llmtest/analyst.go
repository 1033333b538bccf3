package llmtest

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	anEntry   = regexp.MustCompile(`(?s)<ENTRY date="(\d{4}-\d\d-\d\d)[^>]*>\n(.*?)\n</ENTRY>`)
	aPart     = regexp.MustCompile(`(?s)<PART(?: name="([^"]*)")? days="([^"]*)">\n(.*?)</PART>`)
	aQuote    = regexp.MustCompile(`(?m)^- \d{4}-\d\d-\d\d: "(.*)"$`)
	someWords = regexp.MustCompile(`^\s*(\S+(?:[^\S\n]+\S+){3,9})`)
)

// Analysed is what an analyst says of entries, or of parts.
type Analysed struct {
	Reasoning string   `json:"reasoning"`
	Analysis  string   `json:"analysis"`
	Excerpts  []string `json:"excerpts"`
}

// Compared is what an analyst says of periods.
type Compared struct {
	Reasoning string   `json:"reasoning"`
	Analysis  string   `json:"analysis"`
	Periods   []Period `json:"periods"`
}

// Period is one side of a Compared.
type Period struct {
	Analysis string  `json:"analysis"`
	Claims   []Claim `json:"claims"`
}

// Claim is what is said of a period.
type Claim struct {
	Claim    string   `json:"claim"`
	Excerpts []string `json:"excerpts"`
}

// Analyst says what a model might in a step of an analysis: true quotations
// of what it is given, and always the same of the same. Change, which may be
// nil, is given the answer, one of the types above, and returns another. It is
// nil for a call that is not a step of an analysis.
func Analyst(r Request, change func(answer any) any) any {
	if change == nil {
		change = func(answer any) any { return answer }
	}
	text := r.Messages[0].Text
	switch {
	case r.Wants("subyear"):
		return change(map[string]string{
			"subyear": "Look for what the entries say of it.", "year": "See what changed in the year.", "final": "See what changed over the years.",
		})
	case r.Wants("periods"):
		c := Compared{Reasoning: "Side by side.", Analysis: "The times differ."}
		for i, p := range aPart.FindAllStringSubmatch(text, -1) {
			c.Periods = append(c.Periods, Period{
				Analysis: fmt.Sprintf("Time %d, %s.", i+1, p[2]),
				Claims:   []Claim{{fmt.Sprintf("It was so in %s.", p[1]), quoted(p[3], 3)}},
			})
		}
		return change(c)
	case !r.Wants("excerpts"):
		return nil
	case strings.Contains(text, "<PARTS>"):
		parts := aPart.FindAllStringSubmatch(text, -1)
		a := Analysed{Reasoning: fmt.Sprintf("Of %d parts.", len(parts)), Excerpts: quoted(text, 6)}
		a.Analysis = fmt.Sprintf("From %s on, and until %s.", parts[0][2], parts[len(parts)-1][2])
		return change(a)
	}
	entries := anEntry.FindAllStringSubmatch(text, -1)
	a := Analysed{Reasoning: fmt.Sprintf("Of %d entries.", len(entries)), Excerpts: []string{}}
	for i, e := range entries {
		if i == 0 || i == len(entries)-1 {
			if m := someWords.FindStringSubmatch(e[2]); m != nil {
				a.Excerpts = append(a.Excerpts, m[1])
			}
		}
	}
	if len(entries) > 0 {
		a.Analysis = fmt.Sprintf("The days from %s to %s.", entries[0][1], entries[len(entries)-1][1])
	}
	return change(a)
}

// quoted are the first quotations in a text.
func quoted(text string, most int) []string {
	list := []string{}
	for _, m := range aQuote.FindAllStringSubmatch(text, most) {
		list = append(list, m[1])
	}
	return list
}
