package backup

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// valid describes what is wrong with a member's name or path, nil if nothing
// is.
func (m Member) valid() error {
	tree, below := m.tree()
	switch {
	case tree == "":
		known := m.Name == settingsName || slices.Contains(records, m.Name)
		if m.Type != typeFile || !known {
			return errors.New("it has a member that this Daybook does not know")
		}
		return nil
	case !slices.Contains([]string{typeFile, typeFolder, typeLink}, m.Type):
		return errors.New("a member is neither a file nor a folder nor a link")
	case m.Type == typeFolder != strings.HasSuffix(m.Name, "/"):
		return errors.New("a folder's name does not end in a slash")
	case below == "" && m.Type == typeFolder && m.Name == tree+"/":
		// the tree itself
	case below == "", !safe(below), m.Path == nil && !portable(strings.TrimSuffix(m.Name, "/")):
		return errors.New("a member would be restored out of its folder")
	}
	_, err := m.permissions()
	return err
}

// safe reports whether a path stays inside a folder on any system.
func safe(name string) bool {
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// tree returns a member's tree and its path there, or "" and "".
func (m Member) tree() (tree, below string) {
	tree, below, ok := strings.Cut(m.Name, "/")
	if !ok || !slices.Contains(trees, tree) {
		return "", ""
	}
	if m.Path != nil {
		return tree, string(m.Path)
	}
	return tree, strings.TrimSuffix(below, "/")
}

// Shown is the name of a member for people.
func (m Member) Shown() string {
	if tree, below := m.tree(); tree != "" {
		return path.Join(tree, below)
	}
	return m.Name
}
