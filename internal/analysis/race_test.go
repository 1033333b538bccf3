//go:build race

package analysis_test

// underRace says that the race detector watches, which makes it slow.
const underRace = true
