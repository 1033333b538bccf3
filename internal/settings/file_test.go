package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook"
)

func TestFileRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"addr = 127.0.0.1\n", "line 1, column"},
		{"\n\ntoken = \"" + hidden, "line 3, column"},
		{"token = " + hidden + "\n", "line 1, column"},
		{"top_k = 1\ntop_k = 2\n", "line 2, column"},
		{"top_k = \"5\"\n", "top_k (CONFIG line 1): must be a whole number"},
		{"top_k = 5.0\n", "must be a whole number"},
		{"month_first = \"true\"\n", "must be true or false"},
		{"journal = [\"a\"]\n", "must be a string"},
		{"date_formats = \"YYYY-MM-DD\"\n", "must be a list"},
		{"date_formats = [1]\n", "must be a list"},
		{"idle_timeout = 60\n", "must be a time"},
		{"timezone = 1979-05-27\n", "must be the name"},
		{"token = 1234567890123456\n", "must be a string"},
		{"model_chat = true\n", "must be a string"},
		{"config = \"x\"\n", "config (CONFIG line 1): there is no such setting"},
		{"openai_api_key = \"" + hidden + "\"\n", "openai_api_key (CONFIG line 1): there is no such setting"},
		{"[server]\naddr = \"127.0.0.1:1\"\n", "server (CONFIG line 1): there is no such setting"},
		{"providers = 3\n", "providers (CONFIG line 1): must be a table"},
		{"[[providers]]\n", "must be a table"},
		{"[providers]\nm = 1\n", "providers.m (CONFIG line 2): must be a table"},
		{"[providers.m]\n", "providers.m (CONFIG line 1): must have a base_url"},
		{"[providers.m]\nbase_url = \"http://127.0.0.1\"\nurl = 1\n", "providers.m.url (CONFIG line 3): there is no such setting"},
		{"[providers.m]\nbase_url = 1\n", "providers.m.base_url (CONFIG line 2): must be a string"},
		{"[providers.m]\nbase_url = \"http://m.example\"\n", "providers.m.base_url (CONFIG line 2): http would carry"},
		{"[providers.m]\nbase_url = \"http://m\"\njson_schema = \"no\"\n", "providers.m.json_schema (CONFIG line 3): must be true or false"},
		{"[providers.m]\nbase_url = \"http://m\"\napi_key_env = \"" + hidden + "\"\n", "must be the name of a variable"},
		{"[providers.m]\nbase_url = \"http://m\"\napi_key_env = \"BAD\"\n", "the variable's value must be without spaces"},
		{"[providers.m]\nbase_url = \"http://m\"\napi_key_env = \"K\"\napi_key = \"" + hidden + "\"\n", "cannot be used together"},
		{"[providers.gemini]\nbase_url = \"http://m\"\n", "none of openai"},
		{"[providers.google-ai]\nbase_url = \"http://m\"\n", "none of openai"},
		{"[providers.Ollama]\nbase_url = \"http://m\"\n", "lower-case"},
		{"providers.m.base_url = \"ftp://m\"\n", "providers.m.base_url (CONFIG line 1): must be an address"},
		{"providers = {m = {base_url = \"ftp://m\"}}\n", "providers.m.base_url (CONFIG line 1): must be an address"},
		{"model_chat = \"m/x\"\n[providers.m]\nbase_url = \"http://m\"\napi_key_env = \"NOT_SET\"\n", "model_chat (CONFIG line 1): m cannot be asked without a key: set NOT_SET"},
		{"[budgets]\nopenai = 3\n", "budgets.openai (CONFIG line 2): must be a table"},
		{"[budgets.openai]\nrequests = 3\n", "budgets.openai.requests (CONFIG line 2): there is no such setting"},
		{"[budgets.openai]\ntokens_per_minute = 0\n", "must be a whole number from 1"},
		{"[budgets.\"opnai/x\"]\ntokens_per_minute = 1\n", "budgets.opnai/x (CONFIG line 1): there is no provider"},
		{"[context_windows]\n\"openai/\" = 1\n", "must be provider/model"},
		{"[context_windows]\n\"openai/x\" = \"1\"\n", "context_windows.openai/x (CONFIG line 2): must be a whole number"},
		{"[context_windows]\n\"gemini/x\" = 1\n\"google-ai/x\" = 2\n", "set twice"},
	} {
		src := sources(t, nil, map[string]string{"BAD": hidden + " " + hidden, "K": hidden}, c.text)
		_, err := Load(src)
		if err == nil || daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		config := filepath.Join(src.Home, ".config/daybook/config.toml")
		if want := strings.ReplaceAll(c.want, "CONFIG", config); !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %v\nwant %s", c.text, err, want)
		}
	}
}

