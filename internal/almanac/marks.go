package almanac

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Mark is a word, a name or a tag that marks a time against the others.
type Mark struct {
	Term  string  `json:"term" doc:"As it is written most"`
	Kind  Kind    `json:"kind" enum:"word,name,tag"`
	Days  int     `json:"days" doc:"On how many days of that time it is mentioned"`
	Score float64 `json:"score" doc:"By how many standard errors it is more frequent than in the other times"`
}

// Kind is what a mark is.
type Kind string

// The kinds of marks.
const (
	Word Kind = "word"
	Name Kind = "name"
	Hash Kind = "tag"
)

// least is the score from which on something is a mark: what chance alone
// gives to one of forty.
const least = 1.96

// limits are how many marks of each kind a year or a month has at most.
type limits map[Kind]int

var (
	ofYear  = limits{Word: 12, Name: 12, Hash: 6}
	ofMonth = limits{Word: 5, Name: 5, Hash: 3}
)

// prior is how much of an average time is assumed of each beforehand.
const prior = 0.5

// score returns how much something marks a time in which it is on y of n,
// against the rest, in which it is on yRest of nRest. It is the weighted log
// odds ratio with an informative Dirichlet prior of Monroe, Colaresi and
// Quinn, “Fightin’ Words: Lexical Feature Selection and Evaluation for
// Identifying the Content of Political Conflict”, Political Analysis 16
// (2008), equations 16 and 19 to 23:
//
//	δ = log((y+α)/(n+α₀−y−α)) − log((y'+α)/(n'+α₀−y'−α))
//	σ² ≈ 1/(y+α) + 1/(y'+α)
//	score = δ/σ
//
// where y counts the days that mention it and n the sum of all such counts,
// so that a long day counts once for each of its words and years of long days
// are not marked by everything; α is its part of all days, times α₀.
func score(y, n, yRest, nRest, alpha, alpha0 float64) float64 {
	odds := func(y, n float64) float64 { return math.Log((y + alpha) / (n + alpha0 - y - alpha)) }
	return (odds(y, n) - odds(yRest, nRest)) / math.Sqrt(1/(y+alpha)+1/(yRest+alpha))
}

// counts is on how many days of a time each feature is mentioned.
type counts struct {
	days  map[uint32]int
	total int
}

// features numbers all that can be a mark: words by term, then names by form,
// names of several words, and tags.
type features struct {
	j                 *journal
	n                 *naming
	names, runs, tags uint32 // the first number of each
	byTag             map[string]uint32
	tagList           []string
}

func (j *journal) features(rules nameRules) *features {
	f := &features{j: j, n: j.named(rules), byTag: map[string]uint32{}}
	f.names = uint32(len(j.terms))
	f.runs = f.names + uint32(len(j.forms))
	f.tags = f.runs + uint32(len(f.n.runs))
	for tag := range j.tags {
		f.byTag[tag] = f.tags + uint32(len(f.tagList))
		f.tagList = append(f.tagList, tag)
	}
	return f
}

// size is how many features there are.
func (f *features) size() int { return int(f.tags) + len(f.tagList) }

// of calls add for each feature of an entry, once or more.
func (f *features) of(r *record, add func(uint32)) {
	for _, tag := range r.entry.Tags {
		add(f.byTag[strings.ToLower(tag)])
	}
	behind := 0
	for i, t := range r.tokens {
		if t&tagged != 0 {
			continue
		}
		w := &f.j.words[t&number]
		switch {
		case f.n.name[w.form]:
			add(f.names + w.form)
		case f.n.telling[w.term]:
			add(w.term)
		}
		if i < behind {
			continue
		}
		if key, length := f.n.run(f.j, r.tokens, i); length > 0 {
			behind = i + length
			if n, ok := f.n.byRun[key]; ok {
				add(f.runs + n)
			}
		}
	}
}

// show writes a feature, and says what it is.
func (f *features) show(n uint32) (string, Kind) {
	switch {
	case n < f.names:
		return f.n.shown[n], Word
	case n < f.runs:
		return f.n.proper[n-f.names], Name
	case n < f.tags:
		return f.n.runName(f.j, f.n.runs[n-f.runs]), Name
	}
	return f.j.tags[f.tagList[n-f.tags]], Hash
}

// count counts the features of days, which are parted into times: ends[i] is
// the first day behind the time i.
func (f *features) count(days []day, ends []int) []counts {
	times := make([]counts, len(ends))
	seen := make([]int32, f.size()) // by feature: the last day that had it, from 1
	at := 0
	for i, end := range ends {
		times[i].days = map[uint32]int{}
		for ; at < end; at++ {
			for _, r := range days[at].records {
				f.of(r, func(n uint32) {
					if seen[n] != int32(at+1) {
						seen[n] = int32(at + 1)
						times[i].days[n]++
						times[i].total++
					}
				})
			}
		}
	}
	return times
}

// marks returns what marks each time against the others, the best first.
func (f *features) marks(days []day, ends []int, most limits) [][]Mark {
	times := f.count(days, ends)
	var all counts
	all.days = map[uint32]int{}
	for _, t := range times {
		all.total += t.total
		for n, y := range t.days {
			all.days[n] += y
		}
	}
	out := make([][]Mark, len(times))
	alpha0 := prior * float64(all.total) / float64(len(times))
	fewest := fewestDays(len(days))
	for i, t := range times {
		var found []Mark
		for n, y := range t.days {
			if y < fewest || y == all.days[n] && len(times) == 1 {
				continue
			}
			share := float64(all.days[n]) / float64(all.total)
			z := score(float64(y), float64(t.total), float64(all.days[n]-y), float64(all.total-t.total), share*alpha0, alpha0)
			if z >= least {
				term, kind := f.show(n)
				found = append(found, Mark{term, kind, y, math.Round(z*100) / 100})
			}
		}
		slices.SortFunc(found, func(a, b Mark) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Term, b.Term), strings.Compare(string(a.Kind), string(b.Kind)))
		})
		out[i] = choose(found, most)
	}
	return out
}

// fewestDays is on how many days of a time something must be, so as not to be
// an accident of one of them.
func fewestDays(days int) int {
	if days < 200 {
		return 2
	}
	return 3
}

// choose returns the best marks of each kind, without names that are part of
// another's.
func choose(found []Mark, most limits) []Mark {
	chosen := []Mark{}
	count := limits{}
	for _, m := range found {
		if count[m.Kind] == most[m.Kind] || m.Kind == Name && slices.ContainsFunc(chosen, m.sharesName) {
			continue
		}
		count[m.Kind]++
		chosen = append(chosen, m)
	}
	return chosen
}

// sharesName reports whether all words of one of two names are words of the
// other.
func (m Mark) sharesName(other Mark) bool {
	if other.Kind != Name {
		return false
	}
	a, b := strings.Fields(m.Term), strings.Fields(other.Term)
	if len(a) > len(b) {
		a, b = b, a
	}
	return !slices.ContainsFunc(a, func(w string) bool { return !slices.Contains(b, w) })
}
