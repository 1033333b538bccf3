// Package embed turns texts into vectors by meaning, inside of this process:
// an encoder for all-MiniLM-L6-v2, a BERT of six layers, that needs neither a
// provider nor a network. Only the weights are fetched, once, by
// scripts/fetch-model.sh.
package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"daybook"
	"daybook/internal/llm"
)

// Name is what the model is called behind "builtin/". Vectors of the same
// name are of the same weights.
const Name = "all-MiniLM-L6-v2"

// maxTokens is how much of a text the model was trained to take in; the rest
// is left out.
const maxTokens = 256

// The files of the model, and the SHA-256 of the only ones that are it: other
// weights would give vectors that do not compare with those of the index.
const (
	weightsFile   = "model.safetensors"
	weightsHash   = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
	tokenizerFile = "tokenizer.json"
	tokenizerHash = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
)

// Model is an open model. It implements llm.Embedder, is safe for concurrent
// use, and holds about 55 MB of weights however many use it. One Embed takes
// one core.
type Model struct {
	encoder   *encoder
	tokenizer *tokenizer
	kernels   kernels
	scratch   sync.Pool // of *scratch
}

var _ llm.Embedder = (*Model)(nil)

// IsIn reports whether the files of a model are in a folder, without looking
// into them.
func IsIn(path string) bool {
	for _, name := range []string{weightsFile, tokenizerFile} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// Open reads the model in the folder at path. The error is NotFound when it
// is not there and Invalid when its files are not those that
// scripts/fetch-model.sh fetches.
func Open(path string) (*Model, error) {
	vocabulary, err := os.ReadFile(filepath.Join(path, tokenizerFile))
	if err != nil {
		return nil, openError(err)
	}
	weights, err := os.Open(filepath.Join(path, weightsFile))
	if err != nil {
		return nil, openError(err)
	}
	defer weights.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, weights)
	if err != nil {
		return nil, fmt.Errorf("read the model's weights: %w", err)
	}
	vocabularyHash := sha256.Sum256(vocabulary)
	for file, sums := range map[string][2]string{
		weightsFile:   {weightsHash, hex.EncodeToString(hash.Sum(nil))},
		tokenizerFile: {tokenizerHash, hex.EncodeToString(vocabularyHash[:])},
	} {
		if sums[0] != sums[1] {
			return nil, daybook.Errorf(daybook.Invalid, "the model's %s is damaged or another: fetch it again with scripts/fetch-model.sh", file)
		}
	}
	return load(weights, size, vocabulary, miniLM)
}

func openError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &daybook.Error{Kind: daybook.NotFound, Err: err,
			Message: "the built-in embedding model is not there: scripts/fetch-model.sh fetches it"}
	}
	return fmt.Errorf("open the embedding model: %w", err)
}

// load reads a model of the given shape and picks the fastest kernels.
func load(weights io.ReaderAt, size int64, vocabulary []byte, s shape) (*Model, error) {
	file, err := newTensors(weights, size)
	if err != nil {
		return nil, err
	}
	m := &Model{kernels: availableKernels()[0]}
	m.scratch.New = func() any { return new(scratch) }
	if m.tokenizer, err = newTokenizer(vocabulary, s.vocab); err != nil {
		return nil, err
	}
	if m.encoder, err = newEncoder(file, s); err != nil {
		return nil, err
	}
	return m, nil
}

// Name returns Name, the model's name without a provider's.
func (m *Model) Name() string { return Name }

// Dim is the number of components of a vector.
func (m *Model) Dim() int { return m.encoder.hidden }

// Embed returns a vector of length 1 for each input; the cosine of two says
// how near they are in meaning. A text is taken as far as maxTokens go, a
// text without a word has a vector too, and the request's purpose does not
// matter to this model. The request's model is Name, or empty.
func (m *Model) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	if req.Model != "" && req.Model != Name {
		return llm.Embeddings{}, daybook.Errorf(daybook.Invalid, "the built-in embedding model is %s, not %q", Name, req.Model)
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	out := llm.Embeddings{Vectors: make([][]float32, 0, len(req.Inputs))}
	for _, text := range req.Inputs {
		tokens := m.tokenizer.encode(text, maxTokens)
		v, err := m.encoder.encode(ctx, m.kernels, s, tokens)
		if err != nil {
			return llm.Embeddings{}, fmt.Errorf("embed with %s: %w", Name, err)
		}
		out.Vectors = append(out.Vectors, v)
		out.Usage.InputTokens += len(tokens)
	}
	return out, nil
}
