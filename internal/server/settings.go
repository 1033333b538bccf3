package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/llm"
	"daybook/internal/llm/local"
	"daybook/internal/settings"
)

// Fixed implements httpapi.Settings.
func (srv *Server) Fixed() string {
	switch {
	case srv.access == nil:
		return "Changing the journal or the settings here requires a token, and this Daybook runs without one (no_token). Change them in the settings file."
	case !srv.loopback:
		return "This Daybook can be reached from other computers, so its journal and settings can only be changed in the settings file."
	case len(srv.initial.AllowedHosts) > 0:
		return "This Daybook is served under other names too (allowed_hosts), so its journal and settings can only be changed in the settings file."
	}
	return ""
}

// editable are the settings that can be changed in the page, and how they are
// read from the settings.
var editable = []struct {
	name  string
	value func(s *settings.Settings) any
}{
	{"model_chat", func(s *settings.Settings) any { return s.Chat.String() }},
	{"model_intent", func(s *settings.Settings) any { return s.Intent.String() }},
	{"model_embedding", func(s *settings.Settings) any { return s.Embedding.String() }},
	{"model_transcription", func(s *settings.Settings) any { return s.Transcription.String() }},
	{"model_speech", func(s *settings.Settings) any { return s.Speech.String() }},
	{"model_rerank", func(s *settings.Settings) any { return s.Rerank.String() }},
	{"instructions", func(s *settings.Settings) any { return s.Instructions }},
	{"search_help", func(s *settings.Settings) any { return s.SearchHelp.String() }},
	{"chat_max_output_tokens", func(s *settings.Settings) any { return s.ChatMaxOutputTokens }},
	{"evergreen", func(s *settings.Settings) any { return s.Evergreen }},
	{"date_formats", func(s *settings.Settings) any { return texts(s.DateFormats) }},
	{"language", func(s *settings.Settings) any { return s.Language }},
	{"timezone", func(s *settings.Settings) any { return s.Timezone.String() }},
	{"anniversaries", func(s *settings.Settings) any { return texts(s.Anniversaries) }},
	{"private_tags", func(s *settings.Settings) any { return texts(s.PrivateTags) }},
	{"monthly_cap", func(s *settings.Settings) any { return s.MonthlyCap }},
	{"confirm_cost", func(s *settings.Settings) any { return s.ConfirmCost }},
	{"currency", func(s *settings.Settings) any { return s.Currency }},
	{"backup_keep", func(s *settings.Settings) any { return s.BackupKeep }},
	{"backup_dir", func(s *settings.Settings) any { return s.BackupDir }},
	{"prices", func(s *settings.Settings) any {
		return byModel(s.Prices, func(p settings.Price) any { return map[string]any{"input": p.Input, "output": p.Output} })
	}},
	{"budgets", func(s *settings.Settings) any {
		return byModel(s.Budgets, func(b settings.Budget) any {
			fields := map[string]any{}
			if b.TokensPerMinute > 0 {
				fields["tokens_per_minute"] = b.TokensPerMinute
			}
			if b.RequestsPerMinute > 0 {
				fields["requests_per_minute"] = b.RequestsPerMinute
			}
			return fields
		})
	}},
	{"context_windows", func(s *settings.Settings) any { return byModel(s.ContextWindows, func(n int) any { return n }) }},
}

func texts(list []string) []string { return append([]string{}, list...) }

func byModel[V any](values map[string]V, show func(V) any) map[string]any {
	out := map[string]any{}
	for name, v := range values {
		out[name] = show(v)
	}
	return out
}

// List implements httpapi.Settings.
func (srv *Server) List() httpapi.SettingsList {
	s := srv.current.Load().journal.Settings
	out := httpapi.SettingsList{File: s.ConfigFile, Providers: []httpapi.SettingsProvider{}, PricesOf: srv.pricesOf}
	for _, e := range editable {
		origin := s.Origin(e.name)
		from := origin
		if s.ConfigFile != "" && strings.HasPrefix(origin, s.ConfigFile) {
			from = "file"
		}
		out.Settings = append(out.Settings, httpapi.Setting{
			Name: e.name, Value: e.value(&s), From: from, Fixed: settings.Outranks(origin), Help: settings.Help(e.name),
		})
	}
	fromFile := s.ConfigFile != "" && strings.HasPrefix(s.Origin("providers"), s.ConfigFile)
	for _, p := range s.Providers {
		removable := fromFile
		if settings.IsNative(p.Name) {
			removable = p.KeyStored
		}
		out.Providers = append(out.Providers, httpapi.SettingsProvider{
			Name: p.Name, Protocol: string(p.API), BaseURL: p.BaseURL, HasKey: p.Key.IsSet(), KeyStored: p.KeyStored, Ready: true,
			Local: p.Local(), Removable: removable, Refuses: srv.refuses(p.Name),
		})
	}
	for _, p := range settings.Natives() {
		if _, ready := s.Provider(p.Name); !ready {
			out.Providers = append(out.Providers, httpapi.SettingsProvider{Name: p.Name, Protocol: string(p.API), Refuses: []string{}})
		}
	}
	return out
}

