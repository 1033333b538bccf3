package late

import (
	"math"
	"strings"

	"daybook/internal/search"
)

// leastTexts is the least number of passages with states by which the index
// says that nothing answers a question: with fewer, many words are new.
const leastTexts = 500

// rarest is the inverse document frequency of a word that occurs nowhere, in
// the journal that the constants of doubt were fitted on.
const rarest = 9.54

// leastDoubt is the doubt above which nothing answers a question. With it, of
// questions about a real journal, 2 % of those with an answer are refused, and
// 83 % of those without.
const leastDoubt = 0.17

// leastWords is the number of words that a question with fewer counts as having:
// one whose only words are common ones ("When did I bury my money?") is otherwise
// doubted although the journal has all of them. On 45 new questions this refuses one
// of 23 that have an answer rather than three, and as many of the others.
const leastWords = 1.75

func (x *Index) texted() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.rows)
}

// asked is a word of a question.
type asked struct {
	text    string
	idf     float64
	nearest float64 // how near the nearest word of all candidates is
}

// asked joins a question's pieces to words.
func (q *question) asked(m Model, nearest [][]float32) []asked {
	best := make([]float64, len(q.tokens))
	for i := range best {
		best[i] = -1
		for _, list := range nearest {
			if list != nil {
				best[i] = max(best[i], float64(list[i]))
			}
		}
	}
	var words []asked
	pieces := 0
	for i, token := range q.tokens {
		piece, inside := strings.CutPrefix(m.Piece(token), "##")
		if !inside || len(words) == 0 {
			words, pieces = append(words, asked{piece, q.idf[i], best[i]}), 1
			continue
		}
		w := &words[len(words)-1]
		w.text, w.idf = w.text+piece, max(w.idf, q.idf[i])
		w.nearest = (w.nearest*float64(pieces) + best[i]) / float64(pieces+1)
		pieces++
	}
	return words
}

// doubt is the logarithm of the odds that nothing answers the question, by a
// logistic regression: it grows with the distance of the nearest passage and
// of the nearest words to rare words, more so if the journal lacks them, and
// falls with the number of words that were compared.
func (q *question) doubt(r search.Ranking, m Model, nearest [][]float32) float64 {
	var cosine float64
	for _, c := range r.Candidates {
		cosine = max(cosine, c.Meaning)
	}
	var far, farWeight, absent, weight, words float64
	for _, w := range q.asked(m, nearest) {
		if w.idf <= 2 {
			continue
		}
		if w.idf > 3 {
			words++
		}
		farWeight += w.idf * w.idf
		weight += w.idf
		if !r.Known(w.text) {
			far += w.idf * w.idf * max(0, 0.75-w.nearest)
			absent += w.idf * max(0, 0.9-w.nearest)
		} else if w.nearest < 0.75 && w.idf > 5 {
			far += w.idf * w.idf * (0.75 - w.nearest) / 2
		}
	}
	return 7.6 - 10.7*cosine - 2.9*math.Log(1+max(words, leastWords)) + 3.1*far/max(1, farWeight) + 6.3*absent/max(1, weight)
}
