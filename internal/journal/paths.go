package journal

import "path/filepath"

// Within reports whether folder is other or below it. It follows links.
func Within(folder, other string) bool {
	rel, err := filepath.Rel(Resolved(other), Resolved(folder))
	return err == nil && filepath.IsLocal(rel)
}

// Resolved returns a path with its links followed, as far as the path exists.
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
