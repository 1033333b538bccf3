package private

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// run is the number of consecutive words that show that a text quotes a note.
// Surely is the number of consecutive runs required in text put together by a
// program, where a few words may match by chance.
const (
	run    = 4
	surely = 4
)

// corpus is the content of the private notes, for telling whether a text quotes
// one. It is immutable, except for checked.
type corpus struct {
	generation string
	entries    []daybook.Entry // without texts
	paths      map[string]bool // of daily notes
	// shown are the keys of the names of files that the notes show.
	shown map[string]bool
	// own are the terms that only occur in private notes, with one of those
	// notes.
	own   map[string]string
	terms map[string]map[string]bool // of each entry's text, by its ID
	runs  map[uint64][]string        // the terms of each run of words, followed by an entry's ID
	// checked caches whether runs only occur in private notes. The guard's lock
	// is held.
	checked map[uint64]bool
	// unread means that not all notes were read by the current rules yet.
	unread bool
}

var seed = maphash.MakeSeed()

// current returns the corpus of the journal as it is indexed now.
func (g *Guard) current(ctx context.Context) (*corpus, error) {
	generation, err := g.Index.Generation(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for changes of the journal: %w", err)
	}
	read := true
	if g.Current != nil {
		if read, err = g.Current(ctx); err != nil {
			return nil, fmt.Errorf("look whether all notes were read: %w", err)
		}
	}
	g.mu.Lock()
	have := g.corpus
	g.mu.Unlock()
	if have != nil && have.generation == generation && have.unread == !read {
		return have, nil
	}
	made, err := g.gather(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the private notes: %w", err)
	}
	made.generation, made.unread = generation, !read
	g.mu.Lock()
	defer g.mu.Unlock()
	g.corpus = made
	return made, nil
}