func TestFileWithByteOrderMark(t *testing.T) {
	s, err := Load(sources(t, nil, nil, "\ufefftop_k = 7\r\nlanguage = \"German\"\r\n"))
	if err != nil || s.TopK != 7 || s.Language != "german" || !strings.HasSuffix(line(t, s, "top_k").Origin, "config.toml line 1") {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhereTheFileIs(t *testing.T) {
	src := sources(t, nil, nil, "top_k = 1\njournal = \"notes\"\nevergreen = \"~/ever/\"\n")
	other := filepath.Join(t.TempDir(), "other.toml")
	if err := os.Symlink(filepath.Join(src.Home, ".config/daybook/config.toml"), other); err != nil {
		t.Fatal(err)
	}
	s, err := Load(src)
	if err != nil || s.Journal != filepath.Join(src.Home, ".config/daybook/notes") || s.Evergreen != filepath.Join(src.Home, "ever") {
		t.Errorf("paths are not meant from the file's folder: %+v, %v", s, err)
	}
	src.Dir = filepath.Dir(other)
	src.Flags = map[string]string{"config": "other.toml", "evergreen": "ever"}
	s, err = Load(src)
	if err != nil || s.ConfigFile != other || s.TopK != 1 || s.Evergreen != filepath.Join(src.Dir, "ever") || line(t, s, "config") != (Line{"config", other, "flag --config"}) {
		t.Errorf("symbolic link: %+v, %v", s, err)
	}
	if err := os.WriteFile(filepath.Join(src.Dir, "big"), make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"absent.toml": "no such file", ".": "it is not a file", "big": "larger than 64 KB", "/dev/null": "it is not a file"} {
		src.Flags = map[string]string{"config": name}
		if _, err = Load(src); err == nil || !strings.Contains(err.Error(), "config (flag --config): ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	src.Flags = nil
	config := filepath.Join(src.Home, ".config/daybook/config.toml")
	if err := os.Remove(config); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", config); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(src); err == nil {
		t.Error("a link that leads nowhere is passed over")
	}
}

func TestSecretsWantAFileOfOnesOwn(t *testing.T) {
	for _, text := range []string{
		"token = \"" + hidden + "\"\n",
		"[providers.m]\nbase_url = \"https://m.example\"\napi_key = \"" + hidden + "\"\n",
	} {
		src := sources(t, nil, nil, text)
		config := filepath.Join(src.Home, ".config/daybook/config.toml")
		if _, err := Load(src); err != nil {
			t.Errorf("in a file of mode 0600: %v", err)
		}
		for _, mode := range []os.FileMode{0o604, 0o640, 0o644} {
			if err := os.Chmod(config, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "chmod 600 "+config) || strings.Contains(err.Error(), hidden) {
				t.Errorf("mode %o: %v", mode, err)
			}
		}
		src.GOOS = "windows" // whose modes say nothing
		src.Getenv = func(name string) string {
			return map[string]string{"DAYBOOK_CONFIG": config, "DAYBOOK_DATA": "/data"}[name]
		}
		if _, err := Load(src); err != nil {
			t.Errorf("windows: %v", err)
		}
	}
	src := sources(t, nil, nil, "top_k = 3\n")
	if err := os.Chmod(filepath.Join(src.Home, ".config/daybook/config.toml"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(src); err != nil {
		t.Errorf("a file without secrets: %v", err)
	}
}

func TestPlatformFolders(t *testing.T) {
	for _, c := range []struct{ goos, home, variable, value, data, config string }{
		{"linux", "/home/u", "", "", "/home/u/.local/share/daybook", "/home/u/.config/daybook"},
		{"linux", "/home/u", "XDG_DATA_HOME", "/d", "/d/daybook", "/home/u/.config/daybook"},
		{"linux", "/home/u", "XDG_DATA_HOME", "relative", "/home/u/.local/share/daybook", "/home/u/.config/daybook"},
		{"linux", "/", "XDG_CONFIG_HOME", "/c/", "/.local/share/daybook", "/c/daybook"},
		{"linux", "", "", "", "", ""},
		{"darwin", "/Users/u", "XDG_DATA_HOME", "/d", "/Users/u/Library/Application Support/daybook", "/Users/u/Library/Application Support/daybook"},
		{"windows", `C:\Users\u`, "", "", `C:\Users\u\AppData\Local\daybook`, `C:\Users\u\AppData\Roaming\daybook`},
		{"windows", `C:\Users\u`, "LocalAppData", `D:\L`, `D:\L\daybook`, `C:\Users\u\AppData\Roaming\daybook`},
		{"windows", `C:\Users\u`, "AppData", `\\server\share\`, `C:\Users\u\AppData\Local\daybook`, `\\server\share\daybook`},
	} {
		getenv := func(name string) string {
			if name == c.variable {
				return c.value
			}
			return ""
		}
		if got := dataDir(c.goos, c.home, getenv); got != c.data {
			t.Errorf("%s %s=%s: data in %s, want %s", c.goos, c.variable, c.value, got, c.data)
		}
		if got := configDir(c.goos, c.home, getenv); got != c.config {
			t.Errorf("%s %s=%s: settings in %s, want %s", c.goos, c.variable, c.value, got, c.config)
		}
	}
}

// FuzzFile loads any file: it may be wrong, but must not bring the program
// down, and no error may show a secret that stands in it.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"addr = \":1\"\n", "[providers.m]\nbase_url = \"http://m\"\n", "[budgets.\"openai/x\"]\nrequests_per_minute = 1\n", "providers = {m = {}}\n",
		"[[providers]]\n", "x = [[[[", "model_chat = \"", "\ufefftop_k = 1\n", "a.b.c = 1\n", "[a]\n[a.b]\n", "token = '''\n", "date_formats = [\"\\u00e9\"]\n",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "config.toml")
	src := sources(f, map[string]string{"config": path}, nil, "")
	f.Fuzz(func(t *testing.T, text []byte) {
		text = append(text, "\ntoken = \""+hidden+"\"\napi_key = \""+hidden+"\"\n"...)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Load(src)
		if err == nil {
			t.Fatalf("an unknown key is taken: %+v", s)
		}
		if strings.Contains(err.Error(), hidden) {
			t.Fatalf("a secret is shown: %v", err)
		}
	})
}
