package chat

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/text"
)

// mostUncertain is how many uncertain words a notice names.
const mostUncertain = 6

// citedNumbers matches what an answer cites: [1] or [2, 3].
var citedNumbers = regexp.MustCompile(`\[\d{1,3}(?:,\s*\d{1,3})*\]`)

// restsOn returns the citations that an answer rests on: those that it cites by
// number and those that its quotations are from.
func restsOn(answer string, quotations []Quotation, citations []daybook.Citation) []daybook.Citation {
	numbers := map[int]bool{}
	for _, cited := range citedNumbers.FindAllString(answer, -1) {
		for n := range strings.SplitSeq(strings.Trim(cited, "[]"), ",") {
			i, _ := strconv.Atoi(strings.TrimSpace(n)) // digits, or 0, which no source has
			numbers[i] = true
		}
	}
	for _, q := range quotations {
		numbers[q.Number] = true
	}
	return slices.DeleteFunc(slices.Clone(citations), func(c daybook.Citation) bool { return !numbers[c.Number] })
}

// tellUncertain returns the sentence that names the uncertain words of passages that
// an answer rests on; "" if they have none. Only Number and Uncertain are used.
func tellUncertain(l language.Language, citations []daybook.Citation) string {
	var told []string
	for _, c := range citations {
		for _, word := range c.Uncertain {
			if len(told) == mostUncertain {
				return l.Say("uncertain", "words", strings.Join(told, ", ")+" …")
			}
			told = append(told, fmt.Sprintf("%s [%d]", l.Quoted([]string{plainReading.Replace(word)}, "or"), c.Number))
		}
	}
	if len(told) == 0 {
		return ""
	}
	return l.Say("uncertain", "words", strings.Join(told, ", "))
}

// plainReading takes out what would end the emphasis that a notice is shown in.
var plainReading = strings.NewReplacer("*", "", "_", "", "`", "")

// uncertainIn returns the uncertain readings in a quotation from a source.
func uncertainIn(number int, quote string) daybook.Citation {
	return daybook.Citation{Number: number, Uncertain: text.Uncertain(quote)}
}
