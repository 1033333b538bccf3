package settings

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// API is a protocol that providers speak.
type API string

// The protocols.
const (
	OpenAI    API = "openai"
	Anthropic API = "anthropic"
	Gemini    API = "gemini"
)

// Models that are no provider's.
const (
	// offline answers by quoting.
	offline = "offline"
	// BuiltIn is the embedding model that runs in this process.
	BuiltIn = "builtin"
	// None turns a task off.
	None = "none"
)

// Provider is a provider that can be used: it has a key, or it speaks
// OpenAI's protocol at an address of its own.
type Provider struct {
	Name       string // as in "provider/model"
	API        API
	BaseURL    string // "" is the protocol's own; otherwise http or https, and a host
	Key        Secret
	JSONSchema bool // it takes a JSON schema for its answers
	KeyStored  bool // its key was stored by Daybook, not by the environment or the file
}

// Local reports whether the provider is a server on this machine: at localhost
// or a loopback address, since other names may resolve to anything.
func (p Provider) Local() bool {
	u, err := url.Parse(p.BaseURL)
	return err == nil && (&loader{}).loopback(u.Hostname())
}

// Model names a model of a provider. It has the fields of llm.Ref, to
// which it converts.
type Model struct{ Provider, Model string }

// nativeProvider is a provider whose key and address are settings of their own.
type nativeProvider struct {
	Provider
	needs string // what to set so that it can be used
}

var natives = []nativeProvider{
	{Provider{Name: "openai", API: OpenAI, JSONSchema: true}, "OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"},
	{Provider{Name: "anthropic", API: Anthropic, JSONSchema: true}, "ANTHROPIC_API_KEY"},
	{Provider{Name: "gemini", API: Gemini, JSONSchema: true}, "GOOGLE_API_KEY or GEMINI_API_KEY"},
}

// Natives returns the providers that every Daybook knows, without keys.
func Natives() []Provider {
	all := make([]Provider, len(natives))
	for i, p := range natives {
		all[i] = p.Provider
	}
	return all
}

// IsNative reports whether every Daybook knows a provider with that name.
func IsNative(name string) bool { return slices.Contains(nativeNames(), name) }

func nativeNames() []string {
	names := make([]string, len(natives))
	for i, p := range natives {
		names[i] = p.Name
	}
	return names
}

func keyOf(native string) value {
	return key(func(d *draft) *Secret { return &d.provider(native).Key })
}

func addressOf(native string) value {
	return baseURL(func(d *draft) *string { return &d.provider(native).BaseURL })
}

// IsZero reports whether m names nothing.
func (m Model) IsZero() bool { return m == Model{} }

// String returns "provider/model", the provider alone where there is no
// model, and "" for the zero Model.
func (m Model) String() string {
	if m.Model == "" {
		return m.Provider
	}
	return m.Provider + "/" + m.Model
}

var providerName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// splitModel reads "provider/model"; the model may hold slashes itself.
func splitModel(s string) (Model, error) {
	provider, name, _ := strings.Cut(strings.TrimSpace(s), "/")
	if provider = canonical(provider); !providerName.MatchString(provider) || name == "" || strings.TrimSpace(name) != name {
		return Model{}, errors.New("must be provider/model, such as openai/gpt-5-mini")
	}
	return Model{provider, name}, nil
}

// model is a task's. Besides a provider's it may be one of the words.
func model(at func(*draft) *Model, words ...string) value {
	return scalar(at, func(in input) (Model, error) {
		s, err := in.text()
		switch {
		case err != nil:
			return Model{}, err
		case s == "" && len(words) == 0:
			return Model{}, nil
		case slices.Contains(words, s):
			return Model{Provider: s}, nil
		}
		m, err := splitModel(s)
		if err == nil && slices.Contains(ours, m.Provider) {
			err = fmt.Errorf("cannot be a model of %s, which has no others", m.Provider)
		}
		if err != nil && len(words) > 0 {
			err = fmt.Errorf("%w, or %s alone", err, strings.Join(words, " or "))
		}
		return m, err
	}, Model.String)
}

// ours are the models that are no provider's.
var ours = []string{offline, BuiltIn, None}

// candidate is a provider that may lack what it needs.
type candidate struct {
	Provider
	address string // the setting of its base URL, for messages
	origin  string // where that came from
	needs   string // what to set so that it can be used, "" when it can
}

// candidates returns every provider that the settings speak of.
func (l *loader) candidates() []candidate {
	d := &l.draft
	var all []candidate
	for _, p := range d.native {
		c := candidate{Provider: p.Provider, address: p.Name + "_base_url"}
		c.origin = l.origins[c.address]
		ownServer := p.API == OpenAI && p.BaseURL != ""
		if !ownServer && !p.Key.IsSet() {
			c.needs = p.needs
		}
		all = append(all, c)
	}
	for _, e := range d.endpoints {
		c := candidate{Provider: e.Provider, address: "providers." + e.Name + ".base_url"}
		if c.origin = l.origins["providers"]; !strings.HasPrefix(c.origin, "DAYBOOK_") {
			c.origin = l.file.at("providers", e.Name, "base_url")
		}
		if !e.Key.IsSet() {
			c.needs = e.keyEnv
		}
		all = append(all, c)
	}
	return all
}

// checkProviders keeps the providers that can be used.
func (l *loader) checkProviders(all []candidate) {
	for _, c := range all {
		if l.public(c.BaseURL) && !l.draft.InsecureHTTP {
			l.problem(c.address, c.origin, "http would carry the journal unencrypted through the internet: "+
				"use https, or set insecure_http to true where the network is your own")
		}
		if c.needs == "" {
			l.draft.Providers = append(l.draft.Providers, c.Provider)
		}
	}
	slices.SortFunc(l.draft.Providers, func(a, b Provider) int { return strings.Compare(a.Name, b.Name) })
}

// TaskModel is the model that a setting names for a task.
type TaskModel struct {
	Setting string // such as "model_chat"
	Model   Model  // may be zero
}

// TaskModels returns the models of all tasks.
func (s *Settings) TaskModels() []TaskModel {
	return []TaskModel{
		{"model_chat", s.Chat}, {"model_intent", s.Intent}, {"model_embedding", s.Embedding},
		{"model_transcription", s.Transcription}, {"model_speech", s.Speech}, {"model_rerank", s.Rerank},
	}
}

// checkTasks holds every task to a provider that can do it.
func (l *loader) checkTasks(all []candidate) {
	d := &l.draft
	for _, task := range d.TaskModels() {
		name := task.Model.Provider
		i := slices.IndexFunc(all, func(c candidate) bool { return c.Name == name })
		switch {
		case name == "" || slices.Contains(ours, name):
		case i < 0:
			l.wrong(task.Setting, "there is no provider %s: it must be %s or a table [providers.%s] in the settings file", name, strings.Join(nativeNames(), ", "), name)
		case all[i].needs != "":
			l.wrong(task.Setting, "%s cannot be asked without a key: set %s", name, all[i].needs)
		case task.Setting == "model_speech" && slices.Contains([]API{Anthropic, Gemini}, all[i].API):
			l.wrong(task.Setting, "%s transcribes no recordings: name a model of a provider with OpenAI's protocol", name)
		case task.Setting == "model_rerank" && all[i].API != OpenAI:
			l.wrong(task.Setting, "%s orders no passages: name a model of a server with POST /rerank, in a table [providers.NAME]", name)
		case all[i].API == Anthropic && task.Setting == "model_embedding":
			l.wrong(task.Setting, "anthropic has no embeddings: name a model of another provider")
		}
	}
}
