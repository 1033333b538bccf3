package embed

import (
	"strings"
	"testing"

	"daybook/internal/llm"
)

// The passage is one of about 100 words; a journal is indexed by thousands.
var benchTexts = map[string]string{
	"query":   "When did I last walk along the canal with my brother and talk about moving house by the sea?",
	"passage": strings.Repeat("In the morning I walked to the market, bought leeks and a loaf, and met Elena by the old fountain. ", 5),
}

func BenchmarkEmbed(b *testing.B) {
	m := openModel(b)
	for name, text := range benchTexts {
		for _, k := range availableKernels() {
			b.Run(name+"/"+k.name, func(b *testing.B) {
				m.kernels = k
				b.ReportAllocs()
				for b.Loop() {
					if _, err := m.Embed(b.Context(), llm.EmbedRequest{Inputs: []string{text}}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
