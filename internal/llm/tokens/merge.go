package tokens

import "math"

// merger merges the bytes of pieces that are not tokens themselves: first the
// pair of the lowest rank, and of equal ranks the leftmost, until no two
// neighbours make a token. A piece of n bytes takes O(n log n).
type merger struct {
	ranks map[string]uint32
	parts []part
	pairs pairs
}

// part is a part of the piece. It begins at its own index in parts.
type part struct {
	prev, next int32  // where its neighbours begin: -1 and the piece's length at the ends
	rank       uint32 // of the token that it makes with the next part, or noRank
}

const noRank = math.MaxUint32

// count returns how many tokens a piece becomes.
func (m *merger) count(piece string) int {
	m.parts, m.pairs = m.parts[:0], m.pairs[:0]
	for i := range int32(len(piece)) {
		m.parts = append(m.parts, part{prev: i - 1, next: i + 1, rank: noRank})
	}
	for i := range m.parts {
		m.look(piece, int32(i))
	}
	count := len(piece)
	for len(m.pairs) > 0 {
		rank, at := m.pairs.pop()
		first := &m.parts[at]
		if first.rank != rank {
			continue // one of the two was merged with another part meanwhile
		}
		second := &m.parts[first.next]
		first.next, second.rank = second.next, noRank
		if int(first.next) < len(piece) {
			m.parts[first.next].prev = at
		}
		count--
		m.look(piece, at)
		if first.prev >= 0 {
			m.look(piece, first.prev)
		}
	}
	return count
}

// look notes which token a part makes with the next one.
func (m *merger) look(piece string, at int32) {
	p := &m.parts[at]
	p.rank = noRank
	if int(p.next) == len(piece) {
		return
	}
	if rank, ok := m.ranks[piece[at:m.parts[p.next].next]]; ok {
		p.rank = rank
		m.pairs.push(rank, at)
	}
}

// pairs is a heap with the lowest rank first, then the lowest place. Each item
// holds the rank in its high 32 bits and the place in its low ones.
type pairs []uint64

func (h *pairs) push(rank uint32, at int32) {
	*h = append(*h, uint64(rank)<<32|uint64(at))
	s := *h
	for i := len(s) - 1; i > 0; {
		parent := (i - 1) / 2
		if s[parent] <= s[i] {
			break
		}
		s[parent], s[i] = s[i], s[parent]
		i = parent
	}
}

func (h *pairs) pop() (rank uint32, at int32) {
	s := *h
	least := s[0]
	last := len(s) - 1
	s[0] = s[last]
	s = s[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(s) {
			break
		}
		if child+1 < len(s) && s[child+1] < s[child] {
			child++
		}
		if s[i] <= s[child] {
			break
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
	*h = s
	return uint32(least >> 32), int32(uint32(least))
}
