package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/llm"
)

func tinyModel(t testing.TB) *Model {
	t.Helper()
	data := safetensors(t, tinyTensors())
	m, err := load(bytes.NewReader(data), int64(len(data)), tinyTokenizer(t), tiny)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEmbed(t *testing.T) {
	m := tinyModel(t)
	if m.encoder.hidden != tiny.hidden || m.Name() != Name {
		t.Errorf("%s of %d", m.Name(), m.encoder.hidden)
	}
	texts := []string{"the walk", "unthe, walked!", "the walk", "…"}
	got, err := m.Embed(t.Context(), llm.EmbedRequest{Model: Name, Inputs: texts, Purpose: llm.ForQuery})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Vectors) != len(texts) || got.Usage.InputTokens != 4+8+4+3 {
		t.Errorf("%d vectors of %d tokens", len(got.Vectors), got.Usage.InputTokens)
	}
	if !slices.Equal(got.Vectors[0], got.Vectors[2]) || slices.Equal(got.Vectors[0], got.Vectors[1]) {
		t.Error("the same text has a different vector, or a different text the same one")
	}
}

func TestEmbedConcurrently(t *testing.T) {
	m := tinyModel(t)
	texts := []string{"the", "walking the walk, walked the walk.", "cafe cafe cafe"}
	want, err := m.Embed(t.Context(), llm.EmbedRequest{Inputs: texts})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			n := i % len(texts)
			got, err := m.Embed(t.Context(), llm.EmbedRequest{Inputs: texts[n : n+1]})
			if err != nil || !slices.Equal(got.Vectors[0], want.Vectors[n]) {
				t.Errorf("%q: another vector than alone, %v", texts[n], err)
			}
		})
	}
	wg.Wait()
}

func TestEmbedStops(t *testing.T) {
	m := tinyModel(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Embed(ctx, llm.EmbedRequest{Inputs: []string{"the"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := m.Embed(t.Context(), llm.EmbedRequest{Model: "another", Inputs: []string{"the"}}); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("%v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	if _, err := Open(folder); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, tokenizerFile), tinyTokenizer(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); daybook.KindOf(err) != daybook.NotFound || IsIn(folder) {
		t.Errorf("no weights: %v", err)
	}
	for _, f := range slices.Backward(weightsFiles) {
		if err := os.WriteFile(filepath.Join(folder, f.name), safetensors(t, tinyTensors()), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(folder); daybook.KindOf(err) != daybook.Invalid || !IsIn(folder) || !strings.Contains(err.Error(), f.name) {
			t.Errorf("another model: %v", err)
		}
	}
}

// Compact weights are those that the whole ones become when they are read.
func TestCompact(t *testing.T) {
	whole := safetensors(t, tinyTensors())
	var compact, again bytes.Buffer
	if err := errors.Join(Compact(&compact, bytes.NewReader(whole), int64(len(whole))), Compact(&again, bytes.NewReader(whole), int64(len(whole)))); err != nil {
		t.Fatal(err)
	}
	if compact.Len() >= len(whole)/2 || !bytes.Equal(compact.Bytes(), again.Bytes()) {
		t.Errorf("%d bytes of %d", compact.Len(), len(whole))
	}
	m, err := load(bytes.NewReader(compact.Bytes()), int64(compact.Len()), tinyTokenizer(t), tiny)
	if err != nil {
		t.Fatal(err)
	}
	if want := tinyModel(t).encoder; !reflect.DeepEqual(m.encoder, want) {
		t.Error("the compact weights differ")
	}
}

// The file that scripts/fetch-model.sh makes is the one that Open expects.
func TestCompactFile(t *testing.T) {
	path := filepath.Join(modelFolder(), weightsFiles[1].name)
	weights, err := os.Open(path)
	if err != nil {
		t.Skip("the weights of 32-bit numbers are not there")
	}
	defer weights.Close()
	info, err := weights.Stat()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	if err := Compact(hash, weights, info.Size()); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != weightsFiles[0].hash {
		t.Errorf("the digest is %s", got)
	}
}

// Calls for documents give way while a query runs and shortly after, but not for
// ever.
func TestQueriesGoFirst(t *testing.T) {
	for name, document := range map[string]func(ctx context.Context, m *Model) error{
		"vectors": func(ctx context.Context, m *Model) error {
			_, err := m.Embed(ctx, llm.EmbedRequest{Inputs: []string{"the walk"}, Purpose: llm.ForDocument})
			return err
		},
		"states": func(ctx context.Context, m *Model) error {
			_, err := m.DocumentStates(ctx, "the walk")
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := tinyModel(t)
			took := func(want time.Duration) {
				t.Helper()
				begin := time.Now()
				if err := document(t.Context(), m); err != nil {
					t.Error(err)
				}
				if got := time.Since(begin); got < want || got > want+pauseStep {
					t.Errorf("%s: took %s, want %s", name, got, want)
				}
			}
			time.Sleep(time.Minute)
			took(0)
			end := m.queries.begin()
			time.AfterFunc(time.Second, end)
			took(time.Second + quietAfter)
			if _, err := m.Embed(t.Context(), llm.EmbedRequest{Inputs: []string{"the"}, Purpose: llm.ForQuery}); err != nil {
				t.Error(err)
			}
			took(quietAfter)
			if _, _, err := m.States(t.Context(), "the"); err != nil {
				t.Error(err)
			}
			took(quietAfter)
			end = m.queries.begin()
			took(longestPause)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := document(ctx, m); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
			end()
		})
	}
}

func TestStates(t *testing.T) {
	m := tinyModel(t)
	captured := map[string]States{}
	ctx := Capture(t.Context(), func(text string, s States) { captured[text] = s })
	texts := []string{"the walk", "…", "unthe, walked!"}
	out, err := m.Embed(ctx, llm.EmbedRequest{Inputs: texts})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		s, v, err := m.States(t.Context(), text)
		if err != nil || !slices.Equal(v, out.Vectors[i]) || !slices.Equal(s.Codes, captured[text].Codes) {
			t.Errorf("%q: %v", text, err)
		}
		if n := len(s.Tokens); n == 0 || len(s.Scales) != n || len(s.Codes) != n*m.encoder.hidden {
			t.Errorf("%q: %d tokens, %d scales, %d codes", text, n, len(s.Scales), len(s.Codes))
		}
	}
	for _, token := range captured["the walk"].Tokens {
		if m.Piece(token) == "the" {
			t.Error("a common word has a state")
		}
	}
}
