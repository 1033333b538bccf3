package vault

import (
	"bytes"
	"io"
	"os"
	"path"
	"strings"
)

// What makes one note a copy of another: this share of the words of the shorter
// one is in the longer one too. Only the beginnings are compared.
const (
	copyShare   = 0.7
	copyCompare = 64 << 10
)

// copyOf returns the name of the note that the note at name is a copy of, or "".
// Programs that keep both sides of a conflict, and people who duplicate a file,
// leave a note of the same day beside it with nearly the same text, and put
// something behind the date: "06-04-2024 2", "06-04-2024-LAPTOP". Title is what
// is behind the date. A note of another text is a part of the day.
func (f *Folder) copyOf(name, title string) string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	at := strings.LastIndex(stem, title)
	if title == "" || at < 0 {
		return ""
	}
	original := strings.TrimRight(stem[:at], " -–—_:,.~(") + path.Ext(name)
	if original == name {
		return ""
	}
	a, ok := f.beginning(original)
	if !ok {
		return ""
	}
	b, ok := f.beginning(name)
	if !ok || !similar(a, b) {
		return ""
	}
	return path.Base(original)
}

// beginning returns the first bytes of a note.
func (f *Folder) beginning(name string) ([]byte, bool) {
	in, err := f.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, false
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	data, err := io.ReadAll(io.LimitReader(in, copyCompare))
	return data, err == nil
}

// similar reports whether one of two texts is a copy of the other that was
// changed a little.
func similar(a, b []byte) bool {
	if bytes.Equal(bytes.TrimSpace(a), bytes.TrimSpace(b)) {
		return true
	}
	count := map[string]int{}
	words := bytes.Fields(a)
	for _, w := range words {
		count[string(w)]++
	}
	other, shared := bytes.Fields(b), 0
	for _, w := range other {
		if count[string(w)] > 0 {
			count[string(w)]--
			shared++
		}
	}
	return shared > 2 && float64(shared) >= copyShare*float64(min(len(words), len(other)))
}
