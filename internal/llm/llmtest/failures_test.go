package llmtest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// refusal is what a provider answers, in its own words.
type refusal struct {
	status int
	body   string
}

// What providers and gateways answer to a wrong key, an account without credit and
// an unknown model.
var refusals = map[string]map[string][]refusal{
	"openai": {
		"key":    {{401, `{"error":{"message":"Incorrect API key provided: sk-abc. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`}},
		"credit": {{429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`}},
		"model":  {{404, "{\"error\":{\"message\":\"The model `x` does not exist or you do not have access to it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}"}},
	},
	"anthropic": {
		"key": {{401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req_1"}`}},
		"credit": {
			{400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}`},
			{402, `{"type":"error","error":{"type":"billing_error","message":"There is a problem with your billing."}}`},
		},
		"model": {{404, `{"type":"error","error":{"type":"not_found_error","message":"model: x"}}`}},
	},
	"gemini": {
		"key": {
			{400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}`},
			{403, `{"error":{"code":403,"message":"Method doesn't allow unregistered callers.","status":"PERMISSION_DENIED"}}`},
		},
		"credit": {
			{429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: generate_content_free_tier_requests, limit: 0","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"43s"}]}}`},
			{429, `{"error":{"code":429,"message":"Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.","status":"RESOURCE_EXHAUSTED"}}`},
		},
		"model": {{404, `{"error":{"code":404,"message":"models/x is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models.","status":"NOT_FOUND"}}`}},
	},
	"ollama": {
		"key":    {{401, `{"error":"unauthorized"}`}},
		"credit": {{402, `{"error":"you have reached your weekly usage limit, upgrade for higher limits"}`}},
		"model": {
			{404, `{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}`},
			{404, `{"error":"model 'x' not found"}`},
		},
	},
	"openrouter": {
		"key":    {{401, `{"error":{"message":"No auth credentials found","code":401}}`}, {401, `{"error":{"message":"User not found.","code":401}}`}},
		"credit": {{402, `{"error":{"message":"Insufficient credits. Add more using https://openrouter.ai/settings/credits","code":402}}`}, {200, `{"error":{"message":"Insufficient credits","code":402}}`}},
		"model":  {{400, `{"error":{"message":"x is not a valid model ID","code":400},"user_id":"u"}`}, {404, `{"error":{"message":"No endpoints found for x.","code":404}}`}},
	},
	"litellm": {
		"key": {{401, `{"error":{"message":"Authentication Error, Invalid proxy server token passed. Received API Key = sk-...abc, Key Hash (Token) =c8c2. Unable to find token in cache or LiteLLM_VerificationTokenTable","type":"token_not_found_in_db","param":"key","code":"401"}}`},
			{400, `{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}`}},
		"credit": {{400, `{"error":{"message":"Budget has been exceeded! Current cost: 0.1, Max budget: 0.1","type":"budget_exceeded","param":null,"code":"400"}}`}, {429, `{"error":{"message":"ExceededBudget: User=u over budget. Spend=5, Budget=5","type":"budget_exceeded","param":null,"code":"429"}}`}},
		"model":  {{400, "{\"error\":{\"message\":\"/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models for your key.\",\"type\":\"invalid_request_error\",\"param\":\"model\",\"code\":\"400\"}}"}},
	},
	"azure": {
		"key":    {{401, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription."}}`}},
		"credit": {{403, `{"error":{"code":"insufficient_quota","message":"Your quota is used up."}}`}},
		"model":  {{404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`}},
	},
	"deepseek": {
		"key":    {{401, `{"error":{"message":"Authentication Fails, Your api key: ****abcd is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}`}},
		"credit": {{402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`}},
		"model":  {{400, `{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`}},
	},
	"mistral": {
		"key":    {{401, `{"detail":"Unauthorized"}`}, {401, `{"message":"Unauthorized","request_id":"r"}`}},
		"credit": {{402, `{"message":"You cannot use the API without an active subscription","request_id":"r"}`}},
		"model":  {{400, `{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500","raw_status_code":400}`}},
	},
}

// named are what the sentence for a person has to say.
var named = map[string][]string{
	"key": {"did not accept the key"}, "credit": {"quota of the account", "used up"}, "model": {"no model of this name"}, "off": {"could not be reached"},
}

// What is wrong is named within two seconds, by every provider and gateway.
func TestWhatIsWrongIsNamed(t *testing.T) {
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	ask := func(t *testing.T, name, base string) error {
		t.Helper()
		p := provider(t, name, base, "k", client)
		models, err := llm.NewModels([]llm.Provider{p}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		chat, err := models.Chat(llm.Ref{Provider: name, Model: "x"})
		if err != nil {
			t.Fatal(err)
		}
		req := llm.Request{Model: "x", Messages: []llm.Message{{Role: llm.User, Text: "Hello."}}, Schema: &llm.Schema{Name: "response", JSON: []byte(`{"type":"object","properties":{"response":{"type":"string"}},"required":["response"],"additionalProperties":false}`)}}
		for _, err := range llm.StreamText(llm.WithPolicy(t.Context(), llm.Interactive), chat, req, "response") {
			if err != nil {
				return err
			}
		}
		return nil
	}
	check := func(t *testing.T, provider, what, base string) {
		t.Helper()
		started := time.Now()
		err := ask(t, provider, base)
		message := daybook.PublicMessage(err)
		if err == nil || time.Since(started) > 2*time.Second {
			t.Fatalf("%v after %s", err, time.Since(started))
		}
		for _, words := range named[what] {
			if !strings.Contains(message, words) {
				t.Errorf("says %q", message)
			}
		}
		if strings.Contains(message, "sk-") || strings.Contains(message, "Hash") {
			t.Errorf("says what came back: %q", message)
		}
	}
	for provider, kinds := range refusals {
		for what, answers := range kinds {
			for _, answer := range answers {
				t.Run(provider+" "+what, func(t *testing.T) {
					t.Parallel()
					server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "application/json")
						w.WriteHeader(answer.status)
						_, _ = w.Write([]byte(answer.body))
					}))
					defer server.Close()
					check(t, provider, what, server.URL)
				})
			}
		}
		t.Run(provider+" off", func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.NotFoundHandler())
			server.Close()
			check(t, provider, "off", server.URL)
		})
	}
}
