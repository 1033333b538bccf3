package main

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"daybook/internal/llm/llmtest"
)

// asked returns the models that were asked for the vector of a question.
func asked(fake *llmtest.Server, question string) (models []string) {
	for _, r := range fake.Requests() {
		if slices.Equal(r.Inputs, []string{question}) {
			models = append(models, r.Model)
		}
	}
	return models
}

// The vectors of another model are built beside those that serve: questions go
// to the model of before until they are complete, also after a restart, and by
// words with a notice where it cannot be asked.
func TestAnotherEmbeddingModel(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda.", "01-06-2024.md": "Baked a cake with quinces."})
	var stuck atomic.Bool
	stuck.Store(true)
	fake := p.embeds(func(r llmtest.Request) llmtest.Script {
		building := strings.HasSuffix(r.Model, "-large") && slices.ContainsFunc(r.Inputs, func(text string) bool { return strings.Contains(text, "Oda") })
		if building && stuck.Load() {
			return llmtest.Script{Status: 400, Code: "stuck"}
		}
		return llmtest.Script{}
	})
	if out, errs, code := p.types("index"); code != exitOK || !strings.Contains(out, "2 passages embedded") {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "openai/text-embedding-3-large"
	for _, question := range []string{"zeppelins", "gyroscopes"} { // neither stands in the journal
		server, log, stop := p.serves()
		eventually(t, func() bool { return strings.Contains(p.get(server+"/ingest"), `"embedding_error":"`) })
		if body := p.get(server + "/search?q=" + question); !strings.Contains(body, "2024-01-05") || !strings.Contains(body, `"notices":["Nothing in the journal mentions “`+question+`”; these are only the nearest entries."]`) {
			t.Errorf("found %s", body)
		}
		if models := asked(fake, question); !slices.Equal(models, []string{"text-embedding-3-small"}) {
			t.Errorf("%s was embedded by %q", question, models)
		}
		if status := p.get(server + "/ingest"); !strings.Contains(status, `"embedding_model":"openai/text-embedding-3-large","serving_model":"openai/text-embedding-3-small"`) {
			t.Errorf("status %s", status)
		}
		if !strings.Contains(log.String(), "searches use those of openai/text-embedding-3-small until they are complete") {
			t.Errorf("log\n%s", log)
		}
		stop()
	}
	if out, _, code := p.types("index"); code != exitFailure || !strings.Contains(out, "have a vector of openai/text-embedding-3-large; searches use those of openai/text-embedding-3-small until") {
		t.Errorf("index: %d\n%s", code, out)
	}
	if out, _, _ := p.types("check"); !strings.Contains(out, "of 2 passages have a vector of openai/text-embedding-3-large; searches use those of openai/text-embedding-3-small") {
		t.Errorf("check:\n%s", out)
	}

	// A provider that is not set up any more is not asked.
	config := filepath.Join(p.dir, "other.toml")
	if err := os.WriteFile(config, []byte("[providers.other]\nbase_url = \""+fake.BaseURL("openai")+"\"\napi_key = \""+llmtest.Key+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["DAYBOOK_CONFIG"] = config
	key := p.env["OPENAI_API_KEY"]
	delete(p.env, "OPENAI_API_KEY")
	delete(p.env, "OPENAI_BASE_URL")
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "other/text-embedding-3-large"
	out, errs, _ := p.types("search", "quinces")
	if !strings.Contains(out, "2024-01-06") || !strings.Contains(out, "by words only: the vectors of other/text-embedding-3-large are not complete") || len(asked(fake, "quinces")) > 0 {
		t.Errorf("out\n%s%s", out, errs)
	}
	delete(p.env, "DAYBOOK_CONFIG")
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"], p.env["DAYBOOK_MODEL_EMBEDDING"] = key, fake.BaseURL("openai"), "openai/text-embedding-3-large"

	stuck.Store(false)
	server, _, stop := p.serves()
	eventually(t, func() bool {
		return strings.Contains(p.get(server+"/ingest"), `"serving_model":"openai/text-embedding-3-large"`)
	})
	if body := p.get(server + "/search?q=" + url.QueryEscape("velodromes")); !strings.Contains(body, "2024-01-05") || !slices.Equal(asked(fake, "velodromes"), []string{"text-embedding-3-large"}) {
		t.Errorf("embedded by %q, found %s", asked(fake, "velodromes"), body)
	}
	stop()
	if out, errs, code := p.types("index"); code != exitOK {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if out, _, _ := p.types("check"); strings.Contains(out, "text-embedding-3-small") {
		t.Errorf("the old vectors are still there:\n%s", out)
	}
}
