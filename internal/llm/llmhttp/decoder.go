package llmhttp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"daybook/internal/llm"
)

// grace is how long a server may take to end its stream after the reason for
// finishing. Usage comes in that time; some servers never close.
const grace = 3 * time.Second

// Decoder turns the values of an answer into chunks. The answer is complete when it
// has a known reason for finishing. Usage may come after that, so the decoder waits
// for the end of the stream. A failure from then on only loses the usage.
type Decoder struct {
	Calls
	Usage llm.Usage
	// Refused is set when the model or a filter declined.
	Refused bool

	caller   Caller
	source   *source
	read     func(Value) (text string, err error)
	body     io.Closer
	cancel   context.CancelFunc
	overdue  *time.Timer // ends the wait for the end
	thinking llm.Thinking
	finish   llm.Finish
	reason   string // for finishing, as the server gave it
	inText   bool   // a structured answer without tools: calls are its text
	said     func(prose bool)
	began    string      // the first character of the answer
	ending   string      // its last piece
	stopped  bool        // the stream has announced its end
	rest     []llm.Chunk // what is yet to be passed on of the end
}

// NewDecoder returns a decoder of the answer to req in body. Call Reads before using
// it.
func (c Caller) NewDecoder(req llm.Request, body io.ReadCloser) *Decoder {
	return &Decoder{
		Calls: c.calls(req), caller: c, source: newSource(body), body: body, cancel: func() {},
		thinking: llm.Thinking{Hold: req.Schema != nil}, inText: req.Schema != nil && len(req.Tools) == 0,
	}
}

// Reads sets the function that reads a value of the answer. It returns the text that
// the value adds, and calls the decoder's methods for everything else. Its error may
// be a *Refusal.
func (d *Decoder) Reads(read func(Value) (text string, err error)) { d.read = read }

// Close ends the call.
func (d *Decoder) Close() {
	if d.overdue != nil {
		d.overdue.Stop()
	}
	_ = d.body.Close() // nothing more is read of it
	d.cancel()
}

// Next returns the next chunk. The context is the caller's.
func (d *Decoder) Next(ctx context.Context) (llm.Chunk, error) {
	for len(d.rest) == 0 {
		v, err := d.next()
		if err != nil {
			if err := d.end(ctx, err); err != nil {
				return llm.Chunk{}, err
			}
			break
		}
		if d.overdue != nil {
			d.overdue.Reset(grace)
		}
		text, err := d.read(v)
		if err != nil && d.finish == "" {
			return llm.Chunk{}, err
		}
		if text = d.thinking.Feed(text); text != "" {
			d.begin(text)
			return llm.Chunk{Text: text}, nil
		}
	}
	chunk := d.rest[0]
	d.rest = d.rest[1:]
	return chunk, nil
}

func (d *Decoder) next() (Value, error) {
	if d.stopped {
		return Value{}, errDone
	}
	return d.source.next()
}

// Stop ends the answer without waiting for the end of the stream.
func (d *Decoder) Stop() { d.stopped = true }

// begin records how the answer begins.
func (d *Decoder) begin(text string) {
	if strings.TrimSpace(text) != "" {
		d.ending = text
	}
	if d.began == "" {
		if text = strings.TrimLeft(text, " \t\r\n"); text != "" {
			d.began = text[:1]
		}
	}
}

// Decode reads a value into v. If that fails, the value is an error in the answer, or
// breaks the protocol.
func (d *Decoder) Decode(value Value, v any) error {
	if json.Unmarshal(value.Data, v) == nil {
		return nil
	}
	return d.caller.Unreadable(value.Data)
}

// Finished records the provider's reason for finishing, and its meaning, which is
// "" if unknown.
func (d *Decoder) Finished(reason string, finish llm.Finish) {
	d.finish, d.reason = finish, reason
	if d.overdue == nil {
		d.overdue = time.AfterFunc(grace, d.cancel)
	}
}

// InText reports whether calls are text of the answer. In a request without tools,
// they are a JSON answer, requested with a tool by the adapter or a gateway.
func (d *Decoder) InText() bool { return d.inText }

