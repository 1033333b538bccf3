package main

import (
	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/vault"
	"fmt"
	"slices"
)

// troubles are the lines that whoever uses the index should see.
func troubles(r ingest.Report) []string {
	var lines []string
	for _, k := range r.Kept {
		lines = append(lines, fmt.Sprintf("%s were not found and are kept: %s", counted(k.Notes, string(k.Kind)+" note"), daybook.PublicMessage(k.Err)))
	}
	for _, f := range r.Failed {
		lines = append(lines, fmt.Sprintf("%s was not read: %s", f.Path, daybook.PublicMessage(f.Err)))
	}
	return lines
}

// unexpected returns the files that are not read as notes of a day. Notes of
// weeks, months and years are expected.
func unexpected(list []vault.Skip) []vault.Skip {
	return slices.DeleteFunc(slices.Clone(list), vault.Skip.Period)
}

// skipped says in a sentence which files of the journal are not read, "" if there
// are none.
func skipped(list []vault.Skip) string {
	list = unexpected(list)
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("%s, such as %s: %s (daybook check lists them; --evergreen FOLDER reads notes without a day)",
		plural(len(list), "file is not read", "files are not read"), list[0].Path, list[0].Reason)
}
