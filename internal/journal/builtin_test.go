package journal

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/embed"
	"daybook/internal/settings"
	"daybook/internal/text"
)

// A journal that isn't English is embedded by the multilingual model if it is
// there.
func TestBuiltinModels(t *testing.T) {
	both := []string{"model.int8.safetensors", "tokenizer.json", "multilingual-e5-small.q4.bin"}
	for _, c := range []struct {
		language, want string
		files          []string
	}{
		{"english", embed.Name, both},
		{"", embed.Name, both},
		{"german", embed.Multilingual, both},
		{"french", embed.Multilingual, both},
		{"german", embed.Name, both[:2]},
		{"english", embed.Multilingual, both[2:]},
		{"german", embed.Multilingual, both[2:]},
		{"german", "", both[:1]},
	} {
		s := settings.Settings{Data: t.TempDir(), Language: c.language, Embedding: settings.Model{Provider: settings.BuiltIn}}
		folder := filepath.Join(s.Data, "model")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range c.files {
			if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if found := FindBuiltin(s); (found != "") != (c.want != "") {
			t.Errorf("%+v: found %q", c, found)
		} else if found == "" {
			continue
		}
		models, err := newModels(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, ref, ok := models.Embedder()
		if !ok || !IsBuiltin(ref) || ref.Model != c.want {
			t.Errorf("%+v: %v", c, ref)
		}
		if late := openLate(s, models, nil); (late != nil) != (c.want == embed.Name) {
			t.Errorf("%+v: a second stage: %v", c, late != nil)
		}
		analyzer, err := text.New(cmp.Or(c.language, "english"))
		if err != nil {
			t.Fatal(err)
		}
		j := &Journal{Settings: s, Models: models, analyzer: analyzer}
		warning := j.ForeignModel()
		if want := c.language == "german" && c.want == embed.Name; strings.Contains(warning, embed.MultilingualFile+" into "+folder) != want {
			t.Errorf("%+v: warning %q", c, warning)
		}
	}
}
