package raster

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"daybook/internal/pages/scantest"
)

const diary = "FIRST TIME IN THE SEA. Properly, I mean, swimming, not jumping about. Thirteen degrees, and nobody but us and the gulls. " +
	"For the first minute I thought, quite calmly, that I was going to die.\n\nThen the cold went somewhere else and I could see the bottom. "

// hands returns the fetched handwriting fonts and a typeface, which is always
// available.
func hands(t *testing.T) []scantest.Hand {
	t.Helper()
	hands, err := scantest.Hands("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(hands) == 0 {
		t.Log("LEFT OUT: pages in handwriting, whose fonts scripts/fetch-fonts.sh fetches")
	}
	return append(hands, scantest.Type())
}

// A photograph of a book, askew, lit from one side, with pages bent into the
// gutter, is split without cutting through a line of either page.
func TestSplitOfBooks(t *testing.T) {
	const w, h = 1000, 680
	r := rand.New(rand.NewPCG(7, 7))
	for _, hand := range hands(t) {
		for _, c := range []struct {
			name          string
			shadow, reach float64
		}{{"a deep shadow", 80, 0.05}, {"a narrow shadow", 60, 0.012}, {"a faint shadow", 25, 0.03}, {"lying flat", 0, 0}} {
			for range 2 {
				book := scantest.Book{
					Gutter: 0.45 + 0.1*r.Float64(), Shadow: c.shadow, Reach: c.reach,
					Turn: 3*r.Float64() - 1.5, Light: 90 * r.Float64(), Grain: r.IntN(10), Seed: r.Uint64(),
				}
				left, right := diary+diary+diary, diary+diary
				if r.IntN(2) == 0 { // a page that was begun
					right = diary
				}
				img, top, bottom := hand.Open(left, right, w, h, 25, book)
				// Lines end a twelfth of a page before the gutter.
				margin := int(min(book.Gutter, 1-book.Gutter) * w / 12)
				from, to := max(top, bottom)-margin, min(top, bottom)+margin
				if got := gutter(img); got < from || got > to {
					t.Errorf("%s, %s: cut at %d, not from %d to %d: %s", hand.Name, c.name, got, from, to, fmt.Sprintf("%+v", book))
				}
			}
		}
	}
}