// refuses lists what the server of a provider refused, as sentences.
func (srv *Server) refuses(provider string) []string {
	list := []string{}
	for _, p := range srv.current.Load().journal.Models.Providers() {
		adapting, ok := p.Chat.(llm.Adapting)
		if p.Name != provider || !ok {
			continue
		}
		refused := adapting.Refused()
		for _, model := range slices.Sorted(maps.Keys(refused)) {
			slices.Sort(refused[model])
			list = append(list, model+" does without "+strings.Join(refused[model], ", ")+".")
		}
	}
	return list
}

// Change implements httpapi.Settings.
func (srv *Server) Change(_ context.Context, changes map[string]any) error {
	var list []settings.Change
	current := srv.current.Load().journal.Settings
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if !slices.ContainsFunc(editable, func(e struct {
			name  string
			value func(s *settings.Settings) any
		}) bool {
			return e.name == name
		}) {
			return invalidSetting(name, "There is no such setting here.")
		}
		if origin := current.Origin(name); settings.Outranks(origin) {
			return daybook.Errorf(daybook.Conflict, "%s is set by %s, which overrides a change made here.", name, origin)
		}
		one, err := changesOf(name, changes[name])
		if err != nil {
			return err
		}
		list = append(list, one...)
	}
	return srv.apply(list...)
}

func invalidSetting(name, message string) error {
	return &daybook.Error{Kind: daybook.Invalid, Field: "body.changes." + name, Message: message}
}

// changesOf returns the changes of the settings file for a value from JSON.
func changesOf(name string, value any) ([]settings.Change, error) {
	table, isTable := value.(map[string]any)
	if isTable != slices.Contains([]string{"prices", "budgets", "context_windows"}, name) && value != nil {
		return nil, invalidSetting(name, "The value has the wrong type.")
	}
	if !isTable {
		v, err := scalarOf(name, value)
		return []settings.Change{{Name: name, Value: v}}, err
	}
	var list []settings.Change
	for _, model := range slices.Sorted(maps.Keys(table)) {
		fields, isObject := table[model].(map[string]any)
		switch {
		case name == "context_windows":
			v, err := scalarOf(name, table[model])
			if err != nil {
				return nil, err
			}
			list = append(list, settings.Change{Table: []string{name}, Name: model, Value: v})
		case table[model] == nil:
			list = append(list, settings.Change{Table: []string{name, model}})
		case !isObject:
			return nil, invalidSetting(name, "The value has the wrong type.")
		}
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			v, err := scalarOf(name, fields[field])
			if err != nil {
				return nil, err
			}
			list = append(list, settings.Change{Table: []string{name, model}, Name: field, Value: v})
		}
	}
	return list, nil
}

// scalarOf returns a value from JSON as the settings file has it.
func scalarOf(name string, value any) (any, error) {
	switch v := value.(type) {
	case nil, bool:
		return v, nil
	case string:
		if v = strings.TrimSpace(strings.Join(strings.Split(v, "\n"), " ")); v == "" {
			return nil, nil
		}
		return v, nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), nil
		}
		return v, nil
	case []any:
		var list []string
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, invalidSetting(name, "The value has the wrong type.")
			}
			if text = strings.TrimSpace(text); text != "" {
				list = append(list, text)
			}
		}
		if len(list) == 0 {
			return nil, nil
		}
		return list, nil
	}
	return nil, invalidSetting(name, "The value has the wrong type.")
}

