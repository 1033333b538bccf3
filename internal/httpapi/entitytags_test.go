package httpapi

import (
	"strings"
	"testing"

	"daybook"
	"daybook/internal/notes"
)

// FuzzReadTags holds that a condition never stands for any note unless it says
// so, and that a note's own tag is found among others.
func FuzzReadTags(f *testing.F) {
	own := notes.Hash{1, 2, 3}
	for _, list := range []string{"", "*", `"x"`, `W/"x"`, etagOf(own), "W/" + etagOf(own), `"x", ` + etagOf(own), `"`, `""`, `"` + strings.Repeat("0", 64) + `"`, "\x00,*"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		tags, err := readTags(list, "header.If-Match")
		if err != nil && daybook.KindOf(err) != daybook.Invalid {
			t.Fatal(err)
		}
		if tags.any != (strings.TrimSpace(list) == "*") {
			t.Errorf("%q is any note: %v", list, tags.any)
		}
		for _, h := range append(tags.hashes, tags.weak...) {
			if h == (notes.Hash{}) || !strings.Contains(strings.ToLower(list), etagOf(h)) {
				t.Errorf("%q names %s", list, h)
			}
		}
		if err == nil && !tags.any {
			more, err := readTags(list+", "+etagOf(own), "header.If-Match")
			if err != nil || len(more.hashes) != len(tags.hashes)+1 || more.hashes[len(tags.hashes)] != own {
				t.Errorf("%q and a note's: %+v, %v", list, more, err)
			}
		}
	})
}
