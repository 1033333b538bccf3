package settings

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a key or a token. Printed, logged or encoded, it is "set" or
// nothing; only [Secret.Reveal] returns it. The zero Secret is not set.
type Secret struct {
	// A pointer, because fmt prints unexported fields of other structs
	// without asking Format: it finds an address here.
	value *string
}

// newSecret returns a Secret that holds value; an empty one is not set.
func newSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the secret, "" if it is not set.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet reports whether there is a secret.
func (s Secret) IsSet() bool { return s.value != nil }

// String returns "set" or "".
func (s Secret) String() string {
	if s.IsSet() {
		return "set"
	}
	return ""
}

// GoString returns what String returns.
func (s Secret) GoString() string { return s.String() }

// Format writes what String returns, for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns what String returns.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns what String returns.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
