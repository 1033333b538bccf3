package backup

import (
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"daybook"
)

// minPassphrase is the minimum length of a passphrase, in bytes.
const minPassphrase = 10

// Passphrase returns the recipient and the identity for a passphrase.
func Passphrase(phrase string) ([]age.Recipient, []age.Identity, error) {
	if len(phrase) < minPassphrase {
		return nil, nil, daybook.Errorf(daybook.Invalid, "The passphrase must have at least %d characters: anyone who has the file can try any number of guesses.", minPassphrase)
	}
	recipient, err := age.NewScryptRecipient(phrase)
	if err != nil {
		return nil, nil, err
	}
	identities, err := PassphraseIdentity(phrase)
	return []age.Recipient{recipient}, identities, err
}

// PassphraseIdentity returns the identity for a passphrase.
func PassphraseIdentity(phrase string) ([]age.Identity, error) {
	identity, err := age.NewScryptIdentity(phrase)
	if err != nil {
		return nil, daybook.Errorf(daybook.Invalid, "The passphrase must not be empty.")
	}
	return []age.Identity{identity}, nil
}

// Recipients parses public keys, such as age1…, one per line.
func Recipients(r io.Reader) ([]age.Recipient, error) {
	list, err := age.ParseRecipients(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, daybook.Errorf(daybook.Invalid, "A recipient must be a public key of age, beginning with age1.") // what is wrong may be a secret key
	}
	return list, nil
}

// Recipient parses one public key.
func Recipient(key string) (age.Recipient, error) {
	list, err := Recipients(strings.NewReader(key))
	if err == nil && len(list) != 1 {
		err = daybook.Errorf(daybook.Invalid, "A recipient must be one public key of age, beginning with age1.")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Identities parses secret keys, such as AGE-SECRET-KEY-1…, one per line.
func Identities(r io.Reader) ([]age.Identity, error) {
	list, err := age.ParseIdentities(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Message: "The identity file has no secret key of age (AGE-SECRET-KEY-1…).", Err: errors.New("it cannot be read")}
	}
	return list, nil
}
