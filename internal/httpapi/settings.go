package httpapi

import (
	"context"

	"daybook"
)

// Settings reads and changes the settings while the server runs.
type Settings interface {
	// Fixed returns why the settings cannot be changed here, "" if they can.
	Fixed() string
	// List returns the settings that can be changed, and the providers.
	List() SettingsList
	// Change writes settings to the settings file and applies them. A nil value
	// removes a setting from the file. If it fails, nothing is changed.
	Change(ctx context.Context, changes map[string]any) error
	// PutProvider adds or changes a provider. A nil key keeps its key; ""
	// removes it. The key is never returned.
	PutProvider(ctx context.Context, name, baseURL string, key *string) error
	// RemoveProvider removes a provider and its key from the settings file.
	RemoveProvider(ctx context.Context, name string) error
	// Prompts returns the folder of edited prompts, and all prompts.
	Prompts() (folder string, list []Prompt, err error)
	// SavePrompt replaces a prompt; "" restores the built-in one.
	SavePrompt(name, text string) error
	// Test describes in sentences what a model, or without one a provider, can
	// do. It sends nothing of the journal.
	Test(ctx context.Context, provider, model string) ([]ModelTest, error)
	// Local finds the model servers on this machine.
	Local(ctx context.Context) []LocalServer
}

// SettingsList is the list of settings.
type SettingsList struct {
	File      string // the settings file; "" if there is none yet
	Settings  []Setting
	Providers []SettingsProvider
	PricesOf  string // the date of the built-in prices
}

// Setting is a setting and the source of its value.
type Setting struct {
	Name  string `json:"name"`
	Value any    `json:"value" doc:"A text, a number, true or false, a list of texts, or by model an object"`
	From  string `json:"from" doc:"default, file, or the flag or variable that overrides a change made here"`
	Fixed bool   `json:"fixed" doc:"Set by a flag or a variable, so it cannot be changed here"`
	Help  string `json:"help"`
}

// SettingsProvider is a provider that is configured or only lacks a key.
type SettingsProvider struct {
	Name      string `json:"name"`
	Protocol  string `json:"protocol" doc:"openai, anthropic or gemini"`
	BaseURL   string `json:"base_url" doc:"Empty for the provider's own address"`
	HasKey    bool   `json:"has_key"`
	KeyStored bool   `json:"key_stored" doc:"The key was entered here"`
	Ready     bool   `json:"ready" doc:"It can be used"`
	Local     bool   `json:"local" doc:"It runs on this machine"`
	Removable bool   `json:"removable" doc:"It is in the settings file"`
	// Refuses lists what its server refused, by model.
	Refuses []string `json:"refuses" nullable:"false" doc:"Parameters that its server refuses and is no longer sent, by model"`
}

// ModelTest is the result of one test.
type ModelTest struct {
	What    string `json:"what" enum:"reach,chat,window,structured,stream,tools,vision,embedding"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
}

// LocalServer is a model server on this machine.
type LocalServer struct {
	Name       string   `json:"name" doc:"For a provider"`
	Label      string   `json:"label"`
	BaseURL    string   `json:"base_url"`
	Models     []string `json:"models" nullable:"false"`
	Embeddings []string `json:"embeddings" nullable:"false" doc:"Models that embed"`
	Known      bool     `json:"known" doc:"It is set up as a provider"`
}

type settingsJSON struct {
	Allowed   bool               `json:"allowed" doc:"Whether they can be changed here"`
	Why       *string            `json:"why" doc:"Why they cannot"`
	File      *string            `json:"file" doc:"Where they are written"`
	Settings  []Setting          `json:"settings" nullable:"false"`
	Providers []SettingsProvider `json:"providers" nullable:"false"`
	PricesOf  string             `json:"prices_of" doc:"The date of the list prices, which are used where no prices are set"`
}

type settingsInput struct {
	Body struct {
		Changes map[string]any `json:"changes" doc:"New values by name; null resets a setting to its default"`
	}
}

type providerInput struct {
	Name string `path:"name" pattern:"^[a-z][a-z0-9-]*$" maxLength:"40"`
	Body struct {
		BaseURL string  `json:"base_url,omitempty" maxLength:"2000" doc:"Not for openai, anthropic and gemini, which have their own"`
		Key     *string `json:"key,omitempty" nullable:"true" maxLength:"4000" doc:"Kept in the system's keychain, or in a file that only you can read; never returned. Empty deletes it"`
	}
}

type providerName struct {
	Name string `path:"name" maxLength:"40"`
}

type testInput struct {
	Body struct {
		Provider string `json:"provider" maxLength:"40"`
		Model    string `json:"model,omitempty" maxLength:"200"`
	}
}

type testsJSON struct {
	Tests []ModelTest `json:"tests" nullable:"false"`
}

type localJSON struct {
	Servers []LocalServer `json:"servers" nullable:"false"`
}

// maySet returns why a request may not change the settings.
func (s *server) maySet(ctx context.Context) error {
	if !visitOf(ctx).near {
		return daybook.Errorf(daybook.Forbidden, "Change the settings on the computer that Daybook runs on, at http://localhost or http://127.0.0.1.")
	}
	if why := s.Settings.Fixed(); why != "" {
		return daybook.Errorf(daybook.Forbidden, "%s", why)
	}
	return nil
}

func (s *server) settings(ctx context.Context, _ *struct{}) (*body[settingsJSON], error) {
	list := s.Settings.List()
	out := settingsJSON{File: some(list.File), Settings: list.Settings, Providers: list.Providers, PricesOf: list.PricesOf, Allowed: true}
	if err := s.maySet(ctx); err != nil {
		why := daybook.PublicMessage(err)
		out.Allowed, out.Why = false, &why
	}
	return reply(out)
}

func (s *server) settingsChange(ctx context.Context, in *settingsInput) (*body[settingsJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	if err := s.Settings.Change(ctx, in.Body.Changes); err != nil {
		return nil, err
	}
	return s.settings(ctx, nil)
}

func (s *server) settingsProvider(ctx context.Context, in *providerInput) (*body[settingsJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	if err := s.Settings.PutProvider(ctx, in.Name, in.Body.BaseURL, in.Body.Key); err != nil {
		return nil, err
	}
	return s.settings(ctx, nil)
}

func (s *server) settingsProviderRemove(ctx context.Context, in *providerName) (*body[settingsJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	if err := s.Settings.RemoveProvider(ctx, in.Name); err != nil {
		return nil, err
	}
	return s.settings(ctx, nil)
}

func (s *server) settingsTest(ctx context.Context, in *testInput) (*body[testsJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	tests, err := s.Settings.Test(ctx, in.Body.Provider, in.Body.Model)
	if err != nil {
		return nil, err
	}
	return reply(testsJSON{list(tests)})
}

func (s *server) settingsLocal(ctx context.Context, _ *struct{}) (*body[localJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	return reply(localJSON{list(s.Settings.Local(ctx))})
}
