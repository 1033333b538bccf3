package store

import (
	"slices"
	"strings"
)

// TagKeys returns the keys by which an entry with these tags is found: each tag
// and its parents, in lower case. "#Area/garden" is found by "#area/garden" and
// "#area".
func TagKeys(tags []string) []string {
	keys := []string{}
	for _, tag := range tags {
		for key := strings.ToLower(tag); ; {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
			i := strings.LastIndexByte(key, '/')
			if i <= 1 { // "#" is not a tag
				break
			}
			key = key[:i]
		}
	}
	return keys
}

// CoversTag reports whether tag equals other or is a parent of it, ignoring
// case.
func CoversTag(tag, other string) bool {
	if len(tag) <= 1 { // "#" is not a tag
		return tag == other
	}
	if len(other) < len(tag) || !strings.EqualFold(other[:len(tag)], tag) {
		return false
	}
	return len(other) == len(tag) || other[len(tag)] == '/'
}
