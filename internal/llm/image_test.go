package llm

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"testing"

	"daybook"
)

func picture(t testing.TB, mediaType string, width, height int) Image {
	t.Helper()
	var out bytes.Buffer
	err := error(nil)
	pixels := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White})
	if mediaType == "image/jpeg" {
		err = jpeg.Encode(&out, pixels, nil)
	} else {
		err = png.Encode(&out, pixels)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Image{mediaType, out.Bytes()}
}

func TestImageTokens(t *testing.T) {
	for _, c := range []struct {
		model         string
		width, height int
		want          int
	}{
		{"claude-opus-4-8", 1000, 1000, 36 * 36},
		{"claude-opus-4-8", 28, 29, 2},
		{"claude-opus-4-8", 3000, 4000, 4784},
		{"qwen2.5vl", 280, 280, 100},
		{"gpt-6", 1000, 1000, 2520}, // 1024 patches at 2.46
		{"gpt-6", 10, 10, 1190},
		{"openrouter/openai/gpt-6", 4000, 4000, 12_000},
		{"gpt-4o-mini", 10, 10, 48_169},
		{"gpt-4.1-nano", 10, 10, 3779},
		{"gemini-3-flash", 10, 10, 2240},
	} {
		for _, mediaType := range []string{"image/png", "image/jpeg"} {
			if got := imageTokens(c.model, picture(t, mediaType, c.width, c.height)); got != c.want {
				t.Errorf("%s of %d × %d for %s: %d, want %d", mediaType, c.width, c.height, c.model, got, c.want)
			}
		}
	}
	// A lossless WebP of 30 × 60 begins so.
	webp := Image{"image/webp", []byte("RIFF\x16\x00\x00\x00WEBPVP8L\x09\x00\x00\x00\x2f\x1d\xc0\x0e\x00\x00\x00\x00\x00\x00")}
	if got := imageTokens("claude", webp); got != 2*3 {
		t.Errorf("a WebP takes %d", got)
	}
	for _, img := range []Image{
		{"image/webp", []byte("RIFF")}, {"image/png", []byte("no picture")}, {"image/jpeg", nil},
	} {
		if got := imageTokens("claude", img); got != 4784 {
			t.Errorf("a picture of unknown size takes %d", got)
		}
	}
}

func TestImagesAreCounted(t *testing.T) {
	req := Request{Model: "claude", Messages: []Message{{Role: User, Text: "q"}}}
	before := estimate(req)
	req.Messages[0].Images = []Image{picture(t, "image/png", 280, 280), picture(t, "image/jpeg", 560, 280)}
	if got := estimate(req) - before; got != 300 {
		t.Errorf("they take %d of the budget", got)
	}
	if got := CountMessage("claude", req.Messages[0]) - CountMessage("claude", Message{Role: User, Text: "q"}); got != 300 {
		t.Errorf("they count %d", got)
	}
}

// TestAsManyImagesAsMayBe is not sent: 20 MB take a while.
func TestAsManyImagesAsMayBe(t *testing.T) {
	half := Image{"image/png", make([]byte, MaxImageBytes/2)}
	req := Request{Messages: []Message{{Role: User, Images: []Image{half}}, {Role: User, Images: []Image{half}}}}
	if err := req.Check(); err != nil {
		t.Error(err)
	}
	req.Messages = append(req.Messages, Message{Role: User, Images: []Image{{"image/png", []byte("x")}}})
	if err := req.Check(); daybook.KindOf(err) != daybook.TooLarge {
		t.Errorf("a byte more: %v", err)
	}
}

// FuzzImageTokens reads the size of whatever is said to be a picture.
func FuzzImageTokens(f *testing.F) {
	f.Add(picture(f, "image/png", 30, 20).Data)
	f.Add(picture(f, "image/jpeg", 30, 20).Data)
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x3b\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		img := Image{http.DetectContentType(data), data}
		for _, model := range []string{"gpt-6", "claude"} {
			if n := imageTokens(model, img); n < 1 || n > 12_000 {
				t.Errorf("%d tokens", n)
			}
		}
	})
}
