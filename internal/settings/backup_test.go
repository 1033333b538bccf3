package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// No secret of the settings file is in what a backup has of it, wherever and
// however it was written; everything else is.
func TestFileWithoutSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(os.WriteFile(file, []byte(`# old: api_key = "hush-comment-0123456789"
journal = "/home/me/Journal"
token = "hush-token-0123456789abcdef"
store = "postgres://ursula:hush-password@db.example/daybook?sslmode=disable&password=hush-query"
top_k = 7
date_formats = ["YYYY-MM-DD"] # hush-behind
[providers.mine]
base_url = "http://127.0.0.1:9/v1"
api_key = "hush-provider-0123456789"
[providers]
inline = {base_url = "http://127.0.0.1:8/v1", "api_key" = 'hush-inline-0123456789'}
[prices."mine/small"]
input = 1.5
output = 2
`), 0o600))
	env := map[string]string{"OPENAI_API_KEY": "hush-env-0123456789", "DAYBOOK_LANCEDB_API_KEY": "hush-lance-0123456789"}
	s, err := Load(Sources{Getenv: func(name string) string { return env[name] }, Flags: map[string]string{"config": file}, Home: "/home/me", Dir: "/", GOOS: "linux"})
	ok(err)
	out, err := s.FileWithoutSecrets()
	ok(err)
	if strings.Contains(string(out), "hush") {
		t.Errorf("there is a secret in\n%s", out)
	}
	for _, want := range []string{"/home/me/Journal", "ursula@db.example/daybook", "top_k = 7", "YYYY-MM-DD", "127.0.0.1:9", "127.0.0.1:8", "1.5"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	ok(os.WriteFile(file, []byte("journal = \"/home/hush-env-0123456789\"\n"), 0o600))
	if out, err := s.FileWithoutSecrets(); err == nil {
		t.Errorf("a key in another place is written: %s", out)
	}
}
