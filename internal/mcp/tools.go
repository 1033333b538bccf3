package mcp

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/notes"
	"daybook/internal/plural"
	"daybook/internal/search"
	"daybook/internal/store"
)

// Bounds of what a tool returns.
const (
	mostResults = 50
	mostListed  = 500
	mostDays    = 1000 // that a count lists
	perResult   = 3    // passages
)

// addTool adds a tool that returns Out, as text and as structured content.
func addTool[In, Out any](s *Server, server *mcp.Server, tool *mcp.Tool, call func(context.Context, *mcp.CallToolRequest, In) (text string, out Out, err error)) {
	mcp.AddTool(server, tool, func(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, Out, error) {
		text, out, err := call(ctx, req, in)
		if err != nil {
			return nil, out, s.public(err)
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, out, nil
	})
}

// reads marks a tool that changes nothing.
func reads(title string) *mcp.ToolAnnotations {
	closed := false
	return &mcp.ToolAnnotations{Title: title, ReadOnlyHint: true, OpenWorldHint: &closed}
}

func (s *Server) addTools(server *mcp.Server) {
	addTool(s, server, &mcp.Tool{
		Name: "search", Annotations: reads("Search the journal"),
		Description: `Find the days that words, a question or a date are about. "A phrase" in quotes, -word and tag:word are understood, and days in words ("last March").`,
	}, s.search)
	addTool(s, server, &mcp.Tool{
		Name: "read_day", Annotations: reads("Read a day"), Description: "Read everything that was written for one day.",
	}, s.readDay)
	addTool(s, server, &mcp.Tool{
		Name: "list_days", Annotations: reads("List days"), Description: "List the days that have a note, newest first, with their tags.",
	}, s.listDays)
	addTool(s, server, &mcp.Tool{
		Name: "count_mentions", Annotations: reads("Count mentions"),
		Description: "Count exactly, over all days, on which days a word or a name is mentioned, and which was the first and the last. At most two words or names.",
	}, s.countMentions)
	addTool(s, server, &mcp.Tool{
		Name: "on_this_day", Annotations: reads("On this day"), Description: "What was written on this day of other years, the latest first.",
	}, s.onThisDay)
	addTool(s, server, &mcp.Tool{
		Name: "timeline", Annotations: reads("Timeline"), Description: "How often a word, a name, a phrase or a #tag is mentioned, by month or year.",
	}, s.timeline)
	addTool(s, server, &mcp.Tool{
		Name: "ask", Annotations: reads("Ask the journal"),
		Description: "Have Daybook answer a question about the journal, with the days that the answer is based on. It uses the model that the user has set, or quotes the journal if there is none.",
	}, s.ask)
}

// dayRange is days that a tool is limited to.
type dayRange struct {
	From string `json:"from,omitempty" jsonschema:"First day, YYYY-MM-DD; empty for the journal's beginning"`
	To   string `json:"to,omitempty" jsonschema:"Last day, YYYY-MM-DD; empty for its end"`
}

type searchIn struct {
	Query string   `json:"query" jsonschema:"Words, a question, or days in words"`
	Tags  []string `json:"tags,omitempty" jsonschema:"Only notes that have all of these tags"`
	Limit int      `json:"limit,omitempty" jsonschema:"How many days to find: 10 if missing, at most 50"`
	dayRange
}

// result is a note that was found, with its best passages.
type result struct {
	Days     []string `json:"days"`
	Title    string   `json:"title"`
	Tags     []string `json:"tags"`
	URI      string   `json:"uri,omitempty" jsonschema:"The resource with the whole day"`
	Passages []string `json:"passages" jsonschema:"Word for word, best first"`
}

type searchOut struct {
	Results []result `json:"results"`
	Notices []string `json:"notices"`
}

func (s *Server) search(ctx context.Context, _ *mcp.CallToolRequest, in searchIn) (string, searchOut, error) {
	out := searchOut{Results: []result{}, Notices: []string{}}
	if strings.TrimSpace(in.Query) == "" {
		return "", out, daybook.Errorf(daybook.Invalid, "Enter something to search for.")
	}
	f, err := filter(in.From, in.To, in.Tags)
	if err != nil {
		return "", out, err
	}
	found, err := s.find(ctx, in.Query, f, within(in.Limit, 10, mostResults))
	if err != nil {
		return "", out, err
	}
	out.Notices = append(out.Notices, found.Notices...)
	var b strings.Builder
	for i := range found.Results {
		r := &found.Results[i]
		shown, err := s.Searcher.Show(ctx, &found, r, perResult)
		if err != nil {
			return "", out, err
		}
		result := resultOf(&r.Entry, shown)
		out.Results = append(out.Results, result)
		fmt.Fprintf(&b, "%s\n", heading(&r.Entry))
		for _, p := range result.Passages {
			fmt.Fprintf(&b, "> %s\n\n", strings.ReplaceAll(p, "\n", "\n> "))
		}
	}
	return cmp.Or(strings.TrimSpace(b.String()), "Nothing in the journal matches."), out, nil
}

func resultOf(e *daybook.Entry, shown []search.Shown) result {
	r := result{Days: daysOf(e), Title: e.Title, Tags: append([]string{}, e.Tags...), Passages: []string{}}
	if e.Kind == daybook.Daily {
		r.URI = uriOf(e.Date())
	}
	for _, p := range shown {
		r.Passages = append(r.Passages, p.Passage.Text)
	}
	return r
}

func daysOf(e *daybook.Entry) []string {
	days := make([]string, len(e.Dates))
	for i, d := range e.Dates {
		days[i] = d.String()
	}
	return days
}

// heading names a note in a text.
func heading(e *daybook.Entry) string {
	if e.Kind == daybook.Evergreen {
		return "## " + e.Title
	}
	return "## " + strings.Join(daysOf(e), ", ")
}

// within returns n, or the default for 0, within 1 and most.
func within(n, otherwise, most int) int {
	if n == 0 {
		return otherwise
	}
	return min(max(n, 1), most)
}

type dayIn struct {
	Date string `json:"date" jsonschema:"The day, YYYY-MM-DD"`
}

// note is a note of a day.
type note struct {
	Title string   `json:"title"`
	Days  []string `json:"days"`
	Tags  []string `json:"tags"`
	Text  string   `json:"text"`
}

type dayOut struct {
	Date  string `json:"date"`
	Notes []note `json:"notes"`
}

func (s *Server) readDay(ctx context.Context, _ *mcp.CallToolRequest, in dayIn) (string, dayOut, error) {
	out := dayOut{Date: in.Date, Notes: []note{}}
	d, err := dayOf(in.Date)
	if err != nil {
		return "", out, err
	}
	found, err := s.day(ctx, d)
	if err != nil {
		return "", out, err
	}
	for _, n := range found {
		out.Notes = append(out.Notes, note{n.Title, daysOf(&n.Entry), append([]string{}, n.Tags...), n.Text})
	}
	return cmp.Or(textOf(found), "There is no note for this day."), out, nil
}

// textOf writes notes one below the other.
func textOf(list []notes.Note) string {
	var b strings.Builder
	for i := range list {
		fmt.Fprintf(&b, "%s\n\n%s\n\n", heading(&list[i].Entry), strings.TrimSpace(list[i].Text))
	}
	return strings.TrimSpace(b.String())
}

type listIn struct {
	Tags  []string `json:"tags,omitempty" jsonschema:"Only notes that have all of these tags"`
	Limit int      `json:"limit,omitempty" jsonschema:"How many: 50 if missing, at most 500"`
	dayRange
}

type listOut struct {
	Notes []listed `json:"notes"`
}

// listed is a note without its text.
type listed struct {
	Days []string `json:"days"`
	Tags []string `json:"tags"`
	URI  string   `json:"uri"`
}

func (s *Server) listDays(ctx context.Context, _ *mcp.CallToolRequest, in listIn) (string, listOut, error) {
	out := listOut{Notes: []listed{}}
	f, err := filter(in.From, in.To, in.Tags)
	if err != nil {
		return "", out, err
	}
	f.Kind = daybook.Daily
	found, err := s.list(ctx, f, within(in.Limit, 50, mostListed), false)
	if err != nil {
		return "", out, err
	}
	var b strings.Builder
	for i := range found {
		e := &found[i].Entry
		out.Notes = append(out.Notes, listed{daysOf(e), append([]string{}, e.Tags...), uriOf(e.Date())})
		fmt.Fprintf(&b, "%s %s\n", strings.Join(daysOf(e), ", "), strings.Join(e.Tags, " "))
	}
	return cmp.Or(b.String(), "There is no such day."), out, nil
}

type countIn struct {
	Words string `json:"words" jsonschema:"A word or a name, or two of them"`
	dayRange
}

type countOut struct {
	Count int      `json:"count" jsonschema:"On how many days"`
	First string   `json:"first,omitempty"`
	Last  string   `json:"last,omitempty"`
	Days  []string `json:"days" jsonschema:"Earliest first, at most 1000"`
}

func (s *Server) countMentions(ctx context.Context, _ *mcp.CallToolRequest, in countIn) (string, countOut, error) {
	out := countOut{Days: []string{}}
	f, err := filter(in.From, in.To, nil)
	if err != nil {
		return "", out, err
	}
	m, err := s.count(ctx, in.Words, f)
	if err != nil {
		return "", out, err
	}
	out.Count = len(m.Days)
	for i, d := range m.Days {
		if i < mostDays {
			out.Days = append(out.Days, d.String())
		}
	}
	if out.Count == 0 {
		return "It is mentioned on no day.", out, nil
	}
	out.First, out.Last = m.Days[0].String(), m.Days[out.Count-1].String()
	return fmt.Sprintf("Mentioned on %s, first on %s and last on %s:\n%s", plural.Count(out.Count, "day"), out.First, out.Last, strings.Join(out.Days, ", ")), out, nil
}

type onThisDayIn struct {
	Date string `json:"date,omitempty" jsonschema:"The day, YYYY-MM-DD; today if missing"`
}

type onThisDayOut struct {
	Days []glimpse `json:"days"`
}

// glimpse is the beginning of a day.
type glimpse struct {
	Date string `json:"date"`
	Text string `json:"text" jsonschema:"Its first words"`
	URI  string `json:"uri"`
}

func (s *Server) onThisDay(ctx context.Context, _ *mcp.CallToolRequest, in onThisDayIn) (string, onThisDayOut, error) {
	out := onThisDayOut{Days: []glimpse{}}
	d, err := s.dayOrToday(in.Date)
	if err != nil {
		return "", out, err
	}
	found, err := s.glimpses(ctx, d)
	if err != nil {
		return "", out, err
	}
	var b strings.Builder
	for _, g := range found {
		out.Days = append(out.Days, glimpse{g.Date.String(), g.Excerpt, uriOf(g.Date)})
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", g.Date, g.Excerpt)
	}
	return cmp.Or(strings.TrimSpace(b.String()), "Nothing was written on this day of other years."), out, nil
}

func (s *Server) dayOrToday(text string) (daybook.Date, error) {
	if text == "" {
		return daybook.DateOf(s.Now()), nil
	}
	return dayOf(text)
}

// glimpses returns the words of the same day of other years, without private notes.
func (s *Server) glimpses(ctx context.Context, d daybook.Date) ([]almanac.Glimpse, error) {
	found, err := s.Almanac.OnThisDay(ctx, d)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, g := range found {
		ids[i] = g.ID
	}
	private, err := s.Guard.Among(ctx, ids)
	if err != nil {
		return nil, err
	}
	var public []almanac.Glimpse
	for _, g := range found {
		if !g.Private && !private[g.ID] && g.Excerpt != "" {
			public = append(public, g)
		}
	}
	return public, nil
}

type timelineIn struct {
	Query string `json:"query" jsonschema:"A word, a name, words in a row or a #tag"`
	By    string `json:"by,omitempty" jsonschema:"month (if missing) or year"`
	dayRange
}

func (s *Server) timeline(ctx context.Context, _ *mcp.CallToolRequest, in timelineIn) (string, almanac.Timeline, error) {
	none := almanac.Timeline{Words: []string{}, Points: []almanac.Point{}}
	f, err := filter(in.From, in.To, nil)
	if err != nil {
		return "", none, err
	}
	by := almanac.Period(cmp.Or(in.By, string(almanac.Month)))
	if by != almanac.Month && by != almanac.Year {
		return "", none, daybook.Errorf(daybook.Invalid, "Count by month or by year.")
	}
	out, err := s.Almanac.PublicTimeline(ctx, in.Query, by, days(f))
	if err != nil {
		return "", none, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Mentioned on %s.\n", plural.Count(out.Days, "day"))
	for _, p := range out.Points {
		if p.Days > 0 {
			fmt.Fprintf(&b, "%s: %d of %s\n", p.Period, p.Days, plural.Count(p.Written, "day"))
		}
	}
	return b.String(), out, nil
}

// days returns the one range of a filter, open for none.
func days(f store.Filter) daybook.DateRange {
	if len(f.Days) == 0 {
		return daybook.DateRange{}
	}
	return f.Days[0]
}
