package journal

import (
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/plural"
	"daybook/internal/vault"
)

// Troubles returns a line for each problem that the user should know of.
func Troubles(r ingest.Report) []string {
	var lines []string
	for _, k := range r.Kept {
		lines = append(lines, fmt.Sprintf("%s were not found and are kept: %s", plural.Count(k.Notes, string(k.Kind)+" note"), daybook.PublicMessage(k.Err)))
	}
	for _, f := range r.Failed {
		lines = append(lines, fmt.Sprintf("%s was not read: %s", f.Path, daybook.PublicMessage(f.Err)))
	}
	return lines
}

// Unexpected returns the skipped files without notes of weeks, months and years,
// which are always skipped.
func Unexpected(list []vault.Skip) []vault.Skip {
	return slices.DeleteFunc(slices.Clone(list), vault.Skip.Period)
}

// Skipped returns a sentence about skipped files; "" if there are none.
func Skipped(list []vault.Skip) string {
	list = Unexpected(list)
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("%s, such as %s: %s (daybook check lists them; --evergreen FOLDER reads notes without a day)",
		plural.Of(len(list), "file is not read", "files are not read"), list[0].Path, list[0].Reason)
}

// AskPhotographs returns the question about photographs in a folder.
func AskPhotographs(p vault.Photographs) string {
	return fmt.Sprintf("%s in the folder %q, such as %s: pages of the diary, or photographs? They are not read until you say so (daybook photographs --pages or --not-pages FOLDER, or in Status)",
		plural.Of(p.Pictures, "picture is named after a day", "pictures are named after days"), p.Folder, p.Example)
}
