package httpapi

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"daybook/internal/chat"
)

// wholeNumber is a non-negative integer as pydantic reads it: 3, 3.0 and "3"
// are the same.
type wholeNumber int

// wholeFormat marks the schema of a wholeNumber, whose type is left open for
// huma: UnmarshalJSON and Resolve validate it.
const wholeFormat = "int64"

// notWhole is the value for anything but an integer, until Resolve refuses it.
const notWhole = math.MinInt

// Schema implements huma.SchemaProvider.
func (wholeNumber) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Format: wholeFormat}
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *wholeNumber) UnmarshalJSON(data []byte) error {
	text := string(data)
	if data[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if *n = notWhole; err == nil && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32 {
		*n = wholeNumber(f)
	}
	return nil
}

// Resolve implements huma.ResolverWithPath.
func (n *wholeNumber) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	switch {
	case n == nil || *n >= 0:
		return nil
	case *n == notWhole:
		return []error{&huma.ErrorDetail{Location: at.String(), Message: "expected integer"}}
	}
	return []error{&huma.ErrorDetail{Location: at.String(), Message: "expected number >= 0"}}
}

// Resolve implements huma.ResolverWithPath.
func (r *chatRequest) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if value(r.TopK) <= chat.MaxTopK {
		return nil
	}
	return []error{&huma.ErrorDetail{Location: at.With("top_k"), Message: fmt.Sprintf("expected number <= %d", chat.MaxTopK)}}
}

// messageMetadata is sent by later versions of the older service beside the
// response. Clients store it with the message.
type messageMetadata struct {
	Model struct {
		Provider string `json:"provider"`
		Model    string `json:"model"`
	} `json:"model"`
	Entries []contextEntry `json:"context_entries" nullable:"false"`
}

type contextEntry struct {
	Date      string   `json:"date"`
	Title     string   `json:"title"`
	EntryType string   `json:"entry_type" enum:"daily,evergreen"`
	Text      string   `json:"text"`
	Tags      []string `json:"tags" nullable:"false"`
	Distance  *float64 `json:"distance"`
	Source    string   `json:"source" doc:"How it was found: recent, vector or words"`
}

func messageMetadataOf(provider, model string, found *chat.Found) *messageMetadata {
	out := &messageMetadata{Entries: make([]contextEntry, 0, len(found.Results))}
	out.Model.Provider, out.Model.Model = provider, model
	for i := range found.Results {
		r := &found.Results[i]
		e := entryOf(&r.Entry)
		source := "words"
		switch {
		case found.Intent == chat.IntentRecent:
			source = "recent"
		case r.Distance != nil:
			source = "vector"
		}
		out.Entries = append(out.Entries, contextEntry{e.Date, e.Title, e.Kind, e.Text, e.Tags, r.Distance, source})
	}
	return out
}
