package llmhttp

import (
	"net/http"
	"regexp"
	"strings"

	"daybook/internal/llm"
)

// The codes of failures that a person can do something about: OpenAI's names, and two
// of ours.
const (
	tooLong    = llm.CodeTooLong
	noCredit   = "insufficient_quota"
	noModel    = llm.CodeNoModel
	badRegion  = "unsupported_country_region_territory"
	unverified = "organization_not_verified"
	loading    = llm.CodeLoading
	noChat     = "not_a_chat_model"
	badKey     = "invalid_api_key"
)

// signs match the servers' messages for these failures, in lower case. The first match
// counts.
var signs = []struct {
	code string
	says *regexp.Regexp
}{
	{tooLong, regexp.MustCompile(`context[ _-]?(length|window|size)|maximum context|prompt is too long|input is too long|too many (input )?tokens|exceeds? the (maximum|available) (context|number of tokens|input)|n_ctx|too large to process|must have less than \d+ tokens|model_max_prompt_tokens`)},
	// LiteLLM looks a key that it does not know up in a database, which it may lack.
	{badKey, regexp.MustCompile(`no_db_connection|no connected db|api[ _-]key (is )?(not valid|invalid)|(invalid|incorrect|wrong) (api|x-api|proxy server)[ _-](key|token)`)},
	{unverified, regexp.MustCompile(`organi[sz]ation must be verified|verify organi[sz]ation`)},
	{badRegion, regexp.MustCompile(`unsupported_country|(country|region|territory|location)[a-z, ]* (is )?not supported|not available in your (country|region)`)},
	{noCredit, regexp.MustCompile(`insufficient[ _](quota|credit|balance|funds)|credit balance|out of credits|billing[ _](hard )?limit|payment required|budget[ _](has been )?exceeded|over budget|exceeded ?budget|credits (are|were) (depleted|exhausted|used up)|no (more |remaining )?credits|without an active subscription|\blimit: 0\b`)},
	{noChat, regexp.MustCompile(`not a chat model|does not support (chat|generatecontent)|not supported in the v1/chat/completions`)},
	{loading, regexp.MustCompile(`loading( the)? model|model is (still |currently )?loading`)},
	{noModel, regexp.MustCompile(`model_not_found|no such model|unknown model|invalid model name|model\b.{0,200}?(not found|does not exist|is not a valid model|not exist)|not a valid model id|invalid[ _]model\b|no endpoints found for|deploymentnotfound|deployment for this resource does not exist|failed to load model|model has crashed`)},
}

// recognize returns the code of a failure: one of ours if the status, the
// provider's code or its text match one, else the provider's. The text is not kept.
func recognize(status int, code, text string) string {
	says := strings.ToLower(code + " " + text)
	for _, sign := range signs {
		if fits(sign.code, status) && sign.says.MatchString(says) {
			return sign.code
		}
	}
	return code
}

// fits reports whether a failure can have a status; 0 means that it came in an answer.
func fits(code string, status int) bool {
	switch code {
	case badKey: // other statuses say it themselves
		return status == 0 || status == http.StatusBadRequest
	case loading:
		return status == 0 || status >= 500
	case tooLong: // 429 speaks of tokens as well, those of a minute
		return status != http.StatusTooManyRequests && status != http.StatusUnauthorized
	case noModel:
		return status == 0 || status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusForbidden || status == http.StatusUnprocessableEntity
	}
	return status != http.StatusUnauthorized
}
