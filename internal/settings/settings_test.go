package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
)

const hidden = "sk-a-key-that-nobody-may-see"

// sources returns sources with the given flags, environment and settings
// file; without a text there is no file.
func sources(t testing.TB, flags, env map[string]string, text string) Sources {
	t.Helper()
	home := t.TempDir()
	if text != "" {
		dir := filepath.Join(home, ".config", "daybook")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Sources{
		Flags: flags, Getenv: func(name string) string { return env[name] }, Home: home, Dir: "/work", GOOS: "linux",
		CheckLanguage: func(s string) error {
			if s != "english" && s != "german" && s != "french" {
				return daybook.Errorf(daybook.Invalid, "must be english, german or french")
			}
			return nil
		},
		CheckDateFormat: func(s string) error {
			if !strings.Contains(s, "YYYY") {
				return daybook.Errorf(daybook.Invalid, "must have YYYY")
			}
			return nil
		},
	}
}

func line(t *testing.T, s Settings, name string) Line {
	t.Helper()
	i := slices.IndexFunc(s.Describe(), func(l Line) bool { return l.Name == name })
	if i < 0 {
		t.Fatalf("no line for %s", name)
	}
	return s.Describe()[i]
}

func TestDefaults(t *testing.T) {
	src := sources(t, nil, nil, "")
	s, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr != "127.0.0.1:8000" || !s.Demo() || s.Chat != (Model{Provider: "offline"}) || s.TopK != 5 ||
		s.IdleTimeout != time.Minute || s.Language != "" || s.Timezone != time.Local || !s.MonthFirst {
		t.Errorf("defaults: %+v", s)
	}
	if !s.Intent.IsZero() || s.Embedding != (Model{Provider: BuiltIn}) || !s.Transcription.IsZero() || len(s.Providers) != 0 {
		t.Errorf("something would leave the machine: %+v", s)
	}
	data := filepath.Join(src.Home, ".local/share/daybook")
	if s.Data != data || s.Database() != filepath.Join(data, "demo", "daybook.db") {
		t.Errorf("data in %s, %s", s.Data, s.Database())
	}
	for _, l := range s.Describe() {
		if l.Origin != "default" {
			t.Errorf("%s comes from %s", l.Name, l.Origin)
		}
	}
	if len(s.CORSOrigins) > 0 {
		t.Errorf("pages of %q may use it", s.CORSOrigins)
	}
	// Browsers leave a scheme's own port out.
	src.Flags = map[string]string{"cors-origins": "http://frontend:80"}
	if s, err = Load(src); err != nil || !slices.Equal(s.CORSOrigins, []string{"http://frontend:80", "http://frontend"}) {
		t.Errorf("origins: %q, %v", s.CORSOrigins, err)
	}
	src.Flags = map[string]string{"journal": "/notes"}
	if s, err = Load(src); err != nil || s.Demo() || s.Database() != filepath.Join(data, "journal", "daybook.db") {
		t.Errorf("%s, %v", s.Database(), err)
	}
}

// samples are three values of each setting that several sources may have.
var samples = map[string][3]string{
	"addr":                   {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"},
	"base_path":              {"/daybook", "/a/b.c", "/~me"},
	"journal":                {"/a", "/b", "/c"},
	"evergreen":              {"/a", "/b", "/c"},
	"data":                   {"/a", "/b", "/c"},
	"store":                  {"lancedb+http://127.0.0.1:1/a", "lancedb+https://db.example", "postgres://db.example/daybook"},
	"owner":                  {"a", "b.c", "über@d-1"},
	"prompts":                {"/a", "/b", "/c"},
	"date_formats":           {"MM-DD-YYYY", "YYYY-MM-DD", "DD.MM.YYYY"},
	"language":               {"english", "german", "french"},
	"timezone":               {"UTC", "Europe/Zurich", "Asia/Tokyo"},
	"month_first":            {"false", "true", "false"},
	"instructions":           {"Be brief.", "Call me Jo.", "x"},
	"model_chat":             {"m/a", "m/b", "m/c/d"},
	"model_intent":           {"m/a", "m/b", "m/c/d"},
	"model_embedding":        {"m/a", "m/b", "m/c/d"},
	"builtin_model":          {"/a", "/b", "/c"},
	"model_transcription":    {"m/a", "m/b", "m/c/d"},
	"model_speech":           {"m/a", "m/b", "m/c/d"},
	"model_rerank":           {"m/a", "m/b", "m/c/d"},
	"chat_max_output_tokens": {"1", "2", "3"},
	"search_help":            {"off", "2s", "3s"},
	"top_k":                  {"1", "2", "3"},
	"page_longest":           {"1000", "2000", "3000"},
	"page_split":             {"true", "false", "true"},
	"pages_at_once":          {"1", "2", "3"},
	"transcription_partial":  {"true", "false", "true"},
	"analysis_at_once":       {"1", "2", "3"},
	"confirm_size":           {"1", "2", "3"},
	"confirm_cost":           {"1", "2.5", "3"},
	"monthly_cap":            {"0", "12.25", "20"},
	"currency":               {"EUR", "CHF", "GBP"},
	"undo_days":              {"1", "2", "3"},
	"history_days":           {"0", "2", "3"},
	"backup_keep":            {"1", "0", "3"},
	"backup_dir":             {"/a", "/b", "/c"},
	"backup_recipients":      {"age1a", "age1b, age1c", "age1pq1d"},
	"idle_timeout":           {"1s", "2s", "3s"},
	"cors_origins":           {"http://a:1", "http://b:1, https://c", "app://obsidian.md"},
	"allowed_hosts":          {"a.example", "b", "c"},
	"private_tags":           {"#private", "#a/b", "#geheim"},
	"anniversaries":          {"my birthday=02-23", "b=02-29", "c=12-01"},
	"insecure_http":          {"true", "false", "true"},
	"tls_cert":               {"/a", "/b", "/c"},
	"tls_key":                {"/a", "/b", "/c"},
	"token":                  {"", hidden, hidden + "2"},
	"no_token":               {"true", "false", "true"},
}

func asTOML(name, v string) string {
	switch name {
	case "date_formats", "cors_origins", "allowed_hosts", "anniversaries", "private_tags", "backup_recipients":
		return fmt.Sprintf("%s = [%q]\n", name, v)
	case "month_first", "insecure_http", "no_token", "page_split", "transcription_partial", "page_longest", "pages_at_once", "top_k", "undo_days", "history_days", "backup_keep", "chat_max_output_tokens",
		"analysis_at_once", "confirm_size", "confirm_cost", "monthly_cap":
		return fmt.Sprintf("%s = %s\n", name, v)
	}
	return fmt.Sprintf("%s = %q\n", name, v)
}

func TestPrecedence(t *testing.T) {
	const more = "[providers.m]\nbase_url = \"http://127.0.0.1:1/v1\"\n"
	for _, s := range table() {
		if s.name == "config" || s.key == "" || len(s.env) == 0 || s.flag == "" && s.name != "token" { // TestEnvironmentAlone has tables
			continue
		}
		values, ok := samples[s.name]
		if !ok {
			t.Errorf("%s has no samples here", s.name)
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			flags, env := map[string]string{s.flag: values[0]}, map[string]string{s.env[0]: values[1]}
			other := map[string]string{"tls_cert": "tls_key = '/k'\n", "tls_key": "tls_cert = '/c'\n"}[s.name] // one wants the other
			src := sources(t, flags, env, "# a comment\n"+asTOML(s.name, values[2])+other+more)
			check := func(want, origin string) {
				t.Helper()
				got, err := Load(src)
				if err != nil {
					t.Fatal(err)
				}
				if s.name == "token" {
					if got.Token.Reveal() != want {
						t.Error("another token than", origin)
					}
					want = "set"
				}
				if l := line(t, got, s.name); l.Value != want || l.Origin != origin {
					t.Errorf("%+v, want %s from %s", l, want, origin)
				}
			}
			if s.flag != "" {
				check(values[0], "flag --"+s.flag)
			}
			delete(flags, s.flag)
			check(values[1], s.env[0])
			delete(env, s.env[0])
			check(values[2], filepath.Join(src.Home, ".config/daybook/config.toml")+" line 2")
		})
	}
}

// refused are settings that are wrong, and what their error must say.
var refused = []struct{ name, env, value, want string }{
	{"addr", "DAYBOOK_ADDR", "8000", "host:port"},
	{"tls_key", "DAYBOOK_TLS_KEY", "/key.pem", "both a certificate and its key"},
	{"tls_cert", "DAYBOOK_TLS_CERT", "/cert.pem", "both a certificate and its key"},
	{"addr", "DAYBOOK_ADDR", "localhost:http", "port from 0"},
	{"addr", "DAYBOOK_ADDR", "localhost:65536", "port from 0"},
	{"addr", "DAYBOOK_ADDR", "a b:80", "host:port"},
	{"base_path", "DAYBOOK_BASE_PATH", "daybook", "begins with a slash"},
	{"base_path", "DAYBOOK_BASE_PATH", "/a/../b", "begins with a slash"},
	{"base_path", "DAYBOOK_BASE_PATH", "//host", "begins with a slash"},
	{"base_path", "DAYBOOK_BASE_PATH", `/a"b`, "begins with a slash"},
	{"journal", "DAYBOOK_JOURNAL", "~somebody/notes", "full path"},
	{"date_formats", "DAYBOOK_DATE_FORMATS", "MM-DD-YYYY,DD-MM", "number 2 of the list: must have YYYY"},
	{"language", "DAYBOOK_LANGUAGE", "klingon", "must be english, german or french"},
	{"timezone", "DAYBOOK_TIMEZONE", "Mars/Olympus", "time zone"},
	{"timezone", "DAYBOOK_TIMEZONE", "../../etc/passwd", "time zone"},
	{"month_first", "DAYBOOK_MONTH_FIRST", "perhaps", "true or false"},
	{"model_chat", "DAYBOOK_MODEL_CHAT", "gpt-5", "provider/model"},
	{"model_chat", "DAYBOOK_MODEL_CHAT", "offline/x", "offline alone"},
	{"model_chat", "DAYBOOK_MODEL_CHAT", "openai/", "provider/model"},
	{"model_chat", "DAYBOOK_MODEL_CHAT", "openai/gpt-5", "set OPENAI_API_KEY, or OPENAI_BASE_URL"},
	{"model_chat", "DAYBOOK_MODEL_CHAT", "ollama/llama", "[providers.ollama]"},
	{"model_intent", "DAYBOOK_MODEL_INTENT", "offline", "provider/model"},
	{"model_intent", "DAYBOOK_MODEL_INTENT", "anthropic/x", "set ANTHROPIC_API_KEY"},
	{"model_embedding", "DAYBOOK_MODEL_EMBEDDING", "google-ai/x", "set GOOGLE_API_KEY or GEMINI_API_KEY"},
	{"model_transcription", "DAYBOOK_MODEL_TRANSCRIPTION", "offline/x", "offline"},
	{"chat_max_output_tokens", "DAYBOOK_CHAT_MAX_OUTPUT_TOKENS", "-1", "whole number"},
	{"top_k", "DAYBOOK_TOP_K", "0", "from 1 to 100"},
	{"search_help", "DAYBOOK_SEARCH_HELP", "2h", "must be"},
	{"top_k", "DAYBOOK_TOP_K", "101", "from 1 to 100"},
	{"undo_days", "DAYBOOK_UNDO_DAYS", "0", "from 1 to 3650"},
	{"backup_keep", "DAYBOOK_BACKUP_KEEP", "-1", "from 0 to 1000"},
	{"backup_recipients", "DAYBOOK_BACKUP_RECIPIENTS", "AGE-SECRET-KEY-1X", "public key"},
	{"top_k", "DAYBOOK_TOP_K", "5.0", "whole number"},
	{"idle_timeout", "DAYBOOK_IDLE_TIMEOUT", "60", "such as"},
	{"idle_timeout", "DAYBOOK_IDLE_TIMEOUT", "0s", "from"},
	{"token", "DAYBOOK_TOKEN", "short", "at least 16"},
	{"token", "DAYBOOK_TOKEN", "sixteen characters and spaces", "without spaces"},
	{"cors_origins", "DAYBOOK_CORS_ORIGINS", "*", "an origin"},
	{"cors_origins", "DAYBOOK_CORS_ORIGINS", "http://*.example.org", "an origin"},
	{"cors_origins", "DAYBOOK_CORS_ORIGINS", "http://a/", "without a path"},
	{"cors_origins", "DAYBOOK_CORS_ORIGINS", "null", "an origin"},
	{"cors_origins", "DAYBOOK_CORS_ORIGINS", "http://user@a", "an origin"},
	{"anniversaries", "DAYBOOK_ANNIVERSARIES", "my birthday", "month and day"},
	{"anniversaries", "DAYBOOK_ANNIVERSARIES", "my birthday=02-30", "month and day"},
	{"anniversaries", "DAYBOOK_ANNIVERSARIES", "=02-03", "month and day"},
	{"allowed_hosts", "DAYBOOK_ALLOWED_HOSTS", "http://a", "without http://"},
	{"allowed_hosts", "DAYBOOK_ALLOWED_HOSTS", "a:80", "without a port"},
	{"allowed_hosts", "DAYBOOK_ALLOWED_HOSTS", "*.example.org", "a host's name"},
	{"insecure_http", "DAYBOOK_INSECURE_HTTP", "y", "true or false"},
	{"openai_base_url", "OPENAI_BASE_URL", "ftp://host", "such as https"},
	{"openai_base_url", "OPENAI_BASE_URL", "https://", "such as https"},
	{"openai_base_url", "OPENAI_BASE_URL", "https://:443", "such as https"},
	{"openai_base_url", "OPENAI_BASE_URL", "https://user:" + hidden + "@host/", "without a user"},
	{"openai_base_url", "OPENAI_BASE_URL", "https://host/?key=" + hidden, "without a user"},
	{"openai_base_url", "OPENAI_BASE_URL", "http://api.example.org/v1", "use https"},
	{"anthropic_base_url", "ANTHROPIC_BASE_URL", "http://8.8.8.8", "use https"},
	{"gemini_base_url", "GOOGLE_GEMINI_BASE_URL", "http://[2001:db8::1]:80", "use https"},
	{"store", "DAYBOOK_STORE", "mysql://" + hidden + "@host", "an address such as lancedb+http"},
	{"store", "DAYBOOK_STORE", "lancedb+http:host", "an address such as lancedb+http"},
	{"store", "DAYBOOK_STORE", "lancedb+http:///name", "a host"},
	{"store", "DAYBOOK_STORE", "lancedb+http://127.0.0.1:x", "an address such as lancedb+http"},
	{"store", "DAYBOOK_STORE", "lancedb+https://key:" + hidden + "@host", "DAYBOOK_LANCEDB_API_KEY"},
	{"store", "DAYBOOK_STORE", "lancedb+https://host?api_key=" + hidden, "DAYBOOK_LANCEDB_API_KEY"},
	{"store", "DAYBOOK_STORE", "lancedb+https://host/a/b", "one name"},
	{"store", "DAYBOOK_STORE", "lancedb+http://db.example.org", "use lancedb+https"},
	{"store", "DAYBOOK_STORE", "postgres://u:" + hidden + "@[x/", "an address such as lancedb+http"},
	{"openai_api_key", "OPENAI_API_KEY", "two\nlines", "without spaces"},
}

func TestRefused(t *testing.T) {
	for _, c := range refused {
		_, err := Load(sources(t, nil, map[string]string{c.env: c.value}, ""))
		if err == nil || daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s=%q: %v", c.env, c.value, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), c.name+" ("+c.env+"): ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s=%q: %v, want %q", c.env, c.value, err, c.want)
		}
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	_, err := Load(sources(t, map[string]string{"addr": "x"}, map[string]string{"DAYBOOK_TOP_K": "x"}, "\nlanguage = 3\nnonsense = 1\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"addr (flag --addr): must be host:port", "top_k (DAYBOOK_TOP_K): must be", "config.toml line 2): must be a string", "config.toml line 3): there is no such setting",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 3 {
		t.Errorf("%d errors:\n%v", n+1, err)
	}
}

