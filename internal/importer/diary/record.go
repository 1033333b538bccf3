package diary

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// FileRecord is a Record in a file, a key on each line. Close it when done.
type FileRecord struct {
	keys map[string]bool
	file *os.File
}

// OpenRecord opens the record at a path, creating it if it does not exist. It fails if
// the file cannot be read or written.
func OpenRecord(name string) (*FileRecord, error) {
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what was imported before: %w", err)
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("remember what is imported: %w", err)
	}
	r := &FileRecord{map[string]bool{}, file}
	for line := range strings.Lines(string(data)) {
		r.keys[strings.TrimSpace(line)] = true
	}
	if len(data) > 0 && data[len(data)-1] != '\n' { // a line that was cut off
		_, err = file.WriteString("\n")
	}
	return r, err
}

// Has reports whether a key was added before.
func (r *FileRecord) Has(key string) bool { return r.keys[key] }

// Add adds a key.
func (r *FileRecord) Add(key string) error {
	r.keys[key] = true
	_, err := r.file.WriteString(key + "\n")
	return err
}

// Close closes the file.
func (r *FileRecord) Close() error { return r.file.Close() }
