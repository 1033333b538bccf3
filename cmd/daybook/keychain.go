package main

import (
	"errors"
	"time"

	"github.com/zalando/go-keyring"
)

// systemKeychain is the keychain of the operating system: Keychain on macOS,
// Credential Manager on Windows, the Secret Service elsewhere.
type systemKeychain struct{}

// keychainService is the name under which it lists Daybook's keys.
const keychainService = "Daybook"

// keychainWithin is how long the keychain may take: one that is locked asks the
// person first.
const keychainWithin = 30 * time.Second

// Get implements settings.Keychain.
func (systemKeychain) Get(name string) (string, error) {
	return inTime(func() (string, error) { return keyring.Get(keychainService, name) })
}

// Set implements settings.Keychain.
func (systemKeychain) Set(name, secret string) error {
	_, err := inTime(func() (string, error) { return "", keyring.Set(keychainService, name, secret) })
	return err
}

// Delete implements settings.Keychain.
func (systemKeychain) Delete(name string) error {
	_, err := inTime(func() (string, error) { return "", keyring.Delete(keychainService, name) })
	return err
}

func inTime(ask func() (string, error)) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		secret, err := ask()
		done <- answer{secret, err}
	}()
	select {
	case a := <-done:
		return a.secret, a.err
	case <-time.After(keychainWithin):
		return "", errors.New("the keychain does not respond")
	}
}
