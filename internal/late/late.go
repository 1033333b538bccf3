// Package late is the second stage of a search: late interaction. Each word of
// a question is compared with each word of a passage, by the states that the
// built-in model gives them in their context, rather than one vector of the
// whole with another. The states are computed along with a passage's vector and
// kept in a file of their own, which can be deleted at any time.
package late

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"daybook"
	"daybook/internal/embed"
	"daybook/internal/store"
)

// Model gives a text's words their states.
type Model interface {
	States(ctx context.Context, query string) (embed.States, []float32, error)
	// DocumentStates gives way to States.
	DocumentStates(ctx context.Context, text string) (embed.States, error)
	// Piece returns a token's text, with "##" before it inside a word.
	Piece(token uint16) string
}

// Passages lists the passages of an index; see store.Index.
type Passages interface {
	WithoutVector(ctx context.Context, space store.Space, public bool, after int64, limit int) ([]store.PassageText, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
	Generation(ctx context.Context) (string, error)
}

// Config configures an Index. All fields are required.
type Config struct {
	Path     string // of the file
	Passages Passages
	Model    Model
	// English says that the journal is in the model's language. Only then can the
	// model find that nothing answers a question.
	English bool
}

// Index holds the states of a journal's passages. The file is opened and read
// on first use. An Index is safe for concurrent use.
type Index struct {
	Config
	opening sync.Mutex
	file    *file // nil until it is open

	mu         sync.Mutex
	generation string
	last       int64 // the greatest passage ID that is listed
	listed     listing
	fresh      map[string]bool // entries with passages that were listed since the last sync
	rows       map[key]int64   // in the file
	tokens     map[key]tokens  // of each text
	counts     map[uint16]int  // in how many texts a token occurs
}

// key is a digest of a passage's text.
type key [16]byte

func keyOf(text string) key {
	sum := sha256.Sum256([]byte(text))
	return key(sum[:16])
}

// tokens are the distinct tokens of a text.
type tokens []uint16

// New returns an Index. Close it when done.
func New(c Config) *Index {
	return &Index{Config: c, listed: newListing(), fresh: map[string]bool{}, rows: map[key]int64{}, tokens: map[key]tokens{}, counts: map[uint16]int{}}
}

// open returns the file. The first call creates it if it is missing and reads
// which texts it has.
func (x *Index) open(ctx context.Context) (*file, error) {
	x.opening.Lock()
	defer x.opening.Unlock()
	if x.file != nil {
		return x.file, nil
	}
	f, err := openFile(ctx, x.Path)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := f.each(ctx, x.add); err != nil {
		return nil, errors.Join(fmt.Errorf("read the states of words: %w", err), f.close())
	}
	x.file = f
	return f, nil
}

// Close closes the file.
func (x *Index) Close() error {
	x.opening.Lock()
	defer x.opening.Unlock()
	if x.file == nil {
		return nil
	}
	return x.file.close()
}

// add notes that the file has a text's states; x.mu is held, or x is new.
func (x *Index) add(k key, row int64, t tokens) {
	if _, has := x.rows[k]; !has {
		for _, token := range t {
			x.counts[token]++
		}
	}
	x.rows[k], x.tokens[k] = row, t
}

func (x *Index) remove(k key) {
	if _, has := x.rows[k]; !has {
		return
	}
	for _, token := range x.tokens[k] {
		x.counts[token]--
	}
	delete(x.rows, k)
	delete(x.tokens, k)
}

// Keep stores the states of a text. It does nothing if they are there.
func (x *Index) Keep(ctx context.Context, text string, s embed.States) error {
	f, err := x.open(ctx)
	if err != nil {
		return err
	}
	k := keyOf(text)
	x.mu.Lock()
	_, has := x.rows[k]
	x.mu.Unlock()
	if has {
		return nil
	}
	r := newRecord(s)
	row, err := f.put(ctx, k, r)
	if err != nil {
		return fmt.Errorf("keep the states of words: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.add(k, row, distinct(r.tokens))
	return nil
}
