package mcp

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"daybook"
	"daybook/internal/store"
)

// dayURI is the beginning of the address of a day's resource.
const dayURI = "daybook://day/"

const markdown = "text/markdown"

// recentDays is how many days the list of resources has.
const recentDays = 100

func uriOf(d daybook.Date) string { return dayURI + d.String() }

func (s *Server) addResources(server *mcp.Server) {
	server.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "day", Title: "A day of the journal", URITemplate: dayURI + "{date}", MIMEType: markdown,
		Description: "Everything that was written for a day, YYYY-MM-DD",
	}, s.readResource)
	server.AddReceivingMiddleware(s.listResources)
}

// listResources lists the newest days: which there are changes all the time.
func (s *Server) listResources(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if method != "resources/list" {
			return next(ctx, method, req)
		}
		found, err := s.list(ctx, store.Filter{Kind: daybook.Daily}, recentDays, false)
		if err != nil {
			return nil, s.public(err)
		}
		out := &mcp.ListResourcesResult{Cacheable: mcp.Cacheable{CacheScope: "private"}, Resources: []*mcp.Resource{}}
		listed := map[string]bool{}
		for i := range found {
			d := found[i].Date()
			if uri := uriOf(d); !listed[uri] {
				listed[uri] = true
				out.Resources = append(out.Resources, &mcp.Resource{URI: uri, Name: d.String(), Title: long(d), MIMEType: markdown})
			}
		}
		return out, nil
	}
}

// long writes a day for a person.
func long(d daybook.Date) string { return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year) }

func (s *Server) readResource(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	uri := req.Params.URI
	d, err := daybook.ParseDate(strings.TrimPrefix(uri, dayURI))
	if err != nil {
		return nil, mcp.ResourceNotFoundError(uri)
	}
	found, err := s.day(ctx, d)
	if err != nil {
		return nil, s.public(err)
	}
	if len(found) == 0 {
		return nil, mcp.ResourceNotFoundError(uri)
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: uri, MIMEType: markdown, Text: textOf(found)}}}, nil
}

func (s *Server) addPrompts(server *mcp.Server) {
	date := &mcp.PromptArgument{Name: "date", Description: "A day, YYYY-MM-DD; today if missing"}
	server.AddPrompt(&mcp.Prompt{
		Name: "weekly_review", Title: "Weekly review", Description: "Look back on the seven days up to a day", Arguments: []*mcp.PromptArgument{date},
	}, s.weeklyReview)
	server.AddPrompt(&mcp.Prompt{
		Name: "on_this_day", Title: "On this day", Description: "What was written on a day of other years", Arguments: []*mcp.PromptArgument{date},
	}, s.onThisDayPrompt)
}

func (s *Server) weeklyReview(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	to, err := s.dayOrToday(req.Params.Arguments["date"])
	if err != nil {
		return nil, err
	}
	week := daybook.DateRange{From: to.AddDays(-6), To: to}
	found, err := s.list(ctx, store.Filter{Kind: daybook.Daily, Days: []daybook.DateRange{week}}, 0, true)
	if err != nil {
		return nil, s.public(err)
	}
	for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
		found[i], found[j] = found[j], found[i] // earliest first
	}
	text := fmt.Sprintf("Here is what I wrote in my journal from %s to %s. Review the week with me: what happened, how I was, what I was "+
		"occupied with, and what is left open. Stay with what is written, quote it, and name the days.\n\n%s", long(week.From), long(week.To), textOf(found))
	return prompt("A review of the week", text), nil
}

func (s *Server) onThisDayPrompt(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	d, err := s.dayOrToday(req.Params.Arguments["date"])
	if err != nil {
		return nil, err
	}
	found, err := s.glimpses(ctx, d)
	if err != nil {
		return nil, s.public(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Here is what I wrote in my journal on %d %s of other years. Tell me what was the same and what has changed. "+
		"Stay with what is written, and name the years.\n", d.Day, d.Month)
	for _, g := range found {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", g.Date, g.Excerpt)
	}
	return prompt("This day of other years", b.String()), nil
}

func prompt(description, text string) *mcp.GetPromptResult {
	return &mcp.GetPromptResult{Description: description, Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}}
}
