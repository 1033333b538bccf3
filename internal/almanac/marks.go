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

// What something must reach to be a mark: a score that chance alone gives to
// one in ten (few are shown, the best, and a small journal has no better), and
// so many times the frequency that it has in the other times, without which
// the everyday words of long journals would come first.
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

// prior is how much of an average time is assumed of each beforehand.
const prior = 0.5

// score returns how much something marks a time in which it is on y of n,
// against the rest, in which it is on yRest of nRest, and how many times as
// frequent it is there. The score is the weighted log odds ratio with an
// informative Dirichlet prior of Monroe, Colaresi and Quinn, “Fightin’ Words:
// Lexical Feature Selection and Evaluation for Identifying the Content of
// Political Conflict”, Political Analysis 16 (2008), section 3.5.1:
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
	if out <= 0 || outRest <= 0 { // it is on every day there is
		return 0, 1
	}
	z = (math.Log(in/out) - math.Log(inRest/outRest)) / math.Sqrt(1/in+1/out+1/inRest+1/outRest)
	return z, (in / (n + alpha0)) / (inRest / (nRest + alpha0))
}

// counts is on how many days of a time each feature is mentioned.
type counts struct {
	days    map[uint32]int
	total   int // the sum over all words and names
	written int // days
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

// marks returns what marks each time against the others, the best first.
func (f *features) marks(days []day, ends []int, most limits) [][]Mark {
	times := f.count(days, ends)
	all := counts{days: map[uint32]int{}}
	for _, t := range times {
		all.total += t.total
		all.written += t.written
		for n, y := range t.days {
			all.days[n] += y
		}
	}
	out := make([][]Mark, len(times))
	for i, t := range times {
		var found []Mark
		for n, y := range t.days {
			if y < fewestDays(len(days)) {
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

// fewestDays is on how many days of a time something must be, so as not to be
// an accident of one of them.
func fewestDays(days int) int {
	if days < 200 {
		return 2
	}
	return 3
}

// mostly is the part of a name's days on which it stands in a longer one, from
// which on the longer one is shown.
const mostly = 0.6

// choose returns the best marks of each kind; of names that share their words
// one, and no title of one.
func choose(found []Mark, most limits) []Mark {
	chosen := []Mark{}
	count := limits{}
	for _, m := range found {
		if count[m.Kind] == most[m.Kind] {
			continue
		}
		longer := func(other Mark) bool {
			return len(other.Term) > len(m.Term) && m.sharesName(other) && float64(other.Days) >= mostly*float64(m.Days)
		}
		partOf := func(other Mark) bool {
			return other.Kind == Name && slices.Contains(strings.Fields(other.Term), m.Term)
		}
		switch {
		case m.Kind == Name && (slices.ContainsFunc(chosen, m.sharesName) || slices.ContainsFunc(found, longer)):
			continue
		case m.Kind == Word && slices.ContainsFunc(found, partOf): // “Captain”, of “Captain Taylor”
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
