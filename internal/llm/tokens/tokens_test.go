package tokens

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCounts compares with the counts of tiktoken-go/tokenizer 0.10.0, which
// counted before. Its own vocabulary lacks U+007F, so no text here has it.
func TestCounts(t *testing.T) {
	file, err := os.Open("testdata/counts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	compared := 0
	for lines.Scan() {
		var want struct {
			Tokens int
			Text   string
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if got := Count(want.Text); got != want.Tokens {
			t.Errorf("%.80q has %d tokens, want %d", want.Text, got, want.Tokens)
		}
		compared++
	}
	if err := lines.Err(); err != nil || compared < 1500 {
		t.Errorf("compared %d texts, %v", compared, err)
	}
}

func TestLongPiecesTakeNoSquare(t *testing.T) {
	start := time.Now()
	Count(strings.Repeat("qzxj", 250_000)) // a piece of a megabyte
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestDamagedVocabulary(t *testing.T) {
	for _, data := range []string{"", "\x05ab", "\x00", "\x01a\x01b"} {
		if _, err := parse(data); err == nil {
			t.Errorf("%q is taken for a vocabulary", data)
		}
	}
}

// FuzzCount checks that the pieces make up the text, and that a token has at
// least a byte.
func FuzzCount(f *testing.F) {
	for _, text := range []string{"I'm here.\n\n", "\xff\xe3\x81", "٣d1\x7f😀⃝日", "ab\u0301ʰǅ's"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole strings.Builder
		for piece := range pieces(text) {
			if piece == "" {
				t.Fatal("an empty piece")
			}
			whole.WriteString(piece)
		}
		valid := string([]rune(text))
		if whole.String() != valid {
			t.Fatalf("the pieces of %q make up %q", text, whole.String())
		}
		if n := Count(text); n > len(valid) || (n == 0) != (text == "") {
			t.Fatalf("%q has %d tokens", text, n)
		}
	})
}

func BenchmarkCount(b *testing.B) {
	text, err := os.ReadFile("testdata/counts.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	Count("") // unpack
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Count(string(text))
	}
}

func BenchmarkUnpack(b *testing.B) {
	for b.Loop() {
		if _, err := unpack(); err != nil {
			b.Fatal(err)
		}
	}
}
