package settings_test

import (
	"os"
	"strings"
	"testing"

	"daybook/internal/settings"
)

// The README's reference of the settings is the program's own.
func TestREADMEHasTheSettings(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), "<!-- settings: held to the program by a test -->\n")
	table, _, ok := strings.Cut(after, "<!-- end of settings -->")
	if want := settings.Markdown(); !ok || table != want {
		t.Errorf("between its marks the README must say:\n%s", want)
	}
}
