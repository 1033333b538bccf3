package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
)

type exportInput struct {
	ThreadPath
	Format string `query:"format" enum:"markdown,json" default:"markdown"`
}

type exported struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// exportJSON is the format that the command import reads.
type exportJSON struct {
	Threads  []threadJSON  `json:"threads"`
	Messages []messageJSON `json:"messages"`
}

// exports describes an exported thread.
func exports(api huma.API) option {
	return func(op *huma.Operation) {
		text := &huma.Schema{Type: huma.TypeString}
		file := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[exportJSON](), true, "")
		op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
			"text/markdown": {Schema: text},
			// Generators use the first type that they know. This is none.
			"*/*": {Schema: &huma.Schema{AnyOf: []*huma.Schema{file, text}, Description: "JSON with format=json"}},
		}}}
	}
}

func (s *server) exportThread(ctx context.Context, in *exportInput) (*exported, error) {
	thread, err := s.Threads.Thread(ctx, in.ThreadID)
	if err != nil {
		return nil, noThread(err)
	}
	messages, err := s.Chat.Messages(ctx, in.ThreadID)
	if err != nil {
		return nil, err
	}
	out := &exported{ContentType: "text/markdown; charset=utf-8", Disposition: attachment(thread.Title, ".md")}
	if in.Format != "json" {
		out.Body = []byte(markdownOf(thread, messages, s.Now().Location()))
		return out, nil
	}
	file := exportJSON{Threads: []threadJSON{threadJSONOf(thread)}, Messages: []messageJSON{}}
	for _, m := range messages {
		file.Messages = append(file.Messages, messageJSONOf(m))
	}
	out.ContentType, out.Disposition = "application/json", attachment(thread.Title, ".json")
	out.Body, err = json.MarshalIndent(file, "", "  ")
	return out, err
}

// markdownOf renders a thread with the days that each answer is based on.
func markdownOf(t daybook.Thread, messages []daybook.Message, zone *time.Location) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", strings.Join(strings.Fields(threadJSONOf(t).Title), " "))
	for _, m := range messages {
		if m.Damaged {
			fmt.Fprintf(&b, "\n## Damaged\n\n*%s*\n", damagedMessage)
			continue
		}
		who := "You"
		if m.Role == daybook.Assistant {
			who = "Daybook"
		}
		fmt.Fprintf(&b, "\n## %s, %s\n\n%s\n", who, m.Time.In(zone).Format("2 January 2006, 15:04"), strings.TrimSpace(m.Text))
		if m.Status != daybook.Complete {
			b.WriteString("\n*This answer is not complete.*\n")
		}
		for i, c := range m.Citations {
			if i == 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "- [%d] %s, %s:%d\n", c.Number, c.Date, c.Path, c.Line)
		}
	}
	return b.String()
}

// attachment returns the header that names a file after a title.
func attachment(title, extension string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return ' '
		}
		return r
	}, title)
	if name = strings.Trim(strings.Join(strings.Fields(name), " "), ". "); name == "" {
		name = "Conversation"
	}
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:80])
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": name + extension})
}
