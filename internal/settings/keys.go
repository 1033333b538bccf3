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

// Keychain stores secrets of the user of this machine.
type Keychain interface {
	Get(name string) (string, error)
	Set(name, secret string) error
	Delete(name string) error
}

// keysFile is the name of the file with keys, beside the settings file.
const keysFile = "keys.json"

// storedKey says where the key of a provider is stored.
type storedKey struct {
	Keychain bool   `json:"keychain,omitempty"`
	Key      string `json:"key,omitempty"` // without a keychain
}

// keysPath returns the path of the file with the keys, "" if it has no place.
func (src Sources) keysPath() string {
	l := &loader{Sources: src, draft: newDraft(), origins: map[string]string{}}
	if path, _ := l.configPath(); path != "" {
		return filepath.Join(filepath.Dir(path), keysFile)
	}
	return ""
}

// keychainName returns the name of a provider's key in the keychain. It differs
// between settings files.
func keychainName(path, provider string) string { return provider + " (" + path + ")" }

// readKeys returns the stored keys by provider.
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

// storedKeys sets the stored keys of providers that have no key from elsewhere.
func (l *loader) storedKeys() {
	path := l.keysPath()
	keys, err := readKeys(path)
	if err != nil {
		l.problem("keys", path, daybook.PublicMessage(err))
		return
	}
	for _, p := range l.draft.providers() {
		stored, ok := keys[p.Name]
		if !ok || p.Key.IsSet() {
			continue
		}
		secret := stored.Key
		if stored.Keychain && l.Keychain != nil {
			secret, _ = l.Keychain.Get(keychainName(path, p.Name)) // a locked keychain counts as having no key
		}
		if p.Key, err = readSecret(secret); err == nil && p.Key.IsSet() {
			p.KeyStored = true
		}
	}
}

// providers returns all providers of the draft, to change them.
func (d *draft) providers() []*Provider {
	var all []*Provider
	for i := range d.native {
		all = append(all, &d.native[i].Provider)
	}
	for i := range d.endpoints {
		all = append(all, &d.endpoints[i].Provider)
	}
	return all
}

// StoreKey stores the key of a provider in the keychain or, without one, in a
// file only for its owner. "" deletes it.
func (src Sources) StoreKey(provider, key string) error {
	if _, err := readSecret(key); err != nil {
		return daybook.Errorf(daybook.Invalid, "The key %s.", err)
	}
	path := src.keysPath()
	if path == "" {
		return daybook.Errorf(daybook.Invalid, "There is no folder for a key file on this system. Name a settings file with DAYBOOK_CONFIG.")
	}
	keys, err := readKeys(path)
	if err != nil {
		return err
	}
	name := keychainName(path, provider)
	if keys[provider].Keychain && src.Keychain != nil {
		_ = src.Keychain.Delete(name) // it may not exist
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
