package search

import "slices"

// doubtfulNames returns the terms of the names in q's topic that are also words
// without a meaning of their own, verbs or months: "Will", "Mark" and "May".
func (s *Searcher) doubtfulNames(q *Query) []string {
	var names []string
	months := s.phrasing("").Months
	for _, t := range s.Analyzer.Tokens(q.Topic) {
		ordinary := s.isPhrasing(q, t.Term) || isMonth(q.Topic[t.Start:t.End], months)
		if ordinary && isName(q.Topic, t) {
			names = append(names, t.Term)
		}
	}
	return names
}

// namedFirst puts the entries that have one of the names as a name first. The
// others may have it as a word only.
func (s *Searcher) namedFirst(results []Result, names []string) {
	has := map[string]bool{}
	for _, r := range results {
		has[r.Entry.ID] = slices.ContainsFunc(names, func(term string) bool {
			within, leading, _ := s.capitals(r.Entry.Text, term)
			return within+leading > 0
		})
	}
	slices.SortStableFunc(results, func(a, b Result) int {
		switch {
		case has[a.Entry.ID] == has[b.Entry.ID]:
			return 0
		case has[a.Entry.ID]:
			return -1
		}
		return 1
	})
}
