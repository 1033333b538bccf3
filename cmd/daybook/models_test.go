package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"daybook/internal/llm/llmtest"
)

type modelsAnswer struct {
	Default   struct{ Provider, Model string }
	Providers []struct {
		Name   string
		OK     *bool
		Error  *string
		Models []string
	}
	Tasks map[string]*string
}

func (p *person) models(url string) (m modelsAnswer) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.get(url)), &m); err != nil {
		p.t.Fatal(err)
	}
	return m
}

func TestModelsAreListed(t *testing.T) {
	fake := llmtest.Start(t, llmtest.Reply("x"))
	p := newPerson(t)
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	p.env["ANTHROPIC_API_KEY"], p.env["ANTHROPIC_BASE_URL"] = "a-wrong-key", fake.BaseURL("anthropic")
	p.env["DAYBOOK_MODEL_CHAT"], p.env["DAYBOOK_MODEL_EMBEDDING"] = "openai/m-1", "none"
	url, log, _ := p.serves()
	before := p.models(url + "/models")
	if len(before.Providers) != 3 || before.Providers[0].Name != "offline" || before.Providers[0].OK == nil || before.Providers[2].OK != nil || len(before.Providers[2].Models) != 0 {
		t.Errorf("before: %+v", before)
	}
	after := p.models(url + "/models?check=true")
	anthropic, openai := after.Providers[1], after.Providers[2]
	if openai.Name != "openai" || openai.OK == nil || !*openai.OK || openai.Error != nil || !slices.Equal(openai.Models, []string{"m-1", "m-2"}) {
		t.Errorf("openai: %+v", openai)
	}
	if anthropic.Name != "anthropic" || anthropic.OK == nil || *anthropic.OK || anthropic.Error == nil || strings.Contains(*anthropic.Error, "a-wrong-key") {
		t.Errorf("anthropic: %+v", anthropic)
	}
	if after.Default.Provider != "openai" || after.Default.Model != "m-1" || *after.Tasks["chat"] != "openai/m-1" || after.Tasks["embedding"] != nil || len(after.Tasks) != 4 {
		t.Errorf("%+v", after)
	}
	if text := p.get(url+"/models") + log.String(); strings.Contains(text, llmtest.Key) || strings.Contains(text, "a-wrong-key") {
		t.Error("a key is shown")
	}
}
