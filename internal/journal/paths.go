package journal

import "path/filepath"

// Within reports whether a folder is another one or lies in it.
func Within(folder, other string) bool {
	rel, err := filepath.Rel(Resolved(other), Resolved(folder))
	return err == nil && filepath.IsLocal(rel)
}

// Resolved returns where a folder is, links followed as far as it is there.
func Resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(Resolved(parent), filepath.Base(path))
}
