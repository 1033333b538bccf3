package session

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daybook"
)

// tokenBytes is the size of a generated token: 256 bits.
const tokenBytes = 32

// TokenFile is where the generated token of a data folder is kept.
func TokenFile(data string) string { return filepath.Join(data, "token") }

// generated reports whether a token has the form of those that NewToken makes, which
// cannot be guessed.
func generated(token string) bool {
	raw, err := hex.DecodeString(token)
	return err == nil && len(raw) >= tokenBytes
}

func newToken() string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// EnsureToken returns the token in a data folder, generating it if there is none.
// Programs that do so at the same time get the same token. It returns ReadToken's
// errors, and daybook.Unavailable if the folder is not writable.
func EnsureToken(data string) (string, error) {
	token, err := ReadToken(data)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", unwritable(data, err)
	}
	temp, err := writeTemp(data, newToken())
	if err != nil {
		return "", unwritable(data, err)
	}
	defer os.Remove(temp)
	// A hard link appears whole and never replaces the token of another program.
	if err := os.Link(temp, TokenFile(data)); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := claim(temp, TokenFile(data)); err != nil {
			return "", unwritable(data, err)
		}
	}
	syncFolder(data)
	return ReadToken(data)
}

// NewToken generates a token in a data folder, replacing the old one, and returns it. The error is daybook.Unavailable if the folder is not writable.
func NewToken(data string) (string, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", unwritable(data, err)
	}
	token := newToken()
	temp, err := writeTemp(data, token)
	if err != nil {
		return "", unwritable(data, err)
	}
	if err := os.Rename(temp, TokenFile(data)); err != nil {
		_ = os.Remove(temp)
		return "", unwritable(data, err)
	}
	syncFolder(data)
	return token, nil
}

// writeTemp writes a token to a file of its own, synced, readable by its owner
// alone.
func writeTemp(data, token string) (path string, err error) {
	f, err := os.CreateTemp(data, ".token-*") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(f, token+"\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// claim moves a file to a path that does not exist, on file systems without hard links.
// It excludes other programs with a lock file. One that a killed program left is taken
// over after a minute.
func claim(from, to string) error {
	lock := to + ".lock"
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_ = f.Close()
			break
		}
		if info, statErr := os.Stat(lock); statErr == nil && time.Since(info.ModTime()).Abs() > time.Minute {
			_ = os.Remove(lock)
		}
		if !errors.Is(err, fs.ErrExist) || time.Now().After(deadline) {
			return err
		}
	}
	defer os.Remove(lock)
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	return os.Rename(from, to)
}

func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Sync() // not every system syncs folders
		_ = f.Close()
	}
}

func unwritable(data string, err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot write a token to the data folder " + data + " (--data names another folder).", Err: err}
}

// Limits of the file of a token, and of the token, in bytes.
const (
	maxTokenFile = 4096
	maxToken     = 256
)

// ReadToken returns the token in a data folder. Without one the error is
// fs.ErrNotExist. A file that others can read or change, or that holds no token,
// is a daybook.Invalid error that says what to do.
func ReadToken(data string) (string, error) {
	path := TokenFile(data)
	info, err := os.Stat(path) // opening a pipe would wait for a writer
	if err != nil {
		if _, linkErr := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && linkErr != nil {
			return "", err
		}
		return "", unusable(path, "cannot be read", err)
	}
	if !info.Mode().IsRegular() {
		return "", unusable(path, "is not a file", nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", unusable(path, "cannot be read", err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return "", unusable(path, "cannot be read", err)
	}
	if why := exposed(info); why != "" {
		return "", daybook.Errorf(daybook.Invalid, "The token file %s %s, so others may know its token. Make a new one with daybook token --new.", path, why)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return "", unusable(path, "cannot be read", err)
	}
	token := strings.TrimSpace(string(content))
	switch {
	case token == "":
		return "", unusable(path, "is empty", nil)
	case !generated(token) || len(token) > maxToken:
		return "", unusable(path, "does not hold a token that Daybook made", nil)
	}
	return token, nil
}

func unusable(path, why string, err error) error {
	return &daybook.Error{Kind: daybook.Invalid, Message: fmt.Sprintf("The token file %s %s. Make a new one with daybook token --new, or set DAYBOOK_TOKEN.", path, why), Err: err}
}
