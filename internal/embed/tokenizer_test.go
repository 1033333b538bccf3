package embed

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"daybook"
)

// tinyVocabulary has tokens for most rows of tiny's word table.
var tinyVocabulary = []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "walk", "##ing", "##ed", "w", "##a",
	"##l", "##k", "cafe", ",", ".", "!", "[", "]", "mask", "東", "京", "un", "##the", "=", "ᄒ", "##ᅡ", "##ᆫ", ";"}

func tinyTokenizer(t testing.TB) []byte {
	t.Helper()
	ids := map[string]int{}
	for i, piece := range tinyVocabulary {
		ids[piece] = i
	}
	data, err := json.Marshal(map[string]any{"model": map[string]any{"vocab": ids}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTokenizer(t *testing.T) {
	tok, err := newTokenizer(tinyTokenizer(t), tiny.vocab)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                            "",
		" \t\r\n\u00a0":               "",
		"The walk":                    "the walk",
		"WALKING, walked.":            "walk ##ing , walk ##ed .",
		"walal":                       "w ##a ##l ##a ##l",
		"unthe":                       "un ##the",
		"walkx":                       "[UNK]",
		"x":                           "[UNK]",
		"Café cafe\u0301 CAFÉ":        "cafe cafe cafe",
		"the\u200bwalk":               "[UNK]",
		"w\u00ada\x00l":               "w ##a ##l",
		"w\xffa\xfe":                  "w ##a",
		"[MASK]":                      "[ mask ]",
		"東京the":                       "東 京 the",
		"the!the":                     "the ! the",
		"≠;":                          "= ;",
		"\u037e":                      ";",
		"한":                           "ᄒ ##ᅡ ##ᆫ",
		strings.Repeat("wa", 51):      "[UNK]",
		"w" + strings.Repeat("a", 99): "w" + strings.Repeat(" ##a", 99),
		"the\u2014the":                "the [UNK] the",
	} {
		var got []string
		for _, id := range tok.encode(text, 200) {
			got = append(got, tinyVocabulary[id])
		}
		if w := strings.Fields("[CLS] " + want + " [SEP]"); !slices.Equal(got, w) {
			t.Errorf("%q: %q, want %q", text, got, w)
		}
	}
	for _, limit := range []int{2, 3, 5} {
		got := tok.encode("walal walking", limit)
		if len(got) != limit || got[0] != tok.cls || got[limit-1] != tok.sep {
			t.Errorf("at most %d tokens: %v", limit, got)
		}
	}
}

func TestTokenizerRefuses(t *testing.T) {
	for _, data := range []string{
		"", "{", "[]", "{}",
		`{"model":{"vocab":{"[CLS]":0,"[SEP]":1}}}`,
		`{"model":{"vocab":{"[CLS]":0,"[SEP]":1,"[UNK]":40}}}`,
		`{"model":{"vocab":{"[CLS]":0,"[SEP]":-1,"[UNK]":2}}}`,
		`{"model":{"vocab":{"[CLS]":0,"[SEP]":1,"[UNK]":"2"}}}`,
	} {
		if _, err := newTokenizer([]byte(data), tiny.vocab); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func FuzzTokenizer(f *testing.F) {
	tok, err := newTokenizer(tinyTokenizer(f), tiny.vocab)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"Walking, the café", "東京\x00\xff한≠", strings.Repeat("wa", 60), "[MASK] #a ##ing"} {
		f.Add(s, 8)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 2 + (limit&0xff)%255
		tokens := tok.encode(text, limit)
		if len(tokens) < 2 || len(tokens) > limit || tokens[0] != tok.cls || tokens[len(tokens)-1] != tok.sep {
			t.Fatalf("%q: %v within %d", text, tokens, limit)
		}
		for _, id := range tokens {
			if int(id) >= len(tinyVocabulary) {
				t.Fatalf("%q: token %d", text, id)
			}
		}
		// A text that goes on begins with the same tokens.
		if longer := tok.encode(text, limit+9); !slices.Equal(longer[:len(tokens)-1], tokens[:len(tokens)-1]) {
			t.Fatalf("%q: %v, and then %v", text, tokens, longer)
		}
		if !utf8.ValidString(text) {
			clean := strings.ToValidUTF8(text, "\ufffd")
			if again := tok.encode(clean, limit); !slices.Equal(again, tokens) {
				t.Fatalf("%q: %v, valid %v", text, tokens, again)
			}
		}
	})
}
