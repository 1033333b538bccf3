package analysis

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/prompts"
)

// brief tells the analysts what to look for.
type brief struct {
	Subyear string `json:"subyear"`
	Year    string `json:"year"`
	Final   string `json:"final"`
}

// maxBrief bounds a brief, in bytes; promptTokens has room for it.
const maxBrief = 1_200

func (b *brief) check() error {
	for name, text := range map[string]*string{"subyear": &b.Subyear, "year": &b.Year, "final": &b.Final} {
		if strings.TrimSpace(*text) == "" {
			return fmt.Errorf("the property %q is blank", name)
		}
		*text = shortened(*text, maxBrief)
	}
	return nil
}

// FromProse implements llm.Prose: the same text briefs all analysts.
func (b *brief) FromProse(text string) bool {
	*b = brief{text, text, text}
	return true
}

// shortened returns the beginning of a text, at most n bytes of whole words.
func shortened(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:max(strings.LastIndexByte(text[:n], ' '), n/2)], "")
}

// withoutBrief briefs the analysts where the model gave no brief.
var withoutBrief = brief{
	"Look for whatever bears on the question, and for what speaks against the obvious answer.",
	"Say what bears on the question: what held through the year, what changed, and when.",
	"Answer the question from what was found.",
}

// answer is a model's answer in a step.
type answer struct {
	Reasoning string   `json:"reasoning" llm:"optional"`
	Analysis  string   `json:"analysis"`
	Excerpts  []string `json:"excerpts"`
}

// quotedWords matches what may be a quotation in prose.
var quotedWords = regexp.MustCompile(`"([^"\n]{12,400})"|“([^”\n]{12,400})”`)

// FromProse implements llm.Prose: the text is the analysis, and what it quotes
// the excerpts.
func (a *answer) FromProse(text string) bool {
	*a = answer{Analysis: text, Excerpts: []string{}}
	for _, m := range quotedWords.FindAllStringSubmatch(text, most) {
		a.Excerpts = append(a.Excerpts, m[1]+m[2])
	}
	return true
}

func (a *answer) check() error {
	if strings.TrimSpace(a.Analysis) == "" {
		return fmt.Errorf("the property %q is blank", "analysis")
	}
	return nil
}

// comparison is a model's answer in the last step of a comparison.
type comparison struct {
	Reasoning string `json:"reasoning" llm:"optional"`
	Analysis  string `json:"analysis"`
	Periods   []struct {
		Analysis string `json:"analysis"`
		Claims   []struct {
			Claim    string   `json:"claim"`
			Excerpts []string `json:"excerpts"`
		} `json:"claims"`
	} `json:"periods"`
}

func (c *comparison) check(periods int) error {
	if strings.TrimSpace(c.Analysis) == "" {
		return fmt.Errorf("the property %q is blank", "analysis")
	}
	if len(c.Periods) != periods {
		return fmt.Errorf("the property %q must have %d objects, one for each part", "periods", periods)
	}
	return nil
}

// object returns the schema of an object; fields are pairs of a name and its
// schema.
func object(fields ...string) string {
	var properties, required []string
	for i := 0; i < len(fields); i += 2 {
		properties = append(properties, fmt.Sprintf("%q:%s", fields[i], fields[i+1]))
		required = append(required, fmt.Sprintf("%q", fields[i]))
	}
	return `{"type":"object","properties":{` + strings.Join(properties, ",") + `},"required":[` + strings.Join(required, ",") + `],"additionalProperties":false}`
}

func array(of string) string { return `{"type":"array","items":` + of + `}` }

const text = `{"type":"string"}`

func briefSchema() *llm.Schema {
	return &llm.Schema{Name: "briefs", JSON: json.RawMessage(object("subyear", text, "year", text, "final", text))}
}

func answerSchema() *llm.Schema {
	return &llm.Schema{Name: "analysis", JSON: json.RawMessage(object("reasoning", text, "analysis", text, "excerpts", array(text)))}
}

func comparisonSchema() *llm.Schema {
	claim := object("claim", text, "excerpts", array(text))
	period := object("analysis", text, "claims", array(claim))
	return &llm.Schema{Name: "comparison", JSON: json.RawMessage(object("reasoning", text, "analysis", text, "periods", array(period)))}
}

