package almanac

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Mark is a key term: a word, a name or a tag that sets a period apart from the
// others.
type Mark struct {
	Term  string  `json:"term" doc:"As it is written most"`
	Kind  Kind    `json:"kind" enum:"word,name,tag"`
	Days  int     `json:"days" doc:"On how many days of that time it is mentioned"`
	Score float64 `json:"score" doc:"By how many standard errors it is more frequent than in the other times"`
}

// Kind is the kind of a mark.
type Kind string

// The kinds of marks.
const (
	Word Kind = "word"
	Name Kind = "name"
	Hash Kind = "tag"
)

// The thresholds for a mark: a score that one term in ten has by chance (only
// the best few are shown, and a small journal has no better ones), and a
// minimum ratio to its frequency in the other periods, without which everyday
// words would win in long journals.
const (
	leastScore = 1.28
	leastTimes = 1.5
)

// limits are how many marks of each kind a year or a month has at most.
type limits map[Kind]int

var (
	ofYear  = limits{Word: 12, Name: 12, Hash: 6}
	ofMonth = limits{Word: 5, Name: 5, Hash: 3}
)

// prior is the weight of the prior as a share of an average period.
const prior = 0.5

// score returns how strongly a term marks a period with y of n occurrences
// against the rest with yRest of nRest, and the ratio of its frequencies. The
// score is the weighted log odds ratio with an informative Dirichlet prior of
// Monroe, Colaresi and Quinn, “Fightin’ Words: Lexical Feature Selection and
// Evaluation for Identifying the Content of Political Conflict”, Political
// Analysis 16 (2008), section 3.5.1:
//
//	δ  = log((y+α)/(n+α₀−y−α)) − log((y'+α)/(n'+α₀−y'−α))
//	σ² = 1/(y+α) + 1/(n+α₀−y−α) + 1/(y'+α) + 1/(n'+α₀−y'−α)
//	score = δ/σ
//
// Of words and names, y counts the days that mention it and n is the sum of
// all such counts: a long day counts once for each of its words, and a year of
// long days is not marked by everything. Of tags, n is the number of days. α₀
// is prior times the average n, and α is its part that this has of all days.
func score(y, n, yRest, nRest, alpha0 float64) (z, times float64) {
	alpha := alpha0 * (y + yRest) / (n + nRest)
	in, out := y+alpha, n+alpha0-y-alpha
	inRest, outRest := yRest+alpha, nRest+alpha0-yRest-alpha
	if out <= 0 || outRest <= 0 { // it is on every day
		return 0, 1
	}
	z = (math.Log(in/out) - math.Log(inRest/outRest)) / math.Sqrt(1/in+1/out+1/inRest+1/outRest)
	return z, (in / (n + alpha0)) / (inRest / (nRest + alpha0))
}

// counts holds on how many days of a period each feature occurs.
type counts struct {
	days    map[uint32]int
	total   int // the sum over all words and names
	written int // days
}

// features numbers everything that can be a mark: words by term, then names by
// form, names of several words, and tags.
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

// of calls add at least once for each feature of an entry.
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

// show returns a feature as text, and its kind.
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

// count counts the features of days, which are divided into periods: ends[i] is
// the first day after period i.
func (f *features) count(days []day, ends []int) []counts {
	times := make([]counts, len(ends))
	seen := make([]int32, f.size()) // by feature: the last day that had it, from 1
	at := 0
	for i, end := range ends {
		times[i].days = map[uint32]int{}
		for ; at < end; at++ {
			times[i].written++
			for _, r := range days[at].records {
				f.of(r, func(n uint32) {
					if seen[n] == int32(at+1) {
						return
					}
					seen[n] = int32(at + 1)
					times[i].days[n]++
					if n < f.tags {
						times[i].total++
					}
				})
			}
		}
	}
	return times
}

// sum adds up the counts of periods.
func sum(times []counts) counts {
	all := counts{days: map[uint32]int{}}
	for _, t := range times {
		all.total += t.total
		all.written += t.written
		for n, y := range t.days {
			all.days[n] += y
		}
	}
	return all
}

// often returns the names and tags that are on the most days of all periods.
func (f *features) often(times []counts) []Mark {
	var found []Mark
	for n, y := range sum(times).days {
		if n >= f.names && y > 1 {
			term, kind := f.show(n)
			found = append(found, Mark{Term: term, Kind: kind, Days: y})
		}
	}
	slices.SortFunc(found, func(a, b Mark) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), strings.Compare(a.Term, b.Term))
	})
	return choose(found, limits{Name: 12, Hash: 6})
}

// marks returns the key terms of each period of a number of days, best first.
func (f *features) marks(times []counts, days int, most limits) [][]Mark {
	all := sum(times)
	out := make([][]Mark, len(times))
	for i, t := range times {
		var found []Mark
		for n, y := range t.days {
			if y < fewestDays(days) {
				continue
			}
			in, of := t.total, all.total
			if n >= f.tags {
				in, of = t.written, all.written
			}
			z, more := score(float64(y), float64(in), float64(all.days[n]-y), float64(of-in), prior*float64(of)/float64(len(times)))
			if z >= leastScore && more >= leastTimes {
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

// fewestDays is the minimum number of days of a period on which a mark must
// occur, so that a single day doesn't decide.
func fewestDays(days int) int {
	if days < 200 {
		return 2
	}
	return 3
}

// mostly is the share of a name's days from which a longer name that contains
// it is shown instead.
const mostly = 0.6

// choose returns the best marks of each kind. It keeps one of the names that share
// their words, and drops titles that belong to a name.
func choose(found []Mark, most limits) []Mark {
	chosen := []Mark{}
	count := limits{}
	for _, m := range found {
		if count[m.Kind] == most[m.Kind] || m.covered(chosen, found) {
			continue
		}
		count[m.Kind]++
		chosen = append(chosen, m)
	}
	return chosen
}

// covered reports whether a better mark has m's words: one that was chosen
// before, or one of all those found.
func (m Mark) covered(chosen, found []Mark) bool {
	switch m.Kind {
	case Name:
		longer := func(other Mark) bool {
			return len(other.Term) > len(m.Term) && m.sharesName(other) && float64(other.Days) >= mostly*float64(m.Days)
		}
		return slices.ContainsFunc(chosen, m.sharesName) || slices.ContainsFunc(found, longer)
	case Word: // “Captain”, of “Captain Taylor”
		return slices.ContainsFunc(found, func(other Mark) bool {
			return other.Kind == Name && slices.Contains(strings.Fields(other.Term), m.Term)
		})
	}
	return false
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
