package llm

import (
	"strings"

	"daybook"
)

// Ref names a model of a provider.
type Ref struct{ Provider, Model string }

// String returns "provider/model".
func (r Ref) String() string { return r.Provider + "/" + r.Model }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// ParseRef reads "provider/model"; the model may contain slashes itself.
func ParseRef(s string) (Ref, error) {
	provider, model, ok := strings.Cut(s, "/")
	if provider = CanonicalProvider(provider); !ok || provider == "" || model == "" {
		return Ref{}, daybook.Errorf(daybook.Invalid, "%q is not of the form provider/model", s)
	}
	return Ref{provider, model}, nil
}

// CanonicalProvider returns the main name of a provider that has several.
func CanonicalProvider(name string) string {
	if name = strings.TrimSpace(name); name == "google-ai" {
		return "gemini"
	}
	return name
}
