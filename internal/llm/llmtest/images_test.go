package llmtest_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// pictures are one of each kind that may be sent.
func pictures(t *testing.T) []llm.Image {
	var asPNG, asJPEG bytes.Buffer
	pixels := image.NewGray(image.Rect(0, 0, 30, 20))
	if png.Encode(&asPNG, pixels) != nil || jpeg.Encode(&asJPEG, pixels, nil) != nil {
		t.Fatal("the pictures could not be made")
	}
	return []llm.Image{
		{MediaType: "image/png", Data: asPNG.Bytes()}, {MediaType: "image/jpeg", Data: asJPEG.Bytes()},
		{MediaType: "image/webp", Data: []byte("RIFF\x1a\x00\x00\x00WEBPVP8L no more than its head")},
	}
}

func TestImagesArrive(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		for _, text := range []string{"what is this?", ""} {
			p, s := setup(t, name, 0, llmtest.Reply("a page"))
			req := llm.Request{Model: "m", Messages: []llm.Message{{Role: llm.User, Text: text, Images: pictures(t)}}}
			if _, _, err := collect(t.Context(), p, req); err != nil {
				t.Fatal(err)
			}
			got := s.Requests()[0].Messages
			same := slices.EqualFunc(got[0].Images, pictures(t), func(a, b llm.Image) bool {
				return a.MediaType == b.MediaType && bytes.Equal(a.Data, b.Data)
			})
			if len(got) != 1 || got[0].Text != text || !same {
				t.Errorf("the provider was sent %d messages, %q and %d images", len(got), got[0].Text, len(got[0].Images))
			}
		}
	})
}

// TestFakesLookAtImages sends a picture of another kind than it is said to be.
func TestFakesLookAtImages(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		req := question()
		req.Messages[0].Images = []llm.Image{{MediaType: "image/jpeg", Data: []byte(pixels)}}
		refused(t, name, req)
	})
}

// TestFakesReadClosely sends by hand what no adapter makes.
func TestFakesReadClosely(t *testing.T) {
	const (
		gpt    = `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":[%]}]}`
		claude = `{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":[%]}]}`
		called = `{"model":"m","stream":true,"max_tokens":9,"tools":[{"name":"a","description":"b","strict":true,` +
			`"input_schema":{"type":"object","properties":{},"required":[],"additionalProperties":false}}],"messages":[{"role":"user","content":[{"type":"text","text":"x"}]},` +
			`{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"a","input":{}}]},{"role":"user","content":[%]}]}`
		google = `{"contents":[{"role":"user","parts":[%]}]}`
	)
	for what, c := range map[string]struct{ path, body, content string }{
		"an address":           {"/v1/chat/completions", gpt, `{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}`},
		"no base64":            {"/v1/chat/completions", gpt, `{"type":"image_url","image_url":{"url":"data:image/png;base64,%%"}}`},
		"behind the text":      {"/v1/chat/completions", gpt, `{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}`},
		"no base64 here":       {"/v1/messages", claude, `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"?"}}`},
		"another source":       {"/v1/messages", claude, `{"type":"image","source":{"type":"url","url":"https://example.org/a.png"}}`},
		"an empty text":        {"/v1/messages", claude, `{"type":"text","text":""}`},
		"another block":        {"/v1/messages", claude, `{"type":"thought"}`},
		"results behind text":  {"/v1/messages", called, `{"type":"text","text":"x"},{"type":"tool_result","tool_use_id":"c"}`},
		"results in two":       {"/v1/messages", called, `{"type":"tool_result","tool_use_id":"c"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}`},
		"no base64 there":      {"/v1beta/models/m:streamGenerateContent?alt=sse", google, `{"inlineData":{"mimeType":"image/png","data":"?"}}`},
		"a picture of no kind": {"/v1beta/models/m:streamGenerateContent?alt=sse", google, `{"inlineData":{"mimeType":"image/png","data":"eA=="}}`},
		"no output":            {"/v1beta/models/m:streamGenerateContent?alt=sse", google, `{"functionResponse":{"name":"a","response":{}}}`},
	} {
		t.Run(what, func(t *testing.T) {
			s := llmtest.New(llmtest.Reply("x"))
			req := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(strings.Replace(c.body, "%", c.content, 1)))
			req.Header.Set("X-Api-Key", llmtest.Key)
			if c.path == "/v1/messages" {
				req.Header.Set("Anthropic-Version", "2023-06-01")
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, req)
			if w.Code != http.StatusBadRequest || len(s.Violations()) != 1 || !strings.Contains(w.Body.String(), `"error"`) {
				t.Errorf("%d, %s, %q", w.Code, w.Body, s.Violations())
			}
		})
	}
}
