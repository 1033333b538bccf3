package quote_test

import (
	"fmt"
	"strings"
	"testing"

	"daybook/internal/quote"
)

// days are the entries of the quotations below, sentence by sentence.
var days = [][]string{
	{"I am not unhappy at all about the move to the island this spring.", "Ada said that the ferry would never run on time in a storm like that one.",
		"We carried the old piano up the stairs with four neighbours and a rope."},
	{"The doctor did not think that the knee was broken after the fall.", "Mr. Holm came by in the evening with a basket of plums for the children.",
		"Nothing in the letter from the bank made me worry about the winter."},
	{"I can’t say that the swim was pleasant, but the light on the water was.", "Jo walked along the canal to the mill and back before it was dark.",
		"The meeting ran without a single quarrel, which nobody had expected of us."},
	{"We have decided to keep the dog, who slept under the stove all afternoon.", "There was hardly any bread left in the shop when I got there at noon.",
		"My father wrote that he had no intention of selling the boat this year."},
	{"Ursula never told me that she had seen the accident by the bridge.", "The roof held through the night although the wind tore at it until morning.",
		"It was the first day on which I did not think of work even once."},
}

func journal() *quote.Corpus {
	var texts []string
	for _, d := range days {
		texts = append(texts, strings.Join(d, " "))
	}
	return quote.NewCorpus(texts)
}

var negated = []string{"not", "never", "without", "hardly", "no", "nobody", "can’t"}

// altered returns quotations that change what was written: a negation left out,
// parts of two sentences or days joined, a word changed.
func altered() []string {
	var list []string
	for i, d := range days {
		for j, s := range d {
			words := strings.Fields(s)
			for k, w := range words {
				for _, n := range negated {
					if w == n && k >= 2 && k+3 < len(words) {
						list = append(list, strings.Join(words[:k], " ")+" … "+strings.Join(words[k+1:], " "),
							strings.Join(words[max(0, k-2):k], " ")+" ... "+strings.Join(words[k+1:k+3], " "),
							strings.Join(words[:k], " ")+" "+strings.Join(words[k+1:], " "))
					}
				}
			}
			next, other := d[(j+1)%len(d)], days[(i+1)%len(days)][j]
			for _, o := range []string{next, other} {
				end := strings.Fields(o)
				list = append(list, strings.Join(words[:5], " ")+" … "+strings.Join(end[len(end)-4:], " "))
			}
			changed := append([]string{}, words...)
			changed[4] = "purple"
			swapped := append([]string{}, words...)
			swapped[3], swapped[4] = words[4], words[3]
			list = append(list, strings.Join(changed, " "), strings.Join(swapped, " "), words[0]+" … "+words[len(words)-1],
				strings.Join(words[:4], " ")+" … "+words[len(words)-1])
		}
	}
	return list
}

// faithful returns quotations as careful writers make them.
func faithful() []string {
	var list []string
	for _, d := range days {
		for _, s := range d {
			words := strings.Fields(s)
			half := len(words) / 2
			list = append(list, s, strings.TrimSuffix(s, "."), strings.Join(words[2:], "\n"), strings.Join(words[:half], "  ")+" …",
				"… "+strings.Join(words[half:], " "), strings.ReplaceAll(s, "’", "'"), strings.ToLower(s[:1])+s[1:]+"”")
			gap := strings.Join(words[half:half+2], " ")
			if !strings.ContainsAny(gap, "’") && !containsAny(words[half:half+2], negated) && half+4 <= len(words) {
				list = append(list, strings.Join(words[:half], " ")+" […] "+strings.Join(words[half+2:], " "))
			}
		}
		list = append(list, d[0]+" "+d[1])
	}
	return list
}

func containsAny(words, of []string) bool {
	for _, w := range words {
		for _, o := range of {
			if w == o {
				return true
			}
		}
	}
	return false
}

