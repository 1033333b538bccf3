package dates

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"daybook"
)

var update = flag.Bool("update", false, "rewrite testdata/corpus.txt with what the questions are read as; check each line that changed")

// journals are the situations in which the questions of testdata/corpus.txt are
// asked.
var journals = map[string]Options{
	"none":      {Today: phrases.Today},
	"written":   phrases,
	"ended":     {Today: phrases.Today, First: diary.First, Last: daybook.Date{Year: 2023, Month: 5, Day: 1}, Anniversaries: diary.Anniversaries},
	"old":       old,
	"new style": {Today: old.Today, First: old.First, Last: old.Last, NewStyle: true},
	"month 1st": {Today: today, First: diary.First, Last: diary.Last, MonthFirst: true},
	"no today":  {First: diary.First, Last: diary.Last},
	"in German": {Today: phrases.Today, First: phrases.First, Last: phrases.Last, Language: "German"},
	"in French": {Today: phrases.Today, First: phrases.First, Last: phrases.Last, Language: "French"},
}

// Each line of the corpus is a situation, a question, its mentions with their
// days, the days of the whole question, and the rest of it: whatever changes
// them has to be looked at. The lines are few of many thousands that were tried,
// those of which each tells a rule from the same rule with a slip in it.
func TestCorpus(t *testing.T) {
	const name = "testdata/corpus.txt"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			out.WriteString(line + "\n")
			continue
		}
		fields := strings.SplitN(line, " | ", 3)
		o, ok := journals[fields[0]]
		if !ok || len(fields) < 2 {
			t.Fatalf("%q is no line of a corpus", line)
		}
		got := fields[0] + " | " + fields[1] + " | " + readAs(Read(fields[1], o))
		if got != line && !*update {
			t.Errorf("\n\t got %s\n\twant %s", got, line)
		}
		out.WriteString(got + "\n")
	}
	if !*update {
		return
	}
	if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// readAs writes a question as the corpus has it: "~" is an approximate mention.
func readAs(q Question) string {
	var mentions []string
	for _, m := range q.Mentions {
		about := ""
		if m.Approx {
			about = "~"
		}
		mentions = append(mentions, fmt.Sprintf("%s %q %s%s", m.Kind, m.Text, about, written(m.Ranges)))
	}
	if len(q.Mentions) == 0 {
		return "no date"
	}
	rest := fmt.Sprintf("%q", q.Rest)
	if q.DateOnly {
		rest += " only"
	}
	return strings.Join(mentions, "; ") + " | " + written(q.Ranges) + " | " + rest
}
