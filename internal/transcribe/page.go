package transcribe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/pages"
	"daybook/internal/store"
)

// blank is the model's answer for a page without writing.
const blank = "[blank]"

// attempts is how often a page is requested if the answer is not its text.
const attempts = 3

// partsAtOnce is how many parts of a long page are requested at once: their text
// must fit into an answer.
const partsAtOnce = 4

// key returns the cache key for the text of a page, counted from 1: the same
// file, rendered the same way, is paid for once.
func key(model llm.Ref, picture pages.Options, scan [32]byte, page int) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%x\x00%d\x00%d\x00%t", model, scan, page, picture.Longest, picture.Split)
	return hex.EncodeToString(h.Sum(nil))
}

// ReadAgain makes the next run read a page of a scan again. Pages count from 1.
// An unknown scan is daybook.NotFound.
func ReadAgain(ctx context.Context, scans store.Scans, model llm.Ref, picture pages.Options, path string, page int) error {
	states, err := scans.Scans(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(states, func(s store.ScanState) bool { return s.Path == path })
	if i < 0 {
		return daybook.Errorf(daybook.NotFound, "There is no such scan.")
	}
	state := states[i]
	state.Stage, state.Attempts, state.Error = store.Found, 0, ""
	return scans.WriteScans(ctx, store.ScanBatch{
		Put: []store.ScanState{state}, ForgetPages: []string{key(model, picture, state.Hash, page)},
	})
}

// page returns the text of a page, counted from 1: from the store, or from the
// model, whose answer is stored before it is used.
func (p *Pipeline) page(ctx context.Context, scan store.ScanState, page int, system string) (string, error) {
	key := key(p.Ref, p.Picture, scan.Hash, page)
	done, err := p.alone(ctx, key)
	if err != nil {
		return "", err
	}
	defer done()
	if text, ok, err := store.PageTextOf(ctx, p.Store, key); err != nil || ok {
		return text, err
	}
	if text, ok := p.unkept.Load(key); ok {
		return p.keepText(ctx, key, scan.Hash, text.(string))
	}
	picture := p.Picture
	picture.Parts = true
	pictures, err := p.Renderer.Render(ctx, scan.Path, page-1, picture)
	if err != nil {
		return "", fmt.Errorf("render the page: %w", err)
	}
	release, err := acquire(ctx, p.asked)
	if err != nil {
		return "", err
	}
	defer release()
	var texts []string
	for parts := range slices.Chunk(pictures, partsAtOnce) {
		text, err := p.read(ctx, scan, page, parts, system)
		if err != nil {
			return "", err
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return p.keepText(ctx, key, scan.Hash, strings.Join(texts, "\n"))
}

// keepText stores the text of a page. If that fails, as with a full disk, it
// keeps the text in memory, so that the page is not paid for again.
func (p *Pipeline) keepText(ctx context.Context, key string, scan [32]byte, text string) (string, error) {
	if err := p.Store.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: key, Scan: scan, Text: text}}}); err != nil {
		p.unkept.Store(key, text)
		return "", err
	}
	p.unkept.Delete(key)
	return text, nil
}

// alone waits until no other goroutine reads the same page: the journal may
// have a scan twice.
func (p *Pipeline) alone(ctx context.Context, key string) (done func(), err error) {
	for {
		p.mu.Lock()
		other := p.reading[key]
		if other == nil {
			mine := make(chan struct{})
			p.reading[key] = mine
			p.mu.Unlock()
			return func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				delete(p.reading, key)
				close(mine)
			}, nil
		}
		p.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// read asks the model for the text of a page, and repeats if the answer is
// something else.
func (p *Pipeline) read(ctx context.Context, scan store.ScanState, page int, pictures []pages.Picture, system string) (string, error) {
	task := "Transcribe this page."
	if len(pictures) > 1 {
		task = fmt.Sprintf("Transcribe this page, which is in %d pictures, in the order of reading. They do not overlap.", len(pictures))
	}
	message := llm.Message{Role: llm.User, Text: task}
	for _, picture := range pictures {
		message.Images = append(message.Images, llm.Image{MediaType: picture.MIME, Data: picture.Data})
	}
	request := llm.Request{Model: p.Ref.Model, System: system, Messages: []llm.Message{message}, LikelyOutput: likelyTokens,
		Contents: llm.HoldingPage(llm.ScanPage{Scan: scan.Path, Note: scan.Note, Page: page})}
	for attempt := 1; ; attempt++ {
		switch withheld, err := p.withheld(ctx, scan); {
		case err != nil:
			return "", err
		case withheld:
			return "", errPrivate
		}
		text, err := p.ask(ctx, request)
		var wrong *notText
		if !errors.As(err, &wrong) {
			return text, err
		}
		if attempt == attempts && wrong.text != "" {
			return wrong.text, nil
		}
		if attempt == attempts {
			return "", daybook.Errorf(daybook.Upstream, "The model did not transcribe the page: %s. (Asked %d times.)", wrong.why, attempts)
		}
		again := message
		again.Text = fmt.Sprintf("%s Your last answer was of no use: %s. Reply with the text of the page alone.", task, wrong.why)
		request.Messages = []llm.Message{again}
	}
}

// ask makes one call. It ends a runaway answer early.
func (p *Pipeline) ask(ctx context.Context, request llm.Request) (string, error) {
	var b strings.Builder
	checked, finish := 0, llm.Finish("")
	for chunk, err := range p.Model.Stream(ctx, request) {
		if err != nil {
			return "", fmt.Errorf("ask %s for the text: %w", p.Ref, err)
		}
		b.WriteString(chunk.Text)
		if b.Len() > checked+500 || chunk.Finish != "" {
			checked = b.Len()
			switch said := llm.WithoutThinking(b.String()); {
			case len(said) > maxPage || b.Len() > maxThinking:
				return "", &notText{why: "it was far longer than a page"}
			case runsAway(said):
				return "", &notText{why: "it said the same again and again"}
			}
		}
		if chunk.Finish != "" {
			finish = chunk.Finish
		}
		switch chunk.Finish {
		case llm.FinishLength:
			return "", &notText{why: "it was cut off before its end"}
		case llm.FinishRefusal:
			return "", &notText{why: "the model declined"}
		}
	}
	if finish != llm.FinishStop {
		return "", &notText{why: "it ended for an unknown reason"}
	}
	return textOf(llm.WithoutThinking(b.String()))
}
