package store

import (
	"slices"
	"strings"
)

// TagKeys returns what a store finds an entry with these tags by: each tag and
// the tags above it, in lower case. "#Area/garden" is found by "#area/garden" and
// by "#area".
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

// CoversTag reports whether tag is other, or one above it, without regard to
// case.
func CoversTag(tag, other string) bool {
	if len(tag) <= 1 { // "#" is not a tag
		return tag == other
	}
	return len(other) >= len(tag) && strings.EqualFold(other[:len(tag)], tag) && (len(other) == len(tag) || other[len(tag)] == '/')
}