// Ended reports whether there was a reason for finishing.
func (d *Decoder) Ended() bool { return d.reason != "" || d.finish != "" }

// Complete reports whether there was a known reason for finishing.
func (d *Decoder) Complete() bool { return d.finish != "" }

// end makes the chunks that end an answer whose source ended with err.
func (d *Decoder) end(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case d.finish != "":
	case d.source.page:
		return &Refusal{Status: http.StatusOK, Page: true, inside: true}
	case d.reason != "":
		return d.caller.unfinished(d.reason)
	case errors.Is(err, errDone) && d.inText && !d.stopped && strings.HasSuffix(strings.TrimRight(d.ending, " \t\r\n"), "}"):
		d.finish = llm.FinishStop // the end was announced behind a whole object
	case errors.Is(err, errDone) || errors.Is(err, io.EOF):
		return d.caller.Cut(ctx, nil)
	case errors.As(err, new(*json.SyntaxError)):
		return d.caller.Nonsense()
	default:
		return d.caller.Cut(ctx, err)
	}
	if d.Refused {
		d.finish = llm.FinishRefusal
	}
	text := d.thinking.End()
	d.begin(text)
	if d.inText && d.finish == llm.FinishTools {
		d.finish = llm.FinishStop
	}
	if d.finish == llm.FinishTools && d.began != "" && !d.Calls.any() {
		d.finish = llm.FinishStop // it said something instead
	}
	rest, err := d.Calls.End(d.finish, d.Usage)
	if err != nil {
		return err
	}
	if text != "" {
		rest = append([]llm.Chunk{{Text: text}}, rest...)
	}
	d.rest = rest
	if d.said != nil && d.finish == llm.FinishStop && d.began != "" && d.inText {
		d.said(!d.thinking.Tagged() && !strings.Contains("{[\"`", d.began))
	}
	return nil
}

// Open requests an answer. It returns the decoder, which the caller must close, and
// the first chunk.
func (s *Server) Open(ctx context.Context, req llm.Request, path string, body any, reads func(*Decoder) func(Value) (string, error)) (*Decoder, llm.Chunk, error) {
	within, cancel := context.WithCancel(ctx)
	var resp *http.Response
	err := apart(func() (err error) {
		resp, err = s.Post(within, path, body)
		return err
	})
	if err != nil {
		cancel()
		return nil, llm.Chunk{}, err
	}
	d := s.NewDecoder(req, resp.Body)
	d.cancel = cancel
	model := req.Model
	if _, prose := s.prose.Load(model); prose {
		d.thinking.Hold = false // text may be shown as it comes
	}
	d.said = func(prose bool) {
		if prose {
			s.prose.Store(model, true)
		} else {
			s.prose.Delete(model)
		}
	}
	d.Reads(reads(d))
	first, err := d.Next(ctx)
	if err != nil {
		d.Close()
		return nil, llm.Chunk{}, err
	}
	return d, first, nil
}

// InWords returns the system text of a request with its schema in words, for servers
// that do not support structured answers.
func InWords(req llm.Request) string {
	return strings.TrimSpace(req.System + "\n\nAnswer with one JSON value of this JSON Schema and nothing else:\n" + string(req.Schema.JSON))
}

// Stream returns the chunks of an answer that open starts.
func (s *Server) Stream(ctx context.Context, req llm.Request, open func(context.Context, llm.Request) (*Decoder, llm.Chunk, error)) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if err := req.Check(); err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		// Copies of their own let the prompt go while the answer is read.
		s, ctx := s, ctx
		d, first, err := open(ctx, req)
		if err != nil {
			yield(llm.Chunk{}, s.Public(ctx, err))
			return
		}
		defer d.Close()
		for chunk := first; yield(chunk, nil) && chunk.Finish == ""; {
			if chunk, err = d.Next(ctx); err != nil {
				yield(llm.Chunk{}, s.Public(ctx, err))
				return
			}
		}
	}
}
