package embed

import (
	"encoding/json"
	"sync"
	"unicode/utf8"

	"daybook"
)

// maxWord is the length in characters above which a word becomes one unknown
// token.
const maxWord = 100

// A tokenizer turns text into tokens. It is safe for concurrent use.
type tokenizer interface {
	// encode returns the tokens of text, enclosed in the two tokens that begin
	// and end every input, at most limit in all.
	encode(text string, limit int) []int32
}

// wordPiece turns text into WordPiece tokens of an uncased BERT vocabulary.
type wordPiece struct {
	vocab   map[string]int32 // pieces inside a word begin with "##"
	longest int              // bytes of the longest piece

	cls, sep, unknown int32

	pieces func() map[uint16]string // by token
}

// newTokenizer reads a tokenizer.json in which every id is below size.
func newTokenizer(data []byte, size int) (*wordPiece, error) {
	var file struct {
		Model struct {
			Vocab map[string]int32 `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, daybook.Errorf(daybook.Invalid, "read the tokenizer: %w", err)
	}
	t := &wordPiece{vocab: file.Model.Vocab}
	for piece, id := range t.vocab {
		if id < 0 || int(id) >= size {
			return nil, daybook.Errorf(daybook.Invalid, "the tokenizer has the token %d, and the model knows %d", id, size)
		}
		t.longest = max(t.longest, len(piece))
	}
	for name, id := range map[string]*int32{"[CLS]": &t.cls, "[SEP]": &t.sep, "[UNK]": &t.unknown} {
		var ok bool
		if *id, ok = t.vocab[name]; !ok {
			return nil, daybook.Errorf(daybook.Invalid, "the tokenizer has no token %s", name)
		}
	}
	t.pieces = sync.OnceValue(func() map[uint16]string {
		pieces := make(map[uint16]string, len(t.vocab))
		for piece, id := range t.vocab {
			pieces[uint16(id)] = piece
		}
		return pieces
	})
	return t, nil
}

// encode implements tokenizer. It doesn't read the text beyond the limit. Names of
// special tokens in the text are plain text.
func (t *wordPiece) encode(text string, limit int) []int32 {
	tokens := append(make([]int32, 0, min(limit, len(text)/3+8)), t.cls)
	scan := wordScanner{text: text}
	var buf []byte
	for len(tokens) < limit-1 {
		word, ok := scan.next()
		if !ok {
			break
		}
		tokens, buf = t.appendWord(tokens, word, buf)
	}
	tokens = tokens[:min(len(tokens), limit-1)]
	return append(tokens, t.sep)
}

// appendWord splits word greedily into the longest known pieces. A word that
// can't be split becomes one unknown token. It returns buf for reuse.
func (t *wordPiece) appendWord(tokens []int32, word []rune, buf []byte) ([]int32, []byte) {
	if len(word) > maxWord {
		return append(tokens, t.unknown), buf
	}
	buf = append(buf[:0], "##"...)
	for _, r := range word {
		buf = utf8.AppendRune(buf, r)
	}
	whole := len(tokens)
	// A piece from pos on is looked up with "##" before it, which overwrites
	// bytes already read.
	for pos, from := 2, 2; pos < len(buf); from = pos - 2 {
		end := min(len(buf), from+t.longest)
		for ; end > pos; end-- {
			if end < len(buf) && !utf8.RuneStart(buf[end]) {
				continue
			}
			if id, ok := t.vocab[string(buf[from:end])]; ok {
				tokens = append(tokens, id)
				break
			}
		}
		if end == pos {
			return append(tokens[:whole], t.unknown), buf
		}
		pos = end
		copy(buf[pos-2:], "##")
	}
	return tokens, buf
}