// gather loads the private notes of the index.
func (g *Guard) gather(ctx context.Context) (*corpus, error) {
	c := &corpus{paths: map[string]bool{}, shown: map[string]bool{}, own: map[string]string{}, terms: map[string]map[string]bool{}, runs: map[uint64][]string{}, checked: map[uint64]bool{}}
	entries, err := g.Index.Newest(ctx, store.Filter{Private: true}, 0)
	if err != nil || len(entries) == 0 {
		return c, err
	}
	vocabulary, err := g.Index.Vocabulary(ctx, false)
	if err != nil {
		return nil, err
	}
	counts, of := map[string]int{}, map[string]string{} // passages by term, and an entry that has it
	for i := range entries {
		e := &entries[i]
		if e.Kind == daybook.Daily {
			c.paths[e.Path] = true
		}
		tokens := g.Analyzer.Tokens(e.Text)
		c.addRuns(e, tokens)
		c.terms[e.ID] = termsIn(tokens)
		passages, err := g.Index.Passages(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range passages {
			for term := range termsIn(g.Analyzer.Tokens(p.Text)) {
				counts[term]++
				of[term] = e.ID
			}
		}
		for term := range termsIn(g.Analyzer.Tokens(g.names(e))) {
			if _, there := of[term]; !there {
				of[term] = e.ID
			}
		}
		c.show(e.Text)
		e.Text = ""
		c.entries = append(c.entries, *e)
	}
	for term, id := range of {
		if vocabulary.Count(term) <= counts[term] && g.tells(term) {
			c.own[term] = id
		}
	}
	g.embedded(c)
	return c, nil
}

// names is the text of an entry besides its body. The title of a daily note is
// its day, so it is left out.
func (g *Guard) names(e *daybook.Entry) string {
	said := ""
	if e.Kind == daybook.Evergreen {
		said = e.Title
	}
	for _, tag := range e.Tags {
		if g.Vault == nil || !g.Vault.PrivateByTags([]string{tag}) || strings.Contains(tag, "/") {
			said += "\n" + tag
		}
	}
	return said
}

// tells reports whether a term that only occurs in private notes reveals one.
// Common words and the numbers of days and years do not.
func (g *Guard) tells(term string) bool {
	if g.Analyzer.Stop(term) || len(term) == 1 {
		return false
	}
	return len(term) > 4 || strings.Trim(term, "0123456789") != ""
}

func termsIn(tokens []text.Token) map[string]bool {
	terms := make(map[string]bool, len(tokens))
	for _, t := range tokens {
		terms[t.Term] = true
	}
	return terms
}

func (c *corpus) addRuns(e *daybook.Entry, tokens []text.Token) {
	eachRun(tokens, func(key uint64, terms []text.Token) bool {
		if _, there := c.runs[key]; !there {
			list := make([]string, 0, run+1)
			for _, t := range terms {
				list = append(list, t.Term)
			}
			c.runs[key] = append(list, e.ID)
		}
		return true
	})
}

// eachRun calls f with every run of words until it returns false.
func eachRun(tokens []text.Token, f func(key uint64, terms []text.Token) bool) {
	var h maphash.Hash
	h.SetSeed(seed)
	for i := 0; i+run <= len(tokens); i++ {
		h.Reset()
		for _, t := range tokens[i : i+run] {
			_, _ = h.WriteString(t.Term) // never fails
			_ = h.WriteByte(' ')
		}
		if !f(h.Sum64(), tokens[i:i+run]) {
			return
		}
	}
}

// quotes returns the IDs of the private entries that a text quotes with so many
// consecutive runs of words that occur in no other note. Words in one of the
// typed texts are the user's own and don't count.
func (g *Guard) quotes(ctx context.Context, said string, runs int, typed []string) ([]string, error) {
	c, err := g.current(ctx)
	if err != nil || len(c.runs) == 0 {
		return nil, err
	}
	var own map[uint64]bool
	found := map[string]bool{}
	inRow := 0
	eachRun(g.Analyzer.Tokens(said), func(key uint64, terms []text.Token) bool {
		kept, there := c.runs[key]
		if !there || !same(kept, terms) {
			inRow = 0
			return true
		}
		if own == nil {
			own = g.runsOf(typed)
		}
		alone := !own[key]
		if alone {
			alone, err = g.alone(ctx, c, key, kept[:run])
		}
		if inRow++; !alone {
			inRow = 0
		}
		if inRow >= runs {
			found[kept[run]] = true
		}
		return err == nil
	})
	if err != nil {
		return nil, fmt.Errorf("look whether a private note is quoted: %w", err)
	}
	return keys(found), nil
}

func same(kept []string, terms []text.Token) bool {
	for i, t := range terms {
		if kept[i] != t.Term {
			return false
		}
	}
	return true
}

func (g *Guard) runsOf(texts []string) map[uint64]bool {
	runs := map[uint64]bool{}
	for _, t := range texts {
		eachRun(g.Analyzer.Tokens(t), func(key uint64, _ []text.Token) bool { runs[key] = true; return true })
	}
	return runs
}

// alone reports whether these words in this order only occur in private notes.
func (g *Guard) alone(ctx context.Context, c *corpus, key uint64, terms []string) (bool, error) {
	g.mu.Lock()
	alone, known := c.checked[key]
	g.mu.Unlock()
	if known {
		return alone, nil
	}
	hits, err := g.Index.SearchWords(ctx, store.WordQuery{Phrases: [][]string{terms}}, store.Filter{Public: true}, 1)
	if err != nil {
		return false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c.checked[key] = len(hits) == 0
	return len(hits) == 0, nil
}

// Quotes returns the IDs of the private entries that a text quotes.
func (g *Guard) Quotes(ctx context.Context, said string) ([]string, error) {
	return g.quotes(ctx, said, 1, nil)
}

// Betrays returns the IDs of the private entries that a text of unknown origin
// may come from: it quotes them, or has a word that only occurs in private
// notes. The second result means that this is unknown because notes are still being
// read. The text must not be sent then either.
func (g *Guard) Betrays(ctx context.Context, said string) (ids []string, unknown bool, err error) {
	c, err := g.current(ctx)
	if err != nil {
		return nil, true, err
	}
	if c.unread && strings.TrimSpace(said) != "" {
		return nil, true, nil
	}
	quoted, err := g.quotes(ctx, said, 1, nil)
	if err != nil || len(c.own) == 0 {
		return quoted, false, err
	}
	found := map[string]bool{}
	for _, id := range quoted {
		found[id] = true
	}
	for _, t := range g.Analyzer.Tokens(said) {
		if id, there := c.own[t.Term]; there {
			found[id] = true
		}
	}
	return keys(found), false, nil
}

// Is returns the IDs of the private entries that a document is, or is a part
// of, by its title and words, even if each of these occurs elsewhere too.
func (g *Guard) Is(ctx context.Context, title, content string) ([]string, error) {
	c, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	terms := termsIn(g.Analyzer.Tokens(content))
	if len(terms) == 0 {
		return nil, nil
	}
	title = strings.ToLower(vault.Stem(strings.TrimSpace(title)))
	var ids []string
	for _, e := range c.entries {
		if named(e, title) && subset(terms, c.terms[e.ID]) {
			ids = append(ids, e.ID)
		}
	}
	return ids, nil
}

// named reports whether a title in lower case names an entry.
func named(e daybook.Entry, title string) bool {
	if title == strings.ToLower(e.Title) || title == strings.ToLower(vault.Stem(e.Path)) || title == "" {
		return true
	}
	for _, d := range e.Dates {
		if strings.Contains(title, d.String()) {
			return true
		}
	}
	return false
}

func subset(part, whole map[string]bool) bool {
	for term := range part {
		if !whole[term] {
			return false
		}
	}
	return true
}

// Entries returns the private entries, newest first, without their texts.
func (g *Guard) Entries(ctx context.Context) ([]daybook.Entry, error) {
	c, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	return c.entries, nil
}

func keys(set map[string]bool) []string {
	var list []string
	for id := range set {
		list = append(list, id)
	}
	return list
}
