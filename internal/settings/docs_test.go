package settings_test

import (
	"os"
	"strings"
	"testing"

	"daybook/internal/settings"
)

// docs/settings.md lists the settings as the program defines them.
func TestSettingsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), "<!-- settings: held to the program by a test -->\n")
	table, _, ok := strings.Cut(after, "<!-- end of settings -->")
	_, old, _ := strings.Cut(string(data), "<!-- old settings: held to the program by a test -->\n")
	old, _, _ = strings.Cut(old, "<!-- end of old settings -->")
	if want := settings.OldNames(); old != want {
		t.Errorf("docs/settings.md must list the old settings:\n%s", want)
	}
	if want := settings.Markdown(); !ok || table != want {
		t.Errorf("between its marks docs/settings.md must say:\n%s", want)
	}
}