// questionBlock is the part of every prompt about the question.
func questionBlock(req Request) string {
	block := "<QUERY>" + tame(req.Query) + "</QUERY>"
	if req.Focus != "" {
		block += "\n<FOCUS>" + tame(req.Focus) + "</FOCUS>"
	}
	return block
}

// asker builds the requests of one analysis.
type asker struct {
	prompts  *prompts.Set
	model    Model
	req      Request
	sizes    sizes
	question string
	count    func(string) int
}

// frameTokens is a generous estimate of the tokens around a request's texts.
const frameTokens = 50

// request builds a request that contains text of the entries ids, and counts its
// input; bodyTokens are the tokens of body.
func (a *asker) request(ids []string, system, body string, bodyTokens, out int, schema *llm.Schema) llm.Request {
	return llm.Request{
		Model: a.model.Ref.Model, System: system, Schema: schema, MaxOutputTokens: a.model.Output, LikelyOutput: out,
		Messages:    []llm.Message{{Role: llm.User, Text: a.question + body}},
		Contents:    llm.Holding(ids, a.req.Query, a.req.Focus),
		InputTokens: a.count(system) + a.count(a.question) + bodyTokens + a.count(string(schema.JSON)) + frameTokens,
	}
}

// briefOut is the likely length of the answer with the briefs, in tokens.
const briefOut = 1_500

func (a *asker) brief() (llm.Request, error) {
	system, err := a.prompts.Analyst()
	out := briefOut
	if tpm := a.model.TokensPerMinute; tpm > 0 {
		out = min(out, max(tpm/4, leastAnswer))
	}
	return a.request(nil, system, "", 0, out, briefSchema()), err
}

func (a *asker) chunk(b brief, c chunk) (llm.Request, error) {
	system, err := a.prompts.Subyear(prompts.Analysis{Analyst: b.Subyear})
	return a.request(c.entries(), system, "\n<ENTRIES>\n"+c.text()+"</ENTRIES>", c.tokens()+frameTokens, a.sizes.chunkOut, answerSchema()), err
}

// given is a part as passed to a step.
type given struct {
	name string // of a period; "" for others
	days daybook.DateRange
	part *Part
}

func (g given) text() string {
	var b strings.Builder
	b.WriteString("<PART")
	if g.name != "" {
		fmt.Fprintf(&b, " name=%q", tame(g.name))
	}
	fmt.Fprintf(&b, " days=\"%s to %s\">\n%s\n", g.days.From, g.days.To, tame(strings.TrimSpace(g.part.Analysis)))
	for _, q := range g.part.Quotations {
		if q.Verified {
			fmt.Fprintf(&b, "- %s: \"%s\"\n", q.Date, tame(q.Text))
		}
	}
	b.WriteString("</PART>\n")
	return b.String()
}

// reduce builds the request that combines parts. Unread names what could not be
// read.
func (a *asker) reduce(b brief, n *node, parts []given, unread []string) (llm.Request, error) {
	var body strings.Builder
	body.WriteString("\n<PARTS>\n")
	for _, g := range parts {
		body.WriteString(g.text())
	}
	body.WriteString("</PARTS>")
	if len(unread) > 0 {
		body.WriteString("\n<UNREAD>\n" + tame(strings.Join(unread, "\n")) + "\n</UNREAD>")
	}
	system, schema := "", answerSchema()
	var err error
	switch {
	case n.year != 0:
		system, err = a.prompts.Year(prompts.Analysis{Analyst: b.Year})
	case n.kind == FinalStep && len(a.req.Periods) > 0:
		schema = comparisonSchema()
		system, err = a.prompts.Compare(prompts.Analysis{Analyst: b.Final})
	default:
		system, err = a.prompts.Final(prompts.Analysis{Analyst: b.Final, Round: n.kind == RoundStep})
	}
	return a.request(n.ids, system, body.String(), a.count(body.String()), a.sizes.partOut, schema), err
}

// keyOf names a step by everything that its answer depends on: the model, the
// prompt, and the contents and identities of what it reads.
func keyOf(ref llm.Ref, req llm.Request, ids []string) string {
	h := sha256.New()
	for _, field := range []string{
		"1", ref.String(), req.System, req.Messages[0].Text, string(req.Schema.JSON), fmt.Sprint(req.LikelyOutput), strings.Join(ids, " "),
	} {
		fmt.Fprintf(h, "%d:%s", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}
