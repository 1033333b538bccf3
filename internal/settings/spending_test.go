package settings

import (
	"strings"
	"testing"
)

func TestPricesAndCaps(t *testing.T) {
	s, err := Load(sources(t, nil, nil, `
monthly_cap = 20
confirm_cost = 0.5
currency = "EUR"
[prices."openai/gpt-x"]
input = 0.25
output = 2
[prices.gemini]
input = 1
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.MonthlyCap != 20 || s.ConfirmCost != 0.5 || s.Currency != "EUR" || s.Prices["openai/gpt-x"] != (Price{0.25, 2}) || s.Prices["gemini"] != (Price{Input: 1}) {
		t.Errorf("%+v", s)
	}
	s, err = Load(sources(t, nil, map[string]string{"DAYBOOK_MONTHLY_CAP": "12.50"}, ""))
	if err != nil || s.MonthlyCap != 12.5 || s.Currency != "USD" || s.AnalysisAtOnce != 16 {
		t.Errorf("%+v, %v", s, err)
	}
	for file, says := range map[string]string{
		"monthly_cap = -1":                                      "monthly_cap",
		"monthly_cap = \"much\"":                                "monthly_cap",
		"currency = \"dollars\"":                                "three capitals",
		"[prices.nobody]\ninput = 1":                            "no provider",
		"[prices.openai]\nthinking = 1":                         "no such setting",
		"[prices.openai]\ninput = nan":                          "0 or more",
		"[prices.openai]\ninput = \"1\"":                        "0 or more",
		"analysis_at_once = 0":                                  "analysis_at_once",
		"[prices.gemini]\ninput=1\n[prices.google-ai]\ninput=1": "twice",
	} {
		if _, err := Load(sources(t, nil, nil, file)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", file, err, says)
		}
	}
}