func TestAlteredAndFaithfulQuotations(t *testing.T) {
	c := journal()
	bad, good := altered(), faithful()
	if len(bad) < 100 || len(good) < 100 {
		t.Fatalf("%d altered, %d faithful", len(bad), len(good))
	}
	for _, q := range bad {
		if i, ok := c.Find(q); ok {
			t.Errorf("found in %d, though altered: %s", i, q)
		}
	}
	missed := 0
	for _, q := range good {
		if _, ok := c.Find(q); !ok {
			missed++
			t.Logf("not found: %s", q)
		}
	}
	if 100*missed > 3*len(good) {
		t.Errorf("%d of %d faithful quotations are not found", missed, len(good))
	}
}

// A quotation with the citation of another day is marked after it. Each
// quotation omits the word that makes the difference.
func TestLeftOutNegations(t *testing.T) {
	c := quote.NewCorpus([]string{
		"I almost drowned that day at the mill. We barely spoke during the whole dinner. I will not stay unless she writes to me first.",
		"Ich bin fast ertrunken an diesem Tag. Sie war nirgends zu sehen an jenem Abend. Wir haben weder Brot noch Salz im Haus gehabt.",
		"Je n'y retournerai plus de toute ma vie. Il a presque tout perdu dans cet incendie. Nous n'avons vu la mer que deux fois.",
	})
	for _, q := range []string{
		"I … drowned that day at the mill", "We … spoke during the whole dinner", "I will not stay … writes to me first",
		"Ich bin … ertrunken an diesem Tag", "Sie war … zu sehen an jenem Abend", "Wir haben … Brot noch Salz im Haus",
		"Je … retournerai plus de toute", "Il a … tout perdu dans cet incendie", "Nous … vu la mer que deux fois",
	} {
		if _, ok := c.Find(q); ok {
			t.Errorf("%q is found", q)
		}
	}
	for _, q := range []string{"I almost drowned … at the mill", "Ich bin fast ertrunken … diesem Tag", "Il a presque tout … dans cet incendie"} {
		if _, ok := c.Find(q); !ok {
			t.Errorf("%q is not found", q)
		}
	}
}

func TestQuotationOfAnotherDay(t *testing.T) {
	c := journal()
	for i, d := range days {
		for cited := range days {
			s := quote.Stream{Find: c.Find, Cites: func(text string, numbers []int) bool {
				for _, n := range numbers {
					if n <= len(days) && c.FindIn(n-1, text) {
						return true
					}
				}
				return false
			}}
			answer := fmt.Sprintf("You wrote “%s” [%d]. Then more.", strings.TrimSuffix(d[1], "."), cited+1)
			out := s.Feed(answer)
			tail, found := s.End()
			if got := strings.Contains(out+tail, quote.Mark); got != (i != cited) || found[0].Verified != (i == cited) {
				t.Errorf("%s", out+tail)
			}
			if !strings.HasSuffix(strings.Replace(out+tail, " "+quote.Mark, "", 1), answer) {
				t.Errorf("%q became %q", answer, out+tail)
			}
		}
	}
}

func TestCitations(t *testing.T) {
	c := journal()
	for answer, want := range map[string]string{
		`“The roof held through the night” [5]`:           `“The roof held through the night” [5]`,
		`“The roof held through the night” [4, 5]!`:       `“The roof held through the night” [4, 5]!`,
		`“The roof held through the night” [1][5].`:       `“The roof held through the night” [1][5].`,
		`“The roof held through the night”, [1].`:         `“The roof held through the night”, [1] [unverified].`,
		`“The roof held through the night” [1]`:           `“The roof held through the night” [1] [unverified]`,
		`“The roof held through the night” [sic] and [1]`: `“The roof held through the night” [sic] and [1]`,
		`“The roof held through the night” says much [1]`: `“The roof held through the night” says much [1]`,
	} {
		s := quote.Stream{Find: c.Find, Cites: func(text string, numbers []int) bool {
			for _, n := range numbers {
				if c.FindIn(n-1, text) {
					return true
				}
			}
			return false
		}}
		out := s.Feed(answer)
		tail, _ := s.End()
		if out+tail != want {
			t.Errorf("%q, want %q", out+tail, want)
		}
	}
}
