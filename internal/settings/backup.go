package settings

import (
	"bytes"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"daybook"
)

// Backups returns the folder of the daily backups.
func (s Settings) Backups() string {
	if s.BackupDir != "" {
		return s.BackupDir
	}
	return filepath.Join(s.Data, "backups")
}

func readRecipient(_ input, s string) ([]string, error) {
	if !strings.HasPrefix(s, "age1") || strings.ContainsAny(s, " \t\n") {
		return nil, errors.New("must be a public key of age, which begins with age1")
	}
	return []string{s}, nil
}

// secretKeys are the keys of the settings file, in any table, whose values are
// secret.
var secretKeys = []string{"token", "api_key", "key", "password", "secret"}

// FileWithoutSecrets returns the settings file without keys, tokens and
// passwords; nil if there is no file. Comments are left out too, since they may
// contain any of these.
func (s Settings) FileWithoutSecrets() ([]byte, error) {
	if s.ConfigFile == "" {
		return nil, nil
	}
	data, _, err := readSmall(s.ConfigFile)
	if err != nil {
		return nil, daybook.Errorf(daybook.Unavailable, "The settings file %s cannot be read: %s.", s.ConfigFile, reason(err))
	}
	values, _, err := parseTOML(data)
	if err != nil {
		return nil, daybook.Errorf(daybook.Invalid, "%s %w", s.ConfigFile, err)
	}
	out, err := toml.Marshal(withoutSecrets(values))
	if err != nil {
		return nil, err
	}
	for _, secret := range s.secrets() {
		if bytes.Contains(out, []byte(secret)) {
			return nil, daybook.Errorf(daybook.Invalid, "The settings file contains a key in an unexpected place.")
		}
	}
	return out, nil
}

// secrets are all secrets in the settings.
func (s Settings) secrets() []string {
	list := []string{s.Token.Reveal(), s.StoreKey.Reveal()}
	for _, p := range s.Providers {
		list = append(list, p.Key.Reveal())
	}
	if u, err := url.Parse(s.Store.Reveal()); err == nil && u.User != nil {
		password, _ := u.User.Password()
		list = append(list, password)
	}
	return slices.DeleteFunc(list, func(secret string) bool { return len(secret) < 4 })
}

// withoutSecrets returns a TOML value without secrets.
func withoutSecrets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			if !slices.Contains(secretKeys, strings.ToLower(key)) {
				out[key] = withoutSecrets(value)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, value := range v {
			out = append(out, withoutSecrets(value))
		}
		return out
	case string:
		return withoutPassword(v)
	}
	return v
}

// withoutPassword returns an address without its user's password and its
// parameters, which may contain one. Other text is returned unchanged.
func withoutPassword(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return ""
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	u.RawQuery, u.ForceQuery, u.Fragment = "", false, ""
	return u.String()
}
