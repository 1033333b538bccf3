package scantest

import "embed"

//go:embed testdata
var files embed.FS

// Pages that cannot be made here, in formats without an encoder, and the text
// on them.
const (
	TypedHEIC = "The harbourmaster lent us a telescope,\nand we saw a comet over the lighthouse.\n\nTea with Ursula afterwards."
	TypedWebP = "Found a hedgehog under the rhubarb,\nand gave it a saucer of water.\n\nRain from four o'clock on."
	// Handwritten is the text on hand.heic and hand.webp: the demo journal's 4
	// June 2023.
	Handwritten = "FIRST TIME IN THE SEA. Properly, I mean, swimming, not jumping about. Ursula took three of us down Gull Steps at seven in the morning. Thirteen degrees."
)

// File returns a page: typed.heic, typed.webp, hand.heic or hand.webp.
func File(name string) []byte {
	data, err := files.ReadFile("testdata/" + name)
	if err != nil {
		panic(err) // the names above
	}
	return data
}
