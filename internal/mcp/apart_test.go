package mcp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// secrets are private notes with words, names, spellings, compounds, tags and
// days that no public note has.
var secrets = map[string]string{
	"03-08-1999.md": "---\nprivate: true\n---\nThe first day of all, in Marrakesh. #travel/morocco",
	"03-07-2023.md": "---\nprivate: true\n---\nQuarrel by the lakeside with Zephyrine Oda-Holm; beehives, bookseller, four degrees.",
	"01-06-2024.md": "Zephyrine wept. The lakee was thawing, tea, tea and tea. #private #swimming/winter",
	"02-11-2024.md": "Oda Lindqvist and cousin Oda Berg came, e-mail from the bakery. #private",
	"05-05-2031.md": "---\ntags: [private]\n---\nBees, bees, bees: a swarm over the bakehouse.",
}

// questions are asked by all tools. Half of their words are in private notes only.
func questions() []string {
	list := []string{
		"lake", "lakee", "lakes", "lakeside", "Zephyrine", "zephyrine", "Zefyrine", "who is Zephyrine", "Marrakesh", "Marakesh", "Morocco",
		"bees", "bee", "beehives", "beehive", "bee hive", "hives", "book", "books", "bookseller", "book seller", "bake", "baker", "bakery",
		"bakehouse", "email", "e-mail", "e mail", "tea", "teas", "tea with Oda", "Oda", "Oda Lindqvist", "Oda Berg", "cousin Oda", "Oda Holm",
		"swarm", "swarms", "quarrel", "quarreled", "wept", "weep", "thaw", "thawing", "degrees", "four degrees", "\"four degrees\"",
		"\"by the lake\"", "\"wept by the lake\"", "\"tea and tea\"", "tag:swimming", "tag:private", "#swimming/winter", "#travel", "#travel/morocco",
		"tag:reading bees", "-bees lake", "lake -Zephyrine", "yesterday", "in 1999", "in 2031", "in March 2023", "on January 6 2024", "7 March 2023",
		"first time", "the first time I saw bees", "when did I last see bees", "how often did I mention bees", "how often Zephyrine", "last time in Marrakesh",
		"how many times tea", "the day after I quarreled", "the week after Zephyrine wept", "the day after I had tea with Oda", "what happened in winter",
		"am I happy", "xylophone", "frozen", "frozn", "breakfast", "brekfast", "a swarm of bees over the lake", "", "the", "?", "last summer", "in the 90s",
	}
	for d := range 28 {
		list = append(list, fmt.Sprintf("2024-01-%02d", d+1))
	}
	return list
}

// answers are everything that another program can learn by asking.
func answers(t *testing.T, w *world) map[string]string {
	session := w.connect(nil, false, false)
	out := map[string]string{}
	ask := func(tool string, arguments map[string]any) {
		t.Helper()
		r := must(session.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments}))(t)
		what := must(json.Marshal(arguments))(t)
		out[tool+string(what)] = string(must(json.Marshal(r))(t))
	}
	for _, q := range questions() {
		ask("search", map[string]any{"query": q})
		ask("count_mentions", map[string]any{"words": q})
		ask("timeline", map[string]any{"query": q, "by": "year"})
		ask("ask", map[string]any{"question": q})
	}
	for _, tag := range []string{"", "swimming", "private", "travel", "reading"} {
		ask("list_days", map[string]any{"tags": []string{tag}})
	}
	for _, d := range []string{"2024-01-05", "2024-01-06", "2023-03-07", "1999-03-08", "2024-02-11", "2031-05-05", "2024-02-10"} {
		ask("read_day", map[string]any{"date": d})
		ask("on_this_day", map[string]any{"date": d})
	}
	for _, d := range must(session.ListResources(t.Context(), nil))(t).Resources {
		out["resource "+d.URI] = d.Title
	}
	return out
}

// Another program can't tell whether a journal has private notes, and what is in
// them.
func TestPrivateNotesChangeNoAnswer(t *testing.T) {
	public := map[string]string{}
	for name, text := range diary {
		if name != "01-05-2022.md" && name != "03-10-2024.md" { // the private ones
			public[name] = text
		}
	}
	for i := range 12 {
		public[fmt.Sprintf("04-%02d-2024.md", i+1)] = fmt.Sprintf("Cold tea again, %d pages, the boat at the lake, a note to the baker.", 3*i)
	}
	both := maps.Clone(public)
	maps.Copy(both, secrets)
	without := answers(t, worldOf(t, public, "offline", nil))
	with := answers(t, worldOf(t, both, "offline", nil))
	differ := 0
	for what, want := range without {
		if got := with[what]; got != want {
			if differ++; differ < 20 {
				t.Errorf("%s: with private notes\n%s\nand without\n%s", what, got, want)
			}
		}
	}
	if len(with) != len(without) {
		t.Errorf("%d answers with private notes, %d without", len(with), len(without))
	}
	t.Logf("%d of %d answers differ", differ, len(without))
}
