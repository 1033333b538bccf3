package journal

import (
	"cmp"
	"context"
	"strings"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/vault"
)

// Limits on the notes that are read to detect the journal's language.
const (
	sampledNotes = 60
	sampledBytes = 4 << 10 // of each
)

// detectLanguage returns the language that most of a journal is in, by notes from
// all over it; English if that is not clear or the notes cannot be read.
func detectLanguage(ctx context.Context, v *vault.Vault) string {
	for _, kind := range v.Kinds() {
		if text := sample(ctx, v, kind); text != "" {
			return cmp.Or(language.OfText(text), language.English)
		}
	}
	return language.English
}

// sample returns the beginnings of notes of a kind; "" if there are none.
func sample(ctx context.Context, v *vault.Vault, kind daybook.EntryKind) string {
	folder, err := v.Open(kind)
	if err != nil {
		return ""
	}
	defer folder.Close()
	list, err := folder.ListNames(ctx)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for i := range min(sampledNotes, len(list.Files)) {
		file := list.Files[i*len(list.Files)/min(sampledNotes, len(list.Files))]
		data, file, err := folder.Read(file)
		if err != nil {
			continue
		}
		text := vault.Read(file, data).Diary
		b.WriteString(strings.ToValidUTF8(text[:min(len(text), sampledBytes)], "") + "\n")
	}
	return b.String()
}
