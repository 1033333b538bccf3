package chat

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"daybook/internal/llm"
)

// Intent is what a question requires of the journal.
type Intent string

// The intents of the contract.
const (
	IntentRecent Intent = "recent" // the newest entries
	IntentVector Intent = "vector" // the entries nearest to the question
	IntentNone   Intent = "none"   // no search
)

// intentAnswer is the answer of the classifying model.
type intentAnswer struct {
	Intent Intent `json:"intent"`
}

var intentSchema = &llm.Schema{Name: "intent", JSON: json.RawMessage(
	`{"type":"object","properties":{"intent":{"type":"string","enum":["recent","vector","none"]}},"required":["intent"],"additionalProperties":false}`)}

// intentWord matches an intent in prose.
var intentWord = regexp.MustCompile(`(?i)\b(recent|vector|none)\b`)

// FromProse implements llm.Prose: the last intent that is named counts.
func (a *intentAnswer) FromProse(text string) bool {
	words := intentWord.FindAllString(text, -1)
	if len(words) == 0 {
		return false
	}
	a.Intent = Intent(words[len(words)-1])
	return true
}

func checkIntent(a *intentAnswer) error {
	a.Intent = Intent(strings.ToLower(strings.Trim(string(a.Intent), " \"'.<>")))
	switch a.Intent {
	case IntentRecent, IntentVector, IntentNone:
		return nil
	}
	return errors.New("intent is not one of recent, vector, none")
}

// intentTokens is the likely length of the classifying model's answer. It leaves
// room for some thinking.
const intentTokens = 1024

// classify asks the model for intents, or else the model of the request, what the
// question requires. Offline, or if that fails, it uses rules: an unneeded search is
// better than no answer. silent reports that the provider of the answer did not
// respond.
func (s *Service) classify(ctx context.Context, question string, model Model) (_ Intent, silent bool, err error) {
	answers := model.Ref.Provider
	if m, ok := s.Models.Intent(); ok {
		model = m
	}
	if model.Chat == nil {
		return intentByRules(question), false, nil
	}
	system, err := s.Prompts.Intent()
	if err != nil {
		return "", false, err
	}
	answer, _, err := llm.Ask(llm.WithTask(ctx, llm.TaskIntent), model.Chat, llm.Request{
		Model:        model.Ref.Model,
		System:       system,
		Messages:     []llm.Message{{Role: llm.User, Text: "<QUERY>" + question + "</QUERY>"}},
		Schema:       intentSchema,
		LikelyOutput: intentTokens,
		Contents:     llm.Holding(nil, question),
	}, checkIntent)
	if err == nil {
		return answer.Intent, false, nil
	}
	if ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	s.Log.Warn("classify the question by rules instead", "model", model.Ref.String(), "err", err)
	var failure *llm.Error
	silent = errors.As(err, &failure) && failure.Down && model.Ref.Provider == answers
	return intentByRules(question), silent, nil
}

var (
	recentWords = regexp.MustCompile(`(?i)\b(recent|recently|lately|latest|newest|these days|last few (days|entries|notes)|last entr(y|ies)|how (have i been|am i) doing)\b`)
	smallTalk   = regexp.MustCompile(`(?i)^\W*(hi|hello|hey|good (morning|afternoon|evening|day|night)|thanks?|thank you|thank you very much|ok|okay|bye|goodbye|help|what can you do|who are you|how are you)( there| again| so much)?\W*$`)
)

// intentByRules classifies a question by its English words.
func intentByRules(question string) Intent {
	switch {
	case smallTalk.MatchString(strings.TrimSpace(question)):
		return IntentNone
	case recentWords.MatchString(question):
		return IntentRecent
	}
	return IntentVector
}
