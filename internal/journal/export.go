package journal

import (
	"daybook"
	"daybook/internal/export"
)

// Folders returns the folders of the notes, as an export names them.
func (j *Journal) Folders() []export.Folder {
	names := map[daybook.EntryKind]string{daybook.Daily: "journal", daybook.Evergreen: "evergreen"}
	var out []export.Folder
	for i, kind := range j.Vault.Kinds() {
		out = append(out, export.Folder{Name: names[kind], Path: j.Vault.Folders()[i]})
	}
	return out
}
