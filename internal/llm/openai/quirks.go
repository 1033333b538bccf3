package openai

import (
	"net/http"
	"regexp"

	"daybook/internal/llm/llmhttp"
)

// quirks are what was learned about a model, mostly what its server refuses. The zero
// value refuses nothing.
type quirks struct {
	format          formatting
	limit           limiting
	noStream        bool // answers come whole
	noStreamOptions bool
	noSystem        bool // the system text goes into the first user message
	noTools         bool
	noToolChoice    bool
	noStrict        bool // of a tool's arguments
	noBase64        bool // embeddings come as numbers
	mostInputs      int  // texts in a request for embeddings; 0 is maxInputs
	embeds          bool // it has embedded a text
	rerank          reranking
}

// formatting is how to request a structured answer.
type formatting int

const (
	bySchema formatting = iota // response_format with the schema
	byObject                   // response_format "json_object", and the schema in words
	inWords                    // the schema in words alone
)

// limiting is the name under which a limit on the answer is sent.
type limiting int

const (
	usualLimit limiting = iota
	otherLimit
	noLimit
)

// Parts of the messages with which servers refuse something, in lower case.
var (
	saysStreamOptions = regexp.MustCompile(`stream_options|stream options|include_usage`)
	saysFormat        = regexp.MustCompile(`response_?format|response format|json[_ ]schema|json[_ ]object|json[_ ]mode|structured[_ ]output|guided|grammar|failed to initialize samplers|expected [a-z-]+ format|response_?schema|unsupported schema`)
	saysStrict        = regexp.MustCompile(`\bstrict\b`)
	saysToolChoice    = regexp.MustCompile(`\btool_choice\b`)
	saysTools         = regexp.MustCompile(`\btools?\b|\btool_|function[_ -]?call|\bfunctions\b`)
	saysLimit         = regexp.MustCompile(`max_(completion_|output_|new_)?tokens|max(imum)? (completion |output )?tokens`)
	saysTooLarge      = regexp.MustCompile(`too (large|big|high|many)|at most|less than|maximum value|exceed|range`)
	saysStream        = regexp.MustCompile(`\bstream(ing|ed)?\b`)
	saysSystem        = regexp.MustCompile(`\bsystem\b.{0,40}\b(role|message|prompt|instruction)|\b(role|message|prompt)s?\b.{0,60}\bsystem\b|developer instruction`)
	saysBase64        = regexp.MustCompile(`encoding_?format|base64`)
)

// without returns the quirks to try after a refused request, or q itself if there are
// none.
func (q quirks) without(sent *chatRequest, r *llmhttp.Refusal) quirks {
	says := r.Says()
	switch {
	case says == "":
	case sent.StreamOptions != nil && saysStreamOptions.MatchString(says):
		q.noStreamOptions = true
	case sent.ResponseFormat != nil && saysFormat.MatchString(says):
		q.format++
	case sent.ToolChoice != "" && saysToolChoice.MatchString(says):
		q.noToolChoice = true
	case len(sent.Tools) > 0 && sent.Tools[0].Function.Strict && saysStrict.MatchString(says):
		q.noStrict = true
	case len(sent.Tools) > 0 && saysTools.MatchString(says):
		q.noTools = true
	case sent.MaxTokens+sent.MaxCompletionTokens > 0 && saysLimit.MatchString(says):
		if q.limit++; saysTooLarge.MatchString(says) {
			q.limit = noLimit
		}
	case sent.Messages[0].Role == "system" && saysSystem.MatchString(says):
		q.noSystem = true
	case sent.Stream && saysStream.MatchString(says):
		q.noStream = true
	case sent.ResponseFormat != nil && r.Status != http.StatusNotFound && r.Status != http.StatusInternalServerError:
		q.format = inWords // it does not say what it refuses, and this is what most servers lack
	}
	return q
}
