package text

import (
	"strings"
	"sync"
)

// maxCached is how many words a cache has at most: more than the vocabulary of
// a lifetime's diary.
const maxCached = 1 << 16

// cache stores the terms of words. A journal uses the same words again and
// again, and stemming takes far longer than a lookup.
type cache struct {
	mu    sync.RWMutex
	terms map[string]string
}

func (c *cache) get(word string) (term string, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	term, ok = c.terms[word]
	return term, ok
}

// put stores a term. A full cache is emptied: common words soon return.
func (c *cache) put(word, term string) {
	if len(word) > maxStemmed {
		return
	}
	// The word is a slice of a whole note, which must not stay in memory.
	word = strings.Clone(word)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.terms == nil || len(c.terms) >= maxCached {
		c.terms = make(map[string]string)
	}
	c.terms[word] = strings.Clone(term)
}
