package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/llm"
)

// testWithin is how long one test of a model may take: a server of this machine
// may have to load it.
const testWithin = 60 * time.Second

// embedding matches the names of models that embed and do not chat.
var embedding = regexp.MustCompile(`(?i)embed|minilm|\b(bge|e5|gte)\b`)

// tester tests what a model can do, by questions that are not about the
// journal.
type tester struct {
	ctx   context.Context
	chat  llm.ChatModel
	model string
	tests []httpapi.ModelTest
}

// testProvider says what a provider, and a model of it unless that is "", can
// do. Set is the context window in the settings; 0 is none.
func testProvider(ctx context.Context, models *llm.Models, p llm.Provider, model string, set int) []httpapi.ModelTest {
	t := &tester{ctx: llm.WithPolicy(ctx, llm.RetryPolicy{Attempts: 2, Within: testWithin}), model: model}
	if !t.run("reach", "The server answers.", func(ctx context.Context) (string, error) { return "", p.Ping(ctx) }) || model == "" {
		return t.tests
	}
	if embedding.MatchString(model) {
		t.run("embedding", "", func(ctx context.Context) (string, error) {
			return t.embed(ctx, models, llm.Ref{Provider: p.Name, Model: model})
		})
		return t.tests
	}
	var err error
	if t.chat, err = models.Chat(llm.Ref{Provider: p.Name, Model: model}); err != nil {
		t.add("chat", err, "")
		return t.tests
	}
	if !t.run("chat", "It answers.", t.answers) {
		return t.tests
	}
	t.run("window", "", func(ctx context.Context) (string, error) { return windowOf(ctx, p, model, set) })
	t.run("structured", "It answers in the form that Daybook asks for.", t.structured)
	t.run("tools", "It can look into the journal by itself (agent mode).", t.tools)
	t.run("vision", "It can read scans.", t.vision)
	return t.tests
}

func (t *tester) run(what, well string, test func(context.Context) (string, error)) bool {
	ctx, cancel := context.WithTimeout(t.ctx, testWithin)
	defer cancel()
	said, err := test(ctx)
	if err != nil && ctx.Err() != nil && t.ctx.Err() == nil {
		err = daybook.Errorf(daybook.Timeout, "It did not answer within %s.", testWithin)
	}
	if said == "" {
		said = well
	}
	t.add(what, err, said)
	return err == nil
}

func (t *tester) add(what string, err error, well string) {
	test := httpapi.ModelTest{What: what, OK: err == nil, Message: well}
	if err != nil {
		test.Message = daybook.PublicMessage(err)
	}
	t.tests = append(t.tests, test)
}

func (t *tester) request(text string) llm.Request {
	return llm.Request{Model: t.model, Messages: []llm.Message{{Role: llm.User, Text: text}}, Contents: llm.Holding(nil), LikelyOutput: 200}
}

// answers has the model answer, and says whether the answer is streamed.
func (t *tester) answers(ctx context.Context) (string, error) {
	start, first, pieces := time.Now(), time.Duration(0), 0
	for part, err := range llm.StreamText(ctx, t.chat, t.request("Name the four seasons in one sentence."), "response") {
		if err != nil {
			return "", err
		}
		if part.Text != "" {
			if pieces++; pieces == 1 {
				first = time.Since(start)
			}
		}
	}
	how := "all at once"
	if pieces > 1 {
		how = "word by word"
	}
	return fmt.Sprintf("It answers %s, from %.1f seconds on.", how, first.Seconds()), nil
}

// windowOf says how much of a prompt a model reads. It is asked after the model has
// answered: some servers know only then.
func windowOf(ctx context.Context, p llm.Provider, model string, set int) (string, error) {
	if set > 0 {
		return fmt.Sprintf("Its context window is %s tokens, by the settings.", thousands(set)), nil
	}
	if asked, ok := p.Pinger.(llm.Windower); ok {
		if n, err := asked.Window(ctx, model); err == nil && n > 0 {
			return fmt.Sprintf("Its context window is %s tokens, by the server.", thousands(n)), nil
		}
	}
	return fmt.Sprintf("The server does not say its context window: Daybook assumes %s tokens. Set context_windows if it is another.",
		thousands(llm.Window(llm.Ref{Provider: p.Name, Model: model}))), nil
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func (t *tester) structured(ctx context.Context) (string, error) {
	type sum struct {
		Sum int `json:"sum"`
	}
	req := t.request("What is 2 + 3?")
	req.Schema = &llm.Schema{Name: "sum", JSON: json.RawMessage(`{"type":"object","properties":{"sum":{"type":"integer"}},"required":["sum"],"additionalProperties":false}`)}
	_, _, err := llm.Ask[sum](ctx, t.chat, req, nil)
	return "", err
}

func (t *tester) tools(ctx context.Context) (string, error) {
	req := t.request("Look up the weather in Bern with the tool.")
	req.Tools = []llm.Tool{{Name: "weather", Description: "Returns the weather of a place.", Schema: json.RawMessage(
		`{"type":"object","properties":{"place":{"type":"string"}},"required":["place"],"additionalProperties":false}`)}}
	var said strings.Builder
	for chunk, err := range t.chat.Stream(ctx, req) {
		if err != nil {
			return "", err
		}
		said.WriteString(chunk.Text)
		if chunk.Call != nil {
			return "", nil
		}
	}
	if len(llm.CallsIn(said.String(), req.Tools)) > 0 {
		return "", nil
	}
	return "", daybook.Errorf(daybook.Upstream, "It calls no tools; agent mode searches once instead.")
}

func (t *tester) vision(ctx context.Context) (string, error) {
	picture := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for x := range 64 {
		for y := range 32 {
			picture.Set(x, y, color.RGBA{R: 220, A: 255})
		}
	}
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
		return "", fmt.Errorf("make a picture: %w", err)
	}
	req := t.request("Which color besides white has this picture? Answer with one word.")
	req.Messages[0].Images = []llm.Image{{MediaType: "image/png", Data: data.Bytes()}}
	var said strings.Builder
	for chunk, err := range t.chat.Stream(ctx, req) {
		if err != nil {
			return "", daybook.Errorf(daybook.Upstream, "It does not read pictures. %s", daybook.PublicMessage(err))
		}
		said.WriteString(chunk.Text)
	}
	if !strings.Contains(strings.ToLower(llm.WithoutThinking(said.String())), "red") {
		return "", daybook.Errorf(daybook.Upstream, "It does not see what is in a picture.")
	}
	return "", nil
}

func (t *tester) embed(ctx context.Context, models *llm.Models, ref llm.Ref) (string, error) {
	e, ok := models.EmbedderOf(ref)
	if !ok {
		return "", daybook.Errorf(daybook.Invalid, "This provider has no embeddings.")
	}
	out, err := e.Embed(ctx, llm.EmbedRequest{Model: ref.Model, Inputs: []string{"a day at the sea"}, Purpose: llm.ForDocument, Contents: llm.Holding(nil)})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("It embeds texts, with %d dimensions.", len(out.Vectors[0])), nil
}
