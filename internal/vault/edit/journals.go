package edit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// folderFile says which folder's notes a history belongs to.
const folderFile = "folder.json"

type folderInfo struct {
	Folder string `json:"folder"`
}

// mostFolders bounds how many folders of notes have a history.
const mostFolders = 1000

// locate returns the folder of this history, and creates it if create is set.
// The error is fs.ErrNotExist if it does not exist.
func (h *History) locate(create bool) (string, error) {
	name, err := h.name()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(h.options.Dir, name)
	if !create {
		_, err := os.Stat(folder)
		return folder, err
	}
	for _, dir := range []string{h.options.Dir, folder} {
		if err := makePrivate(dir); err != nil {
			return "", err
		}
	}
	file := filepath.Join(folder, folderFile)
	if _, err := os.Stat(file); err == nil {
		return folder, nil
	}
	return folder, h.claim(file)
}

// makePrivate creates a folder that only its owner can access.
func makePrivate(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		parent := filepath.Dir(dir)
		if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) && parent != dir {
			if err := makePrivate(parent); err != nil {
				return err
			}
		}
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := syncPath(parent); err != nil {
			_ = os.Remove(dir) // the next attempt creates and syncs it
			return err
		}
		return nil
	case err != nil:
		return err
	case info.Mode().Perm()&0o077 != 0:
		return os.Chmod(dir, 0o700)
	}
	return nil
}

// claim records whose history a folder is.
func (h *History) claim(file string) error {
	data, err := json.Marshal(folderInfo{h.notes()})
	if err != nil {
		return err
	}
	tmp := filepath.Join(filepath.Dir(file), "."+folderFile)
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := settle(f, err); err != nil {
		return err
	}
	if err := os.Rename(tmp, file); err != nil {
		return err
	}
	return syncPath(filepath.Dir(file))
}

// syncPath syncs the names in a folder to disk.
func syncPath(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncDir(f)
}

// notes returns the path of the folder of notes.
func (h *History) notes() string {
	if abs, err := filepath.Abs(h.options.Notes); err == nil {
		return abs
	}
	return h.options.Notes
}

// name returns the folder below Dir that has this history: the one that says
// so; else that of notes that were moved here from a folder that no longer
// exists; else a new one. So two journals that share a data folder don't share
// a history.
func (h *History) name() (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.folder != "" {
		return h.folder, nil
	}
	moved := ""
	for i := range mostFolders {
		name := string(h.options.Kind)
		if i > 0 {
			name = fmt.Sprintf("%s-%d", h.options.Kind, i+1)
		}
		folder := filepath.Join(h.options.Dir, name)
		data, err := os.ReadFile(filepath.Join(folder, folderFile))
		if errors.Is(err, fs.ErrNotExist) {
			if moved != "" {
				name = moved
			}
			if moved != "" {
				if err := h.claim(filepath.Join(h.options.Dir, moved, folderFile)); err != nil {
					return "", err
				}
			}
			h.folder = name
			return name, nil
		}
		var info folderInfo
		if err == nil {
			err = json.Unmarshal(data, &info)
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", filepath.Join(name, folderFile), err)
		}
		if sameFolder(info.Folder, h.notes()) {
			h.folder = name
			return name, nil
		}
		if _, err := os.Stat(info.Folder); errors.Is(err, fs.ErrNotExist) && moved == "" && h.knows(folder) {
			moved = name
		}
	}
	return "", fmt.Errorf("there are histories of %d folders", mostFolders)
}

func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// mostCompared bounds how many notes are read to recognize a journal.
const mostCompared = 200

// knows reports whether a history has a version equal to one of the notes.
func (h *History) knows(folder string) bool {
	notes, err := os.OpenRoot(h.options.Notes)
	if err != nil {
		return false
	}
	defer notes.Close()
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, e := range entries[:min(len(entries), mostCompared)] {
		dir, err := os.OpenRoot(filepath.Join(folder, e.Name()))
		if err != nil {
			continue
		}
		list, err := versionsIn(dir)
		path, pathErr := pathIn(dir, list)
		dir.Close()
		if err != nil || pathErr != nil {
			continue
		}
		note, err := notes.ReadFile(filepath.FromSlash(path))
		if err == nil && len(note) > 0 && slices.ContainsFunc(list, func(v Version) bool { return v.Hash == Sum(note) }) {
			return true
		}
	}
	return false
}
