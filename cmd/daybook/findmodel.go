package main

import (
	"context"
	"strings"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/local"
	"daybook/internal/settings"
)

// named returns the model of a name without a provider, or the one set for
// chats for "".
func (a *app) named(ctx context.Context, model string) (llm.Ref, error) {
	if model == "" {
		return a.ChatDefault(), nil
	}
	if ref, err := llm.ParseRef(model); err == nil {
		if _, ok := a.Settings.Provider(ref.Provider); ok {
			return ref, nil
		}
	}
	return a.findModel(ctx, model)
}

// findModel returns the model that a person names without its provider, among
// those that the providers have. The one set for chats goes first.
func (a *app) findModel(ctx context.Context, name string) (llm.Ref, error) {
	preferred := a.ChatDefault().Provider
	var found []llm.Ref
	for _, p := range a.Catalog.States(ctx, true) {
		model, ok := local.Has(p.Models, name)
		switch {
		case ok && p.Name == preferred:
			return llm.Ref{Provider: p.Name, Model: model}, nil
		case ok:
			found = append(found, llm.Ref{Provider: p.Name, Model: model})
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		names := make([]string, len(found))
		for i, ref := range found {
			names[i] = ref.Provider
		}
		return llm.Ref{}, daybook.Errorf(daybook.Invalid, "%s is offered by %s; choose one with --provider", name, strings.Join(names, " and "))
	}
	if _, ok := a.Models.Task(llm.TaskChat); ok { // a provider need not list all that it has
		return llm.Ref{Provider: preferred, Model: name}, nil
	}
	return llm.Ref{}, daybook.Errorf(daybook.Invalid, "no provider has the model %s; daybook check shows the providers that are set up", name)
}

// withLocal returns settings that also have the server of this machine with a
// model that a person names, if no provider is set up that may have it.
func withLocal(ctx context.Context, s settings.Settings, ports []local.Port, name string) settings.Settings {
	for _, server := range local.Find(ctx, ports, nil) {
		if _, ok := local.Has(server.Models, name); !ok {
			continue
		}
		for _, p := range s.Providers {
			if p.Name == server.Name || p.BaseURL == server.BaseURL {
				return s
			}
		}
		s.Providers = append(s.Providers[:len(s.Providers):len(s.Providers)], settings.Provider{
			Name: server.Name, API: settings.OpenAI, BaseURL: server.BaseURL, JSONSchema: true,
		})
		return s
	}
	return s
}
