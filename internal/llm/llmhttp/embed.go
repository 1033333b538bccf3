package llmhttp

import "iter"

// Batches cuts inputs into runs of at most count of them and, unless one
// alone is longer, at most bytes in all.
func Batches(inputs []string, count, bytes int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for start := 0; start < len(inputs); {
			end, size := start, 0
			for end < len(inputs) && end-start < count && (end == start || size+len(inputs[end]) <= bytes) {
				size += len(inputs[end])
				end++
			}
			if !yield(inputs[start:end]) {
				return
			}
			start = end
		}
	}
}
