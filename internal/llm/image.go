package llm

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"

	"golang.org/x/image/webp"

	"daybook"
)

// MaxImageBytes is the most bytes that the images of a request may have together,
// before they are encoded.
const MaxImageBytes = 20 << 20

// imageTypes are the media types that every provider accepts.
var imageTypes = map[string]bool{"image/png": true, "image/jpeg": true, "image/webp": true}

func checkImages(messages []Message) error {
	total := 0
	for _, m := range messages {
		if len(m.Images) > 0 && m.Role != User {
			return daybook.Errorf(daybook.Internal, "A picture was put into what the model said.")
		}
		for _, img := range m.Images {
			if !imageTypes[img.MediaType] || len(img.Data) == 0 {
				return daybook.Errorf(daybook.Invalid, "A picture for a model must be a PNG, a JPEG or a WebP, and not empty.")
			}
			total += len(img.Data)
		}
	}
	if total > MaxImageBytes {
		return daybook.Errorf(daybook.TooLarge, "The pictures for the model are over %d MB together.", MaxImageBytes>>20)
	}
	return nil
}

// imageRule says how many tokens an image costs: so many per patch, within limits.
// If patch is 0 or the image's size is unknown, it is most.
type imageRule struct {
	model       string // a prefix of its name
	patch       int    // the side of a square, in pixels
	each        float64
	least, most int
}

// imageRules are from the providers' guides to vision. The first that matches a
// model applies. If a guide has several rules for models with similar names, it is
// the most expensive one.
var imageRules = []imageRule{
	// platform.openai.com/docs/guides/images-vision: 2833 and 5667 for each
	// of eight squares at most.
	{model: "gpt-4o-mini", most: 2833 + 8*5667},
	// The same page: 1536 patches at 2.46 (nano); models that count squares take
	// less.
	{model: "gpt-4", most: 3779}, {model: "o1", most: 3779}, {model: "o3", most: 3779}, {model: "o4", most: 3779},
	// The same page: patches at 1.2 to 2.46, 10,000 at 1.2 at most; or 70 and 140
	// for each of eight squares.
	{model: "gpt-", patch: 32, each: 2.46, least: 70 + 8*140, most: 12_000},
	// ai.google.dev/gemini-api/docs/media-resolution: the highest resolution.
	{model: "gemini", most: 2240},
	// platform.claude.com/docs/en/build-with-claude/vision: a token per patch.
	// Images over 4784 are scaled down. Qwen's models count in the same way.
	{patch: 28, each: 1, least: 1, most: 4784},
}

// imageTokens estimates how many tokens an image costs with a model, rather too many
// than too few.
func imageTokens(model string, img Image) int {
	model = model[strings.LastIndexByte(model, '/')+1:]
	for _, r := range imageRules {
		if !strings.HasPrefix(model, r.model) {
			continue
		}
		size, ok := sizeOf(img)
		if r.patch == 0 || !ok {
			return r.most
		}
		across, down := (size.X+r.patch-1)/r.patch, (size.Y+r.patch-1)/r.patch
		return int(max(float64(r.least), min(float64(r.most), math.Ceil(float64(across)*float64(down)*r.each))))
	}
	return 0 // the last rule fits every model
}

// sizeOf reads an image's size in pixels from its beginning.
func sizeOf(img Image) (image.Point, bool) {
	decode := map[string]func(io.Reader) (image.Config, error){
		"image/png": png.DecodeConfig, "image/jpeg": jpeg.DecodeConfig, "image/webp": webp.DecodeConfig,
	}[img.MediaType]
	if decode == nil {
		return image.Point{}, false
	}
	c, err := decode(bytes.NewReader(img.Data))
	return image.Pt(c.Width, c.Height), err == nil
}
