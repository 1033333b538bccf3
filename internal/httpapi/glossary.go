package httpapi

import (
	"context"

	"daybook/internal/glossary"
)

// Glossary stores words that were corrected in transcriptions; see
// glossary.Glossary.
type Glossary interface {
	Terms(ctx context.Context) ([]glossary.Term, error)
	Put(ctx context.Context, word string, misread []string) error
	Remove(ctx context.Context, word string) error
}

type termJSON struct {
	Word    string   `json:"word"`
	Misread []string `json:"misread" nullable:"false" doc:"What it was misread as"`
	Count   int      `json:"count" doc:"How often it was corrected"`
	Typed   bool     `json:"typed" doc:"It was typed into the glossary, or changed there"`
}

func (s *server) listGlossary(ctx context.Context, _ *struct{}) (*body[[]termJSON], error) {
	terms, err := s.Glossary.Terms(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]termJSON, len(terms))
	for i, t := range terms {
		out[i] = termJSON{Word: t.Word, Misread: list(t.Misread), Count: t.Count, Typed: t.Typed}
	}
	return reply(out)
}

type putTermInput struct {
	Body struct {
		Word    string   `json:"word" minLength:"1" maxLength:"80"`
		Misread []string `json:"misread,omitempty" maxItems:"5"`
	}
}

func (s *server) putTerm(ctx context.Context, in *putTermInput) (*body[[]termJSON], error) {
	if err := s.Glossary.Put(ctx, in.Body.Word, in.Body.Misread); err != nil {
		return nil, err
	}
	return s.listGlossary(ctx, nil)
}

type removeTermInput struct {
	Word string `query:"word" required:"true" maxLength:"200"`
}

func (s *server) removeTerm(ctx context.Context, in *removeTermInput) (*body[[]termJSON], error) {
	if err := s.Glossary.Remove(ctx, in.Word); err != nil {
		return nil, err
	}
	return s.listGlossary(ctx, nil)
}
