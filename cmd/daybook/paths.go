package main

import "path/filepath"

// isWithin reports whether a folder is another one or lies in it.
func isWithin(folder, other string) bool {
	rel, err := filepath.Rel(resolved(other), resolved(folder))
	return err == nil && filepath.IsLocal(rel)
}

// resolved returns where a folder is, links followed as far as it is there.
func resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolved(parent), filepath.Base(path))
}
