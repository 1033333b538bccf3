package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"daybook"
)

// Keychain keeps secrets of the person who is signed in to this machine.
type Keychain interface {
	Get(name string) (string, error)
	Set(name, secret string) error
	Delete(name string) error
}

// keysFile is beside the settings file, for its owner alone.
const keysFile = "keys.json"

// storedKey is where the key of a provider is kept.
type storedKey struct {
	Keychain bool   `json:"keychain,omitempty"`
	Key      string `json:"key,omitempty"` // without a keychain
}

// keysPath returns the path of the file with the keys, "" if there is no place
// for it.
func (src Sources) keysPath() string {
	l := &loader{Sources: src, draft: newDraft(), origins: map[string]string{}}
	if path, _ := l.configPath(); path != "" {
		return filepath.Join(filepath.Dir(path), keysFile)
	}
	return ""
}

// keychainName returns the name of a provider's key in the keychain. Another
// settings file has keys of its own.
func keychainName(path, provider string) string { return provider + " (" + path + ")" }

// readKeys returns the keys that are stored, by provider.
func readKeys(path string) (map[string]storedKey, error) {
	keys := map[string]storedKey{}
	if path == "" {
		return keys, nil
	}
	data, shared, err := readSmall(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return keys, nil
	case err != nil:
		return nil, daybook.Errorf(daybook.Invalid, "the file with the keys %s cannot be read: %s", path, reason(err))
	case json.Unmarshal(data, &keys) != nil:
		return nil, daybook.Errorf(daybook.Invalid, "the file with the keys %s is not JSON", path)
	}
	if shared && os.PathSeparator == '/' {
		return nil, daybook.Errorf(daybook.Invalid, "others can read the file with the keys: chmod 600 %s", path)
	}
	return keys, nil
}

// storedKeys gives the providers that have no key from elsewhere the one that
// is stored for them.
func (l *loader) storedKeys() {
	path := l.keysPath()
	keys, err := readKeys(path)
	if err != nil {
		l.problem("keys", path, daybook.PublicMessage(err))
		return
	}
	d := &l.draft
	all := []*Provider{&d.openai, &d.anthropic, &d.gemini}
	for i := range d.endpoints {
		all = append(all, &d.endpoints[i].Provider)
	}
	for _, p := range all {
		stored, ok := keys[p.Name]
		if !ok || p.Key.IsSet() {
			continue
		}
		secret := stored.Key
		if stored.Keychain && l.Keychain != nil {
			secret, _ = l.Keychain.Get(keychainName(path, p.Name)) // a locked one is as no key
		}
		if p.Key, err = readSecret(secret); err == nil && p.Key.IsSet() {
			p.KeyStored = true
		}
	}
}

// StoreKey keeps the key of a provider, or forgets it if it is "": in the
// keychain where there is one, else in a file for its owner alone.
func (src Sources) StoreKey(provider, key string) error {
	if _, err := readSecret(key); err != nil {
		return daybook.Errorf(daybook.Invalid, "The key %s.", err)
	}
	path := src.keysPath()
	if path == "" {
		return daybook.Errorf(daybook.Invalid, "There is no place for a file with keys here; name a settings file with DAYBOOK_CONFIG.")
	}
	keys, err := readKeys(path)
	if err != nil {
		return err
	}
	name := keychainName(path, provider)
	if keys[provider].Keychain && src.Keychain != nil {
		_ = src.Keychain.Delete(name) // it may be gone
	}
	delete(keys, provider)
	if key = strings.TrimSpace(key); key != "" {
		keys[provider] = storedKey{Key: key}
		if src.Keychain != nil && src.Keychain.Set(name, key) == nil {
			keys[provider] = storedKey{Keychain: true}
		}
	}
	data, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	return replaceFile(path, append(data, '\n'), 0o600)
}
