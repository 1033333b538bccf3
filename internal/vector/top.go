package vector

import (
	"cmp"
	"math"
	"slices"
)

// top keeps the indexes of the n highest scores added, in a heap whose root is
// the lowest of them. Among equal scores, the first one added stays.
type top struct {
	n      int
	places []int
	scores []float32
	least  float32 // scores up to this one are not kept
}

func newTop(n int) *top {
	return &top{n: n, places: make([]int, 0, n), scores: make([]float32, 0, n), least: float32(math.Inf(-1))}
}

func (t *top) add(place int, score float32) {
	switch {
	case len(t.places) < t.n:
		t.places = append(t.places, place)
		t.scores = append(t.scores, score)
		t.up(len(t.places) - 1)
	case t.n > 0 && score > t.scores[0]:
		t.places[0], t.scores[0] = place, score
		t.down(0)
	}
	if len(t.places) == t.n && t.n > 0 {
		t.least = t.scores[0]
	}
}

// less reports whether i is evicted before j: it has a lower score or a higher
// index.
func (t *top) less(i, j int) bool {
	if t.scores[i] == t.scores[j] {
		return t.places[i] > t.places[j]
	}
	return t.scores[i] < t.scores[j]
}

func (t *top) swap(i, j int) {
	t.places[i], t.places[j] = t.places[j], t.places[i]
	t.scores[i], t.scores[j] = t.scores[j], t.scores[i]
}

func (t *top) up(i int) {
	for parent := (i - 1) / 2; i > 0 && t.less(i, parent); i, parent = parent, (parent-1)/2 {
		t.swap(i, parent)
	}
}

func (t *top) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(t.places) {
			return
		}
		if child+1 < len(t.places) && t.less(child+1, child) {
			child++
		}
		if !t.less(child, i) {
			return
		}
		t.swap(i, child)
		i = child
	}
}

// sorted returns the indexes, highest score first. t must not be used
// afterwards.
func (t *top) sorted() []int {
	order := make([]int, len(t.places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(t.scores[b], t.scores[a]), t.places[a]-t.places[b])
	})
	for i, at := range order {
		order[i] = t.places[at]
	}
	return order
}
