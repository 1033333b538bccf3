package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daybook"
)

// codeAge is how long a sign-in code is valid.
const codeAge = 5 * time.Minute

// maxCodes is how many codes are valid at a time.
const maxCodes = 20

// codePrefix begins the names of code files. They are in the folder of the session
// files, and made in the same way.
const codePrefix = "code-"

// NewCode returns a code that signs one browser in, once and until expires. Like a
// session it ends with the token. Errors are daybook.RateLimited while too many codes
// are valid, and daybook.Unavailable if the code cannot be saved.
func (s *Store) NewCode() (code string, expires time.Time, err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", time.Time{}, kept(err)
	}
	if s.tidyCodes() >= maxCodes {
		return "", time.Time{}, daybook.Errorf(daybook.RateLimited, "Too many sign-in codes were made. Try again in a few minutes.")
	}
	code = rand.Text()
	if err := os.WriteFile(s.path(nameOfCode(code)), []byte(proof(*s.token.Load(), code)), 0o600); err != nil {
		return "", time.Time{}, kept(err)
	}
	return code, s.now().Add(codeAge), nil
}

// Redeem uses up a code, creates a session and returns its secret. It returns LogIn's
// errors. A code that is wrong, too old or used is daybook.Unauthorized and counts
// like a wrong token.
func (s *Store) Redeem(ctx context.Context, from netip.Addr, code string) (secret string, err error) {
	if err := s.gate.Blocked(from); err != nil {
		return "", err
	}
	token := *s.token.Load() // the code must not outlive it
	if !s.spend(token, code) {
		if err := s.gate.Pass(from, false); daybook.KindOf(err) != daybook.Unauthorized {
			return "", err
		}
		return "", daybook.Errorf(daybook.Unauthorized, "This sign-in code was used already or is too old. Make a new one.")
	}
	return s.begin(ctx, token)
}

// spend reports whether a code is valid, and ends it: of all that ask at once, one
// gets true.
func (s *Store) spend(token, code string) bool {
	path := s.path(nameOfCode(code))
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	data, err := os.ReadFile(path)
	valid := err == nil && s.now().Sub(info.ModTime()) <= codeAge && subtle.ConstantTimeCompare(data, []byte(proof(token, code))) == 1
	return os.Remove(path) == nil && valid
}

// tidyCodes deletes codes that are too old, and returns how many are left.
func (s *Store) tidyCodes() (left int) {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return 0
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !strings.HasPrefix(f.Name(), codePrefix) {
			continue
		}
		if s.now().Sub(info.ModTime()) > codeAge {
			_ = os.Remove(s.path(f.Name())) // the next code tries again
			continue
		}
		left++
	}
	return left
}

// endCodes deletes all codes.
func (s *Store) endCodes() error {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return kept(err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), codePrefix) {
			continue
		}
		if gone := os.Remove(s.path(f.Name())); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The sign-in codes could not be deleted: the data folder is not writable.", Err: err}
	}
	return nil
}

// HasCode reports whether a folder has a file for this code. That does not prove that
// the code is valid.
func HasCode(dir, code string) bool {
	_, err := os.Stat(filepath.Join(dir, nameOfCode(code)))
	return err == nil
}

func nameOfCode(code string) string {
	return fmt.Sprintf("%s%x", codePrefix, sha256.Sum256([]byte("daybook code "+code)))
}
