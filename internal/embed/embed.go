// Package embed has the built-in embedding models: an encoder for
// all-MiniLM-L6-v2, a six-layer BERT, and for multilingual-e5-small, that runs in
// this process without a provider or network. scripts/fetch-model.sh fetches the
// weights once.
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

// Name is the model's name after "builtin/". The same name always means the
// same weights.
const Name = "all-MiniLM-L6-v2"

// maxTokens is the input length that the model was trained with. Longer texts
// are truncated.
const maxTokens = 256

// A weights file is one of these, the preferred one first, with its SHA-256
// digest: vectors of other weights can't be compared with those in the index.
// All hold the same weights; those of 32-bit numbers become bytes as the file
// is read.
var weightsFiles = []struct{ name, hash string }{
	{"model.int8.safetensors", "677e7b8f4516aa670d6fa44529f7a41698844390537c44e6819334fbab7d5bb2"},
	{"model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
}

// The tokenizer's file and its digest.
const (
	tokenizerFile = "tokenizer.json"
	tokenizerHash = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
)

// Model is an open model and implements llm.Embedder. It is safe for concurrent
// use and holds about 25 MB of weights. Each call uses one core. Those for
// documents give way to those for queries.
type Model struct {
	name      string
	encoder   *encoder
	tokenizer tokenizer
	limit     int // tokens of an input; longer texts are truncated
	kernels   kernels
	// begin is what an input for a purpose begins with.
	begin   map[llm.Purpose]string
	skipped map[int32]bool // tokens that say too little to have states
	pieces  func() map[uint16]string
	scratch sync.Pool // of *scratch

	queries queries
}

var _ llm.Embedder = (*Model)(nil)

// IsIn reports whether a folder has the files of a model, without reading them.
func IsIn(path string) bool {
	_, _, err := weightsIn(path)
	return err == nil && isFile(filepath.Join(path, tokenizerFile))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// weightsIn returns the name of the weights file in a folder and its digest.
func weightsIn(path string) (name, hash string, err error) {
	for _, f := range weightsFiles {
		if isFile(filepath.Join(path, f.name)) {
			return f.name, f.hash, nil
		}
	}
	return "", "", fs.ErrNotExist
}

// Open reads the model in the folder at path. The error is NotFound if it is
// missing and Invalid if its files are not those that scripts/fetch-model.sh
// fetches.
func Open(path string) (*Model, error) {
	vocabulary, err := os.ReadFile(filepath.Join(path, tokenizerFile))
	if err != nil {
		return nil, openError(err)
	}
	name, want, err := weightsIn(path)
	if err != nil {
		return nil, openError(err)
	}
	weights, err := os.Open(filepath.Join(path, name))
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
	for _, file := range []struct{ name, want, got string }{
		{name, want, hex.EncodeToString(hash.Sum(nil))},
		{tokenizerFile, tokenizerHash, hex.EncodeToString(vocabularyHash[:])},
	} {
		if file.got != file.want {
			return nil, daybook.Errorf(daybook.Invalid, "the model's %s has a wrong checksum: fetch it again with scripts/fetch-model.sh", file.name)
		}
	}
	return load(weights, size, vocabulary, miniLM)
}

func openError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &daybook.Error{Kind: daybook.NotFound, Err: err,
			Message: "the built-in embedding model is missing: scripts/fetch-model.sh fetches it"}
	}
	return fmt.Errorf("open the embedding model: %w", err)
}

// load reads a model of the given shape and picks the fastest kernels.
func load(weights io.ReaderAt, size int64, vocabulary []byte, s shape) (*Model, error) {
	file, err := newTensors(weights, size)
	if err != nil {
		return nil, err
	}
	words, err := newTokenizer(vocabulary, s.vocab)
	if err != nil {
		return nil, err
	}
	encoder, err := newEncoder(file, s)
	if err != nil {
		return nil, err
	}
	m := newModel(Name, encoder, words, maxTokens)
	m.skipped, m.pieces = words.light(), words.pieces
	return m, nil
}

func newModel(name string, e *encoder, t tokenizer, limit int) *Model {
	m := &Model{name: name, encoder: e, tokenizer: t, limit: limit, kernels: availableKernels()[0]}
	m.scratch.New = func() any { return new(scratch) }
	return m
}

// Name returns the model's name without a provider's: Name or Multilingual.
func (m *Model) Name() string { return m.name }

// Embed returns a normalised vector for each input; the cosine of two is their
// similarity in meaning. Long texts are truncated. A text without words has a
// vector too. The request's model must be m.Name() or empty.
func (m *Model) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	if req.Model != "" && req.Model != m.name {
		return llm.Embeddings{}, daybook.Errorf(daybook.Invalid, "the built-in embedding model is %s, not %q", m.name, req.Model)
	}
	capture, _ := ctx.Value(captureKey{}).(func(string, States))
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	background := req.Purpose == llm.ForDocument
	if !background {
		defer m.queries.begin()()
	}
	out := llm.Embeddings{Vectors: make([][]float32, 0, len(req.Inputs))}
	for _, text := range req.Inputs {
		if background {
			m.queries.giveWay(ctx)
		}
		tokens := m.tokenizer.encode(m.begin[req.Purpose]+text, m.limit)
		v, err := m.encoder.encode(ctx, m.kernels, s, tokens)
		if err != nil {
			return llm.Embeddings{}, fmt.Errorf("embed with %s: %w", m.name, err)
		}
		if capture != nil {
			capture(text, m.statesOf(tokens, s.x))
		}
		out.Vectors = append(out.Vectors, v)
		out.Usage.InputTokens += len(tokens)
	}
	return out, nil
}
