package transcribe_test

import (
	"slices"
	"testing"

	"daybook"
	"daybook/internal/transcribe"
)

func TestHintsOf(t *testing.T) {
	var entries []daybook.Entry
	for range 3 {
		entries = append(entries, daybook.Entry{Text: "Then Ursula came, with Edie Holm. The sea was cold and Tomás laughed. NASA called, as NASA does.", Tags: []string{"#swimming", "#sea"}})
	}
	entries = append(entries, daybook.Entry{Text: "We saw Boris once."})
	h := transcribe.HintsOf(entries)
	if !slices.Equal(h.Tags, []string{"#sea", "#swimming"}) || !slices.Equal(h.Names, []string{"Edie Holm", "Tomás", "Ursula"}) {
		t.Errorf("hints %+v", h)
	}
}