func TestTokenAllowsOtherAddresses(t *testing.T) {
	env := map[string]string{"DAYBOOK_ADDR": ":8000", "DAYBOOK_TOKEN": hidden + "\n"}
	s, err := Load(sources(t, nil, env, ""))
	if err != nil || s.Addr != ":8000" || s.Token.Reveal() != hidden {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, addr := range []string{"localhost:0", "127.8.9.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80", "a.localhost:1"} {
		if _, err := Load(sources(t, map[string]string{"addr": addr}, nil, "")); err != nil {
			t.Errorf("%s without a token: %v", addr, err)
		}
	}
}

func TestMissingHome(t *testing.T) {
	src := sources(t, nil, nil, "")
	src.Home = ""
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("without a home: %v", err)
	}
	src.Flags = map[string]string{"data": "/data", "journal": "~/notes"}
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "journal (flag --journal)") {
		t.Errorf("~ without a home: %v", err)
	}
}

func TestReference(t *testing.T) {
	reference := Markdown()
	flags := Flags()
	for _, s := range table() {
		if strings.Contains(reference, "| "+s.name+" |") != (s.instead == "") {
			t.Errorf("%s: in the reference, or replaced by %q", s.name, s.instead)
		}
		i := slices.IndexFunc(flags, func(f Flag) bool { return f.Name == s.flag })
		if (i >= 0) != (s.flag != "") {
			t.Errorf("%s: flag --%s at %d", s.name, s.flag, i)
		}
		if i >= 0 && flags[i].Bool != slices.Contains([]string{"month_first", "insecure_http", "no_token", "page_split", "transcription_partial"}, s.name) {
			t.Errorf("--%s: Bool is %t", s.flag, flags[i].Bool)
		}
	}
	for _, f := range flags {
		// pflag takes the first word in back quotes for the value's name.
		if strings.Contains(f.Usage, "`") || strings.Contains(f.Name, "token") && f.Name != "chat-max-output-tokens" && f.Name != "no-token" {
			t.Errorf("flag %+v", f)
		}
	}
	for row := range strings.Lines(reference) {
		if n := strings.Count(row, "|"); n != 7 {
			t.Errorf("%d bars in %s", n, row)
		}
	}
}

