package embed

import (
	"math"
	"unicode/utf8"

	"daybook"
)

// unigram is a SentencePiece tokenizer with a unigram model: of all ways to cut
// a text into known pieces it takes the most probable. It is safe for concurrent
// use.
type unigram struct {
	pieces  map[string]int32
	scores  []float32
	longest int // bytes of the longest piece
	// normal has the replacements of characters that are not used as they are.
	normal              map[rune][]rune
	begin, end, unknown int32
	unknownScore        float32
}

// space is how pieces write a space.
const space = '\u2581'

// unigramBytes is how much of a text is tokenized for each token that is wanted.
const unigramBytes = 32

// newUnigram returns a tokenizer of pieces with their scores; a piece's token is
// its index.
func newUnigram(pieces []string, scores []float32, begin, end, unknown int32) (*unigram, error) {
	u := &unigram{pieces: make(map[string]int32, len(pieces)), scores: scores, normal: map[rune][]rune{}, begin: begin, end: end, unknown: unknown}
	lowest := float32(math.MaxFloat32)
	for i, piece := range pieces {
		if scores[i]-scores[i] != 0 {
			return nil, daybook.Errorf(daybook.Invalid, "the score of a piece of the tokenizer is not finite")
		}
		lowest = min(lowest, scores[i])
		if _, has := u.pieces[piece]; !has && piece != "" && int32(i) != unknown {
			u.pieces[piece] = int32(i)
		}
		u.longest = max(u.longest, len(piece))
	}
	for _, token := range []int32{begin, end, unknown} {
		if token < 0 || int(token) >= len(pieces) {
			return nil, daybook.Errorf(daybook.Invalid, "the tokenizer has no token %d", token)
		}
	}
	u.unknownScore = lowest - 10
	return u, nil
}

// encode implements tokenizer. It doesn't read a text far beyond the limit.
func (u *unigram) encode(text string, limit int) []int32 {
	normal, starts := u.normalize(text, limit*unigramBytes)
	tokens := append(make([]int32, 0, 64), u.begin)
	tokens = append(tokens, u.best(normal, starts)...)
	tokens = tokens[:min(len(tokens), limit-1)]
	return append(tokens, u.end)
}

// normalize returns at most about limit bytes of text as pieces are written, and
// where its characters start, and its length.
func (u *unigram) normalize(text string, limit int) (normal []byte, starts []int) {
	previous := rune(-1)
	add := func(r rune) {
		if r == ' ' {
			if previous == ' ' {
				return
			}
			previous, r = ' ', space
		} else {
			previous = r
		}
		starts = append(starts, len(normal))
		normal = utf8.AppendRune(normal, r)
	}
	add(' ')
	for _, r := range text {
		if len(normal) >= limit {
			break
		}
		replaced, has := u.normal[r]
		if !has {
			add(r)
		}
		for _, r := range replaced {
			add(r)
		}
	}
	return normal, append(starts, len(normal))
}

// best returns the most probable pieces, by dynamic programming over the
// characters.
func (u *unigram) best(text []byte, starts []int) []int32 {
	type step struct {
		score float32
		token int32
		from  int
	}
	n := len(starts) - 1
	steps := make([]step, n+1)
	for i := range steps[1:] {
		steps[i+1].score = -math.MaxFloat32
	}
	for i := range n {
		take := func(to int, token int32, score float32) {
			if score += steps[i].score; score > steps[to].score {
				steps[to] = step{score, token, i}
			}
		}
		for to := i + 1; to <= n && starts[to]-starts[i] <= u.longest; to++ {
			if token, has := u.pieces[string(text[starts[i]:starts[to]])]; has {
				take(to, token, u.scores[token])
			}
		}
		take(i+1, u.unknown, u.unknownScore)
	}
	count := 0
	for at := n; at > 0; at = steps[at].from {
		count++
	}
	tokens := make([]int32, count)
	for at := n; at > 0; at = steps[at].from {
		count--
		tokens[count] = steps[at].token
	}
	return tokens
}
