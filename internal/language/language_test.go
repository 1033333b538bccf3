package language

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"daybook"
)

// Every file can be read. One whose questions are understood has all sections and
// each sentence that English has, with the same values in it.
func TestFiles(t *testing.T) {
	english := Of(English)
	for _, l := range All() {
		if l.Stop == "" {
			t.Errorf("%s has no stop words", l.Name)
		}
		if !l.Asks() {
			continue
		}
		if l.Count == nil || l.First == nil || l.Last == nil || l.Mentioning == nil || l.Code == "" ||
			slices.Contains([]string{l.Phrasing, l.Verbs, l.Questions, l.Kin, l.Endings, l.Pronouns}, "") {
			t.Errorf("%s lacks a section", l.Name)
		}
		if len(l.Months) != 12 || len(l.Weekdays) != 7 || len(l.Numbers) < 28 || len(l.Forms) < 20 || len(l.Titles) == 0 {
			t.Errorf("%s lacks months, weekdays, numbers, forms or titles", l.Name)
		}
		if !slices.Equal(l.sentenceNames(), english.sentenceNames()) {
			t.Errorf("%s has other sentences than English: %q", l.Name, l.sentenceNames())
		}
		values := regexp.MustCompile(`\{\w+\}`)
		for name, s := range l.sentences {
			got, want := values.FindAllString(s, -1), values.FindAllString(english.sentences[name], -1)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: the sentence %q has %q, not %q", l.Name, name, got, want)
			}
		}
		seen := map[string]bool{}
		for _, p := range l.Dates {
			if p.Means == "" || seen[p.Text] {
				t.Errorf("%s: %q is there twice or means nothing", l.Name, p.Text)
			}
			seen[p.Text] = true
		}
	}
	if Of("de").Name != "german" || Of("German").Name != "german" || Of("").Asks() || Of("xx").Asks() {
		t.Error("a language is not found by its name or code")
	}
}

func TestDays(t *testing.T) {
	d := daybook.Date{Year: 2023, Month: 3, Day: 4}
	for name, want := range map[string]string{"english": "4 March 2023", "german": "4. März 2023", "french": "4 mars 2023", "finnish": "4 March 2023"} {
		if got := Of(name).Day(d); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := Of("finnish").Say("more days", "n", 3); got != "and 3 more" {
		t.Errorf("a language without a file says %q", got)
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct{ question, usual, want string }{
		{"What did I do in March?", "english", "english"},
		{"Was habe ich im März gemacht?", "english", "german"},
		{"Wie oft war ich im Kino?", "french", "german"},
		{"Qu'est-ce que j'ai fait en mars ?", "german", "french"},
		{"Wann war ich beim Zahnarzt?", "english", "german"},
		{"Combien de fois ai-je vu la mer ?", "english", "french"},
		{"When was I in Berlin?", "german", "english"},
		{"Berlin", "german", "german"},
		{"Kino mit Anna", "german", "german"},
		{"harbour", "english", "english"},
		{"¿Cuándo fui al mar?", "spanish", "spanish"},
	} {
		if got := Detect(c.question, c.usual); got != c.want {
			t.Errorf("%q in a journal in %s: %s", c.question, c.usual, got)
		}
	}
}

func TestOfText(t *testing.T) {
	long := func(s string) string { return strings.Repeat(s+" ", 8) }
	for text, want := range map[string]string{
		long("Heute war ich mit Anna am See und wir haben nichts gemacht."):      "german",
		long("This morning I went to the market and bought some of the apples."): "english",
		long("Ce matin je suis allé au marché avec ma mère et nous avons ri."):   "french",
		long("Hoy he ido al mercado con mi madre y no había nadie en la plaza."): "spanish",
		"Heute war ich da.": "", long("12 14 kcal km xyz"): "",
	} {
		if got := OfText(text); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

func TestMalformedFiles(t *testing.T) {
	for _, data := range []string{"[dates]\nheute", "[count]\n(", "[other]\nx", "x = y", "[sentences]\nvector"} {
		if _, err := parse(data); err == nil {
			t.Errorf("%q is read", data)
		}
	}
}

// sentenceNames returns the names of the language's sentences, sorted.
func (l Language) sentenceNames() []string {
	var names []string
	for name := range l.sentences {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
