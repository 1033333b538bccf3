package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"daybook"
	"daybook/internal/llm"
)

// Multilingual is the name of the model for journals that aren't English:
// multilingual-e5-small, twelve layers, with weights of 4 bits.
const Multilingual = "multilingual-e5-small"

// MultilingualFile is the file of the multilingual model and its SHA-256 digest.
const (
	MultilingualFile = "multilingual-e5-small.q4.bin"
	multilingualHash = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)

var multilingual = shape{layers: 12, hidden: 384, inner: 1536, vocab: 250037, positions: 512}

// HasMultilingual reports whether a folder has the file of the multilingual
// model, without reading it.
func HasMultilingual(path string) bool { return isFile(filepath.Join(path, MultilingualFile)) }

// OpenMultilingual reads the multilingual model in the folder at path, which
// takes about 130 MB of memory. The errors are as with Open. The model has no
// states of words.
func OpenMultilingual(path string) (*Model, error) {
	data, err := os.ReadFile(filepath.Join(path, MultilingualFile))
	if err != nil {
		return nil, openError(err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != multilingualHash {
		return nil, daybook.Errorf(daybook.Invalid, "%s has a wrong checksum: fetch it again with scripts/fetch-model.sh multilingual", MultilingualFile)
	}
	return loadPacked(data, Multilingual, multilingual)
}

func loadPacked(data []byte, name string, s shape) (*Model, error) {
	file, tokenizer, err := newPacked(data, s)
	if err != nil {
		return nil, err
	}
	encoder, err := newPackedEncoder(file, s)
	if err != nil {
		return nil, err
	}
	m := newModel(name, encoder, tokenizer, s.positions)
	m.begin = map[llm.Purpose]string{llm.ForQuery: "query: ", llm.ForDocument: "passage: "}
	return m, nil
}
