// Package plural writes numbers with their nouns.
package plural

import "fmt"

// Count returns "1 note" or "3 notes".
func Count(n int, noun string) string { return Of(n, noun, noun+"s") }

// Of returns "1 entry" or "3 entries".
func Of(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
