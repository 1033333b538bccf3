// Package tokens counts text in tokens of the o200k encoding, which OpenAI's
// models use. The vocabulary is embedded compressed and unpacked by the first
// text that needs it.
package tokens

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"sync"
)

// packed is the vocabulary, taken from tiktoken: every token in order of its
// rank, after a byte with its length.
//
//go:embed o200k.gz
var packed []byte

// size is how many tokens the vocabulary has.
const size = 199998

// ranks maps each token to its rank. Byte pairs of a low rank merge first.
var ranks = sync.OnceValues(unpack)

func unpack() (map[string]uint32, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack the vocabulary: %w", err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack the vocabulary: %w", err)
	}
	return parse(string(data))
}

func parse(data string) (map[string]uint32, error) {
	ranks := make(map[string]uint32, size)
	for rank := uint32(0); data != ""; rank++ {
		n := int(data[0])
		if data = data[1:]; n == 0 || n > len(data) {
			return nil, errors.New("the vocabulary is damaged")
		}
		ranks[data[:n]] = rank
		data = data[n:]
	}
	if len(ranks) != size {
		return nil, fmt.Errorf("the vocabulary has %d tokens, want %d", len(ranks), size)
	}
	return ranks, nil
}

// Count returns how many tokens text has. Invalid UTF-8 counts as U+FFFD. It
// is safe for concurrent use.
func Count(text string) int {
	ranks, err := ranks()
	if err != nil {
		return len(text) // no token is shorter than a byte
	}
	m := merger{ranks: ranks}
	n := 0
	for piece := range pieces(text) {
		if _, ok := ranks[piece]; ok {
			n++
			continue
		}
		n += m.count(piece)
	}
	return n
}
