package journal

import "path/filepath"

// Within reports whether folder is other or below it. It follows links.
func Within(folder, other string) bool {
	rel, err := filepath.Rel(Resolved(other), Resolved(folder))
	return err == nil && filepath.IsLocal(rel)
}

// Overlap reports whether one of two folders is the other or below it. "" overlaps
// nothing.
func Overlap(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	return Within(a, b) || Within(b, a)
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
