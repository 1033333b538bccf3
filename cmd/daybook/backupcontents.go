package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"daybook/internal/backup"
)

// sayContents prints the contents of a verified backup.
func sayContents(w env, b *backup.Backup, name string, f restoreFlags) error {
	if f.json {
		enc := json.NewEncoder(w.stdout)
		enc.SetIndent("", "  ")
		m := b.Manifest
		if !f.list {
			m.Members = []backup.Member{}
		}
		return enc.Encode(m)
	}
	style := newStyle(w)
	if f.list {
		for _, m := range b.Files() {
			fmt.Fprintf(w.stdout, "%10d  %s\n", m.Size, style.plain(m.Shown()))
		}
	}
	_, err := fmt.Fprintf(w.stdout, "%s is intact. It was made on %s by Daybook %s: %s\n",
		style.plain(filepath.Base(name)), b.Manifest.Created.Local().Format(time.DateTime), style.plain(b.Manifest.Daybook), countsLine(b.Manifest.Counts))
	return err
}
