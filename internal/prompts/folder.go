package prompts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daybook"
)

// Folder is a folder of prompts that replace the built-in ones. It need not exist.
type Folder string

// Load returns the prompts, replaced by the files in the folder.
func (f Folder) Load() (*Set, error) {
	if _, err := os.Stat(string(f)); errors.Is(err, fs.ErrNotExist) {
		return Load(nil)
	}
	return Load(os.DirFS(string(f)))
}

// Text returns the text of a prompt, and whether it is the folder's.
func (f Folder) Text(p Prompt) (text string, edited bool, err error) {
	data, err := os.ReadFile(f.path(p))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p.Builtin(), false, nil
	case err != nil:
		return "", false, fmt.Errorf("read the prompt %s: %w", p.Name, err)
	}
	return string(data), true, nil
}

// Save replaces a prompt, or brings back the built-in one if text is "". Undo
// takes that back.
func (f Folder) Save(p Prompt, text string) (undo func() error, err error) {
	before, edited, err := f.Text(p)
	if err != nil {
		return nil, err
	}
	if text != "" {
		if err := p.Check(text); err != nil {
			return nil, err
		}
	}
	undo = func() error { return f.write(p, before) }
	if !edited {
		undo = func() error { return f.remove(p) }
	}
	if text == "" || text == p.Builtin() {
		return undo, f.remove(p)
	}
	return undo, f.write(p, text)
}

func (f Folder) path(p Prompt) string { return filepath.Join(string(f), p.Name+".md") }

func (f Folder) remove(p Prompt) error {
	if err := os.Remove(f.path(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(err)
	}
	return nil
}

// write replaces the file as a whole.
func (f Folder) write(p Prompt, text string) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return unwritable(err)
	}
	temp, err := os.CreateTemp(string(f), ".prompt-*") // with mode 0600
	if err != nil {
		return unwritable(err)
	}
	_, err = temp.WriteString(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.path(p))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return unwritable(err)
	}
	return nil
}

func unwritable(err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The prompt cannot be saved: the folder of the prompts is not writable.", Err: err}
}
