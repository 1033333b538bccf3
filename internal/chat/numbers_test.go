package chat

import "testing"

func TestUnknownNumbersAreMarked(t *testing.T) {
	for answer, want := range map[string]string{
		"You swam [1], and [2][3].":        "You swam [1], and [2][3] [unverified].",
		"So [99].":                         "So [99] [unverified].",
		"So [99]":                          "So [99] [unverified]",
		"In [2024] and [x] and [] [1":      "In [2024] and [x] and [] [1",
		"A [9](https://example.org) link.": "A [9](https://example.org) link.",
		"[9]: a note":                      "[9]: a note",
		"[0] [12345]":                      "[0] [unverified] [12345]",
	} {
		for cut := range len(answer) + 1 {
			n := numbersOf([]Source{{Number: 1}, {Number: 2}})
			if got := n.feed(answer[:cut]) + n.feed(answer[cut:]) + n.end(); got != want {
				t.Fatalf("%q cut at %d: %q, want %q", answer, cut, got, want)
			}
		}
	}
	n := numbersOf(nil)
	if got := n.feed("[5]") + n.end(); got != "[5]" {
		t.Errorf("without sources: %q", got)
	}
}