// apply changes the settings file and serves by it from now on.
func (srv *Server) apply(changes ...settings.Change) error {
	if !srv.choosing.TryLock() {
		return daybook.Errorf(daybook.Conflict, "The settings are already being changed. Try again shortly.")
	}
	defer srv.choosing.Unlock()
	var edit *settings.Edit
	s, err := settings.Settings{}, error(nil)
	if len(changes) > 0 {
		if edit, err = srv.sources.Edit(changes...); err == nil {
			s, err = edit.Load(srv.sources)
		}
	} else {
		s, err = settings.Load(srv.sources)
	}
	if err != nil {
		return changeError(err)
	}
	return srv.replace(edit, srv.running(s))
}

// changeError returns the first error about a setting as one about the change.
func changeError(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && len(joined.Unwrap()) > 0 {
		err = joined.Unwrap()[0]
	}
	var e *daybook.Error
	if errors.As(err, &e) && e.Kind == daybook.Invalid {
		return &daybook.Error{Kind: daybook.Invalid, Field: "body.changes." + e.Field, Message: plainProblem(e.Message)}
	}
	return err
}

// plainProblem leaves out the place of a setting in the file.
func plainProblem(message string) string {
	name, rest, ok := strings.Cut(message, " (")
	_, what, found := strings.Cut(rest, "): ")
	if !ok || !found {
		return message
	}
	return name + " " + what + "."
}

// PutProvider implements httpapi.Settings.
func (srv *Server) PutProvider(_ context.Context, name, baseURL string, key *string) error {
	own := settings.IsNative(name)
	switch {
	case own && baseURL != "":
		return &daybook.Error{Kind: daybook.Invalid, Field: "body.base_url", Message: "The address of this provider cannot be changed here."}
	case !own && baseURL == "":
		p, ok := srv.current.Load().journal.Settings.Provider(name)
		if !ok {
			return &daybook.Error{Kind: daybook.Invalid, Field: "body.base_url", Message: "Enter the address of the server, such as http://127.0.0.1:11434/v1."}
		}
		baseURL = p.BaseURL
	}
	if key != nil {
		if err := srv.sources.StoreKey(name, *key); err != nil {
			return err
		}
	}
	if own {
		return srv.apply()
	}
	return srv.apply(settings.Change{Table: []string{"providers", name}, Name: "base_url", Value: baseURL})
}

// RemoveProvider implements httpapi.Settings.
func (srv *Server) RemoveProvider(_ context.Context, name string) error {
	s := srv.current.Load().journal.Settings
	if _, ok := s.Provider(name); !ok {
		return daybook.Errorf(daybook.NotFound, "There is no such provider.")
	}
	for _, task := range s.TaskModels() {
		if task.Model.Provider == name {
			return daybook.Errorf(daybook.Conflict, "%s is %s. Choose another model first.", task.Setting, task.Model)
		}
	}
	if err := srv.sources.StoreKey(name, ""); err != nil {
		return err
	}
	if settings.IsNative(name) {
		return srv.apply()
	}
	return srv.apply(settings.Change{Table: []string{"providers", name}})
}

// Local implements httpapi.Settings.
func (srv *Server) Local(ctx context.Context) []httpapi.LocalServer {
	s := srv.current.Load().journal.Settings
	var out []httpapi.LocalServer
	for _, found := range local.Find(ctx, srv.ports, srv.addr) {
		known := slices.ContainsFunc(s.Providers, func(p settings.Provider) bool {
			return p.Name == found.Name || strings.TrimRight(p.BaseURL, "/") == found.BaseURL
		})
		out = append(out, httpapi.LocalServer{
			Name: found.Name, Label: found.Label, BaseURL: found.BaseURL, Models: texts(found.Models), Embeddings: texts(found.Embeddings), Known: known,
		})
	}
	return out
}

// Test implements httpapi.Settings.
func (srv *Server) Test(ctx context.Context, provider, model string) ([]httpapi.ModelTest, error) {
	j := srv.current.Load().journal
	for _, p := range j.Models.Providers() {
		if p.Name == provider {
			set, _ := j.Settings.ContextWindow(settings.Model{Provider: provider, Model: model})
			j.Windows.Forget(llm.Ref{Provider: provider, Model: model})
			return testProvider(ctx, j.Models, p, model, set), nil
		}
	}
	return nil, &daybook.Error{Kind: daybook.Invalid, Field: "body.provider", Message: fmt.Sprintf("There is no provider %s.", provider)}
}
