package openaiapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
)

// completion is an answer, whole or a piece of it.
type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index        int     `json:"index"`
	Message      *spoken `json:"message,omitempty"`
	Delta        *spoken `json:"delta,omitempty"`
	FinishReason *string `json:"finish_reason"`
	LogProbs     *string `json:"logprobs"` // always null
}

type spoken struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
	Refusal *string `json:"refusal,omitempty"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

func usageOf(u llm.Usage) *usage {
	return &usage{u.InputTokens, u.OutputTokens, u.InputTokens + u.OutputTokens}
}

// assistant is the role of every answer.
const assistant = "assistant"

var stop = "stop"

func (s *server) completions(w http.ResponseWriter, r *http.Request) {
	body, req, err := s.read(w, r)
	if err != nil {
		s.refuse(w, err)
		return
	}
	head := completion{ID: "chatcmpl-" + uuid.NewString(), Object: "chat.completion", Created: s.Now().Unix(), Model: body.Model}
	if body.Stream {
		s.stream(w, r, body, req, head)
		return
	}
	_, done, err := chat.Collect(s.Chat.Answer(r.Context(), req))
	if err != nil {
		s.refuse(w, err)
		return
	}
	text := done.Text + sources(&done, s.pageOf(r))
	head.Choices = []choice{{Message: &spoken{Role: assistant, Content: &text}, FinishReason: &stop}}
	head.Usage = usageOf(done.Usage)
	respond(w, http.StatusOK, head)
}

// stream answers in chunks. What fails before the first is an HTTP status; what
// fails later is a chunk with an error.
func (s *server) stream(w http.ResponseWriter, r *http.Request, body completionRequest, req chat.Request, head completion) {
	stream := s.Stream(w)
	defer stream.Close()
	head.Object = "chat.completion.chunk"
	err := s.chunks(r, stream, body, req, head)
	switch {
	case err == nil || r.Context().Err() != nil:
	case !stream.Started():
		s.refuse(w, err)
	default:
		if daybook.KindOf(err) == daybook.Internal {
			s.Log.Error("v1 stream failed", "err", err)
		}
		_ = send(stream, map[string]any{"error": ErrorOf(err)}) // the client is gone
	}
}

func (s *server) chunks(r *http.Request, stream Stream, body completionRequest, req chat.Request, head completion) error {
	say := func(delta spoken, finish *string) error {
		head.Choices = []choice{{Delta: &delta, FinishReason: finish}}
		return send(stream, head)
	}
	role := assistant
	for e, err := range s.Chat.Answer(r.Context(), req) {
		if err != nil {
			return err
		}
		if e.Delta != "" {
			if err := say(spoken{role, &e.Delta, nil}, nil); err != nil {
				return err
			}
			role = ""
		}
		if e.Done == nil {
			continue
		}
		rest := sources(e.Done, s.pageOf(r))
		if role != "" {
			rest = e.Done.Text + rest
		}
		if err := say(spoken{role, &rest, nil}, nil); err != nil {
			return err
		}
		if err := say(spoken{}, &stop); err != nil {
			return err
		}
		if body.StreamOptions != nil && body.StreamOptions.IncludeUsage {
			head.Choices, head.Usage = []choice{}, usageOf(e.Done.Usage)
			if err := send(stream, head); err != nil {
				return err
			}
		}
		return stream.Send("", []byte("[DONE]"))
	}
	return errors.New("the answer ended early")
}

func send(stream Stream, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return stream.Send("", data)
}

// pageOf returns the address of Daybook's page, as the program reaches it.
func (s *server) pageOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host + s.BasePath
}

var cited = regexp.MustCompile(`\[(\d{1,4})\]`)

// sources lists the days that an answer cites, with links to them.
func sources(done *chat.Done, page string) string {
	named := map[int]bool{}
	for _, m := range cited.FindAllStringSubmatch(done.Text, -1) {
		n, _ := strconv.Atoi(m[1]) // digits
		named[n] = true
	}
	var b strings.Builder
	for _, c := range done.Citations {
		if !named[c.Number] || c.EntryID == "" {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("\n\n---\n")
		}
		title, path := c.Title, "/app/journal/note/"+c.EntryID
		if !c.Date.IsZero() {
			title, path = c.Date.String(), "/app/journal/"+c.Date.String()
		}
		fmt.Fprintf(&b, "\\[%d\\] [%s](%s%s)  \n", c.Number, title, page, path)
	}
	return strings.TrimRight(b.String(), " \n")
}
