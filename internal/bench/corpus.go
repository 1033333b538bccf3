package main

import (
	"cmp"
	"encoding/gob"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vector"
)

// perEntry is how many passages an entry of these figures has.
const perEntry = 4

// corpus makes vectors distributed like text embeddings: many components but
// few degrees of freedom, in overlapping topics. The embeddings of the 6,952
// passages of a real journal by the built-in model have an intrinsic dimension
// of 13 (TwoNN, Facco et al. 2017) and a mean cosine of 0.34. These have 24,
// which is harder to search, and 0.28. They are the same in every run.
type corpus struct {
	dim    int
	mix    []float32 // dim rows of latent
	topics [][latent]float32
	r      *rand.Rand
}

const (
	latent = 32  // degrees of freedom
	topics = 500 // each with a centre
)

func newCorpus(n, dim int, seed uint64) *corpus {
	r := rand.New(rand.NewPCG(uint64(n), uint64(dim)))
	c := &corpus{dim: dim, mix: make([]float32, dim*latent), topics: make([][latent]float32, topics)}
	for i := range c.mix {
		c.mix[i] = float32(r.NormFloat64())
	}
	var middle [latent]float32
	for i := range middle {
		middle[i] = float32(0.8 * r.NormFloat64())
	}
	for t := range c.topics {
		for i := range latent {
			c.topics[t][i] = middle[i] + float32(r.NormFloat64())
		}
	}
	c.r = rand.New(rand.NewPCG(seed, uint64(n)))
	return c
}

func (c *corpus) next() []float32 {
	z := c.topics[c.r.IntN(topics)]
	for i := range z {
		z[i] += float32(0.9 * c.r.NormFloat64())
	}
	v := make([]float32, c.dim)
	for i := range v {
		row, sum := c.mix[i*latent:][:latent], float32(0)
		for j, x := range z {
			sum += row[j] * x
		}
		v[i] = sum + float32(3*c.r.NormFloat64()) // noise of this passage
	}
	return v
}

func manyNote(i int, day daybook.Date) store.Note {
	id := fmt.Sprintf("entry-%07d", i)
	n := store.Note{Entry: daybook.Entry{ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Dates: []daybook.Date{day}, TextLine: 1}}
	for k := range perEntry {
		text := fmt.Sprintf("passage %d of entry %d", k, i)
		start := len(n.Entry.Text)
		n.Entry.Text += text
		n.Passages = append(n.Passages, store.IndexedPassage{
			Passage: daybook.Passage{EntryID: id, Index: k, Start: start, End: start + len(text), Line: 1, Text: text},
			Terms:   fmt.Sprintf("passage p%d entry e%d", k, i),
		})
	}
	n.State = store.NoteState{Kind: daybook.Daily, Path: n.Entry.Path, EntryID: id}
	return n
}

// asked returns the queries: close to stored vectors, but different.
func asked(n, dim int) [][]float32 {
	c := newCorpus(n, dim, 2)
	queries := make([][]float32, 50)
	for i := range queries {
		queries[i] = c.next()
	}
	return queries
}

// truth returns the ten passages nearest to each query, by an exhaustive
// comparison; the result is cached.
func truth(n, dim int) (places [][]string, err error) {
	file := filepath.Join(kept, fmt.Sprintf("truth-%d-%d", n, dim))
	if f, err := os.Open(file); err == nil {
		defer f.Close()
		return places, gob.NewDecoder(f).Decode(&places)
	}
	type scored struct {
		i     int
		score float32
	}
	queries := asked(n, dim)
	best := make([][]scored, len(queries))
	c := newCorpus(n, dim, 1)
	for i := range n {
		v, err := vector.Normalise(c.next(), dim)
		if err != nil {
			return nil, err
		}
		for q, query := range queries {
			score := vector.Dot(v, query)
			if list := best[q]; len(list) < 10 || score > list[9].score {
				list = append(list, scored{i, score})
				slices.SortFunc(list, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
				best[q] = list[:min(10, len(list))]
			}
		}
	}
	for _, list := range best {
		var one []string
		for _, s := range list {
			one = append(one, fmt.Sprintf("entry-%07d.%d", s.i/perEntry, s.i%perEntry))
		}
		places = append(places, one)
	}
	if err := os.MkdirAll(kept, 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	return places, errors.Join(gob.NewEncoder(f).Encode(places), f.Close())
}
