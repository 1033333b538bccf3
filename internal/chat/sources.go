package chat

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/text"
)

// Source is a passage that an answer may cite by its number.
type Source struct {
	Number int // counts from 1
	// Entry contains the passage. It is nil for a client's document, which only has
	// a Title.
	Entry *daybook.Entry
	Title string
	// Passage is the part of the entry to show. Sources of an entry do not overlap,
	// even if their passages do.
	Passage daybook.Passage
	// Page is as in daybook.Citation.
	Page int
	// Matched means that the search found this passage.
	Matched bool
	// rank orders sources by relevance. The highest are dropped first when the
	// prompt is too long.
	rank int
}

// sources returns all passages of the entries found, numbered in the order in which
// they are shown.
func (s *Service) sources(ctx context.Context, results []search.Result) ([]Source, error) {
	var sources []Source
	for i := range results {
		r := &results[i]
		passages, err := s.Searcher.Passages(ctx, r.Entry.ID)
		if err != nil {
			return nil, fmt.Errorf("load the passages of an entry: %w", err)
		}
		of := sourcesOf(r, passages, i)
		if err := s.paginate(ctx, &r.Entry, of); err != nil {
			return nil, err
		}
		sources = append(sources, of...)
	}
	return number(sources), nil
}

// paginate sets the page of each source of an entry.
func (s *Service) paginate(ctx context.Context, e *daybook.Entry, sources []Source) error {
	if s.Pages == nil {
		return nil
	}
	pageOf, err := s.Pages(ctx, e)
	if err != nil {
		return fmt.Errorf("load the pages of an entry: %w", err)
	}
	for i := range sources {
		sources[i].Page = pageOf(sources[i].Passage.Start, sources[i].Passage.End)
	}
	return nil
}

// unmatched is added to the rank of passages that the search did not find. They
// are less relevant than all that it found.
const unmatched = 1 << 20

func sourcesOf(r *search.Result, passages []daybook.Passage, place int) []Source {
	var sources []Source
	for _, p := range passages {
		if p.End > len(r.Entry.Text) {
			continue // the entry has changed
		}
		if part := r.Entry.Text[p.Start:p.End]; part == p.Text {
			p.Text = part // which is held anyway
		}
		hit := slices.IndexFunc(r.Hits, func(h search.Hit) bool { return h.Passage.ID == p.ID })
		src := Source{Entry: &r.Entry, Title: r.Entry.Title, Passage: p, Matched: hit >= 0}
		src.rank = place<<8 + min(max(hit, 0), 255)
		if !src.Matched {
			src.rank = unmatched + place<<8 + min(p.Index, 255)
		}
		sources = withoutOverlap(sources, src)
	}
	return sources
}

// withoutOverlap appends src to the sources before it in the same entry. If two
// overlap, the more relevant one keeps the shared text.
func withoutOverlap(sources []Source, src Source) []Source {
	for len(sources) > 0 {
		last := &sources[len(sources)-1]
		if last.Passage.End <= src.Passage.Start {
			break
		}
		if last.rank < src.rank {
			src.Passage = after(src.Passage, last.Passage.End)
			break
		}
		if last.Passage = before(last.Passage, src.Passage.Start); last.Passage.Text != "" {
			break
		}
		sources = sources[:len(sources)-1]
	}
	if src.Passage.Text == "" {
		return sources
	}
	return append(sources, src)
}

const blanks = " \n\t\r"

// before returns the part of p that ends before the byte offset start of the entry.
func before(p daybook.Passage, start int) daybook.Passage {
	p.Text = strings.TrimRight(p.Text[:max(0, min(start-p.Start, len(p.Text)))], blanks)
	p.End = p.Start + len(p.Text)
	return p
}

// after returns the part of p that starts at the byte offset end of the entry or
// later.
func after(p daybook.Passage, end int) daybook.Passage {
	cut := end - p.Start
	if cut <= 0 {
		return p
	}
	if cut >= len(p.Text) {
		p.Text = ""
		return p
	}
	rest := strings.TrimLeft(p.Text[cut:], blanks)
	cut = len(p.Text) - len(rest)
	p.Line += strings.Count(p.Text[:cut], "\n")
	p.Start += cut
	p.Text = rest
	return p
}

// sourcesOfDocs returns a source for each of the client's documents.
func sourcesOfDocs(docs []Doc) []Source {
	sources := make([]Source, 0, len(docs))
	for i, d := range docs {
		sources = append(sources, Source{
			Title:   d.Title,
			Passage: daybook.Passage{Text: d.Content, End: len(d.Content)},
			Matched: true,
			rank:    i,
		})
	}
	return number(sources)
}

func number(sources []Source) []Source {
	for i := range sources {
		sources[i].Number = i + 1
	}
	return sources
}

// citations returns the citations that are saved with an answer.
func citations(sources []Source) []daybook.Citation {
	var list []daybook.Citation
	for _, s := range sources {
		if s.Entry == nil {
			continue
		}
		list = append(list, daybook.Citation{
			Number: s.Number, EntryID: s.Entry.ID, Date: s.Entry.Date(), Title: s.Entry.Title, Path: s.Entry.Path,
			Line: s.Passage.Line, Start: s.Passage.Start, End: s.Passage.End, Page: s.Page, Private: s.Entry.Private,
			Uncertain: text.Uncertain(s.Passage.Text),
		})
	}
	return list
}

// restore loads the sources of a saved answer, if their entries still exist and
// contain the passage at the same place.
func (s *Service) restore(ctx context.Context, kept []daybook.Citation) (*Found, error) {
	var ids []string
	for _, c := range kept {
		if !slices.Contains(ids, c.EntryID) {
			ids = append(ids, c.EntryID)
		}
	}
	found := &Found{}
	if len(ids) == 0 {
		return found, nil
	}
	entries, err := s.Searcher.Load(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load the sources of the answer: %w", err)
	}
	byID := map[string]*daybook.Entry{}
	for i := range entries {
		found.Results = append(found.Results, search.Result{Entry: entries[i]})
		byID[entries[i].ID] = &entries[i]
	}
	for _, c := range kept {
		if e := byID[c.EntryID]; e != nil && c.Start <= c.End && c.End <= len(e.Text) {
			found.Sources = append(found.Sources, Source{
				Number: c.Number, Entry: e, Title: e.Title, Page: c.Page,
				Passage: daybook.Passage{EntryID: e.ID, Start: c.Start, End: c.End, Line: c.Line, Text: e.Text[c.Start:c.End]},
			})
		}
	}
	return found, nil
}