// TestOldNames sets what users no longer need wherever they could set it.
func TestOldNames(t *testing.T) {
	for _, c := range []struct {
		flags, env map[string]string
		file       string
		want       []string // parts of the notice
	}{
		{map[string]string{"top-k": "9"}, nil, "", []string{"top_k (flag --top-k)", "no longer needed"}},
		{nil, map[string]string{"DAYBOOK_TOP_K": "9"}, "", []string{"top_k (DAYBOOK_TOP_K)", "no longer needed"}},
		{nil, nil, "top_k = 9\n", []string{"top_k (", "line 1", "no longer needed"}},
		{map[string]string{"currency": "EUR"}, nil, "", []string{"flag --currency belongs in the settings file"}},
		{nil, map[string]string{"DAYBOOK_CURRENCY": "EUR"}, "", []string{"DAYBOOK_CURRENCY belongs in the settings file"}},
		{nil, nil, "currency = \"EUR\"\n", nil},
		{nil, nil, "", nil},
	} {
		s, err := Load(sources(t, c.flags, c.env, c.file))
		if err != nil {
			t.Fatal(err)
		}
		if want := min(len(c.want), 1); len(s.Notices) != want {
			t.Fatalf("%+v: notices %q", c, s.Notices)
		}
		for _, part := range c.want {
			if !strings.Contains(s.Notices[0], part) {
				t.Errorf("%q lacks %q", s.Notices[0], part)
			}
		}
		if len(c.want) > 0 && s.TopK != 9 && s.Currency != "EUR" {
			t.Errorf("%+v: the setting has no effect", c)
		}
	}
}

func TestMonthComesFirst(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"LANG": "C.UTF-8"}, true},
		{map[string]string{"LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LANG": "en_GB.UTF-8"}, false},
		{map[string]string{"LANG": "de_CH"}, false},
		{map[string]string{"LANG": "en-GB"}, false},
		{map[string]string{"LANG": "en_us"}, true},
		{map[string]string{"LANG": "POSIX"}, true},
		{map[string]string{"LANG": "de_DE@euro"}, false},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_TIME": "de_DE.UTF-8"}, false},
		{map[string]string{"LC_ALL": "en_US", "LC_TIME": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "en_GB", "DAYBOOK_MONTH_FIRST": "true"}, true},
	} {
		s, err := Load(sources(t, nil, c.env, ""))
		if err != nil || s.MonthFirst != c.want {
			t.Errorf("%v: month first %t, %v", c.env, s.MonthFirst, err)
		}
	}
}
