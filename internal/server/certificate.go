package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"daybook"
)

// certificateCheck is how often the files of a certificate are checked.
const certificateCheck = 10 * time.Second

// certificate is the certificate for HTTPS. It is read again when its files
// change, such as on renewal.
type certificate struct {
	cert, key string // files
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	state  string // of the files when they were last read
	looked time.Time
}

// newCertificate reads a certificate and its key. It returns a daybook.Invalid
// error if they cannot be read or don't match.
func newCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *certificate) load() error {
	state, err := c.files()
	if err == nil && state == c.state {
		return nil
	}
	var loaded tls.Certificate
	if err == nil {
		c.state = state // report a bad one once
		loaded, err = tls.LoadX509KeyPair(c.cert, c.key)
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Invalid, Message: "the certificate (tls_cert) and its key (tls_key) cannot be read or do not belong together", Err: reasonOf(err)}
	}
	c.loaded = &loaded
	return nil
}

// reasonOf removes what a parser may quote of a key.
func reasonOf(err error) error {
	var file *os.PathError
	if errors.As(err, &file) {
		return file
	}
	return errors.New("invalid or mismatched PEM files")
}

// files returns a string that changes with the files.
func (c *certificate) files() (string, error) {
	cert, err := os.Stat(c.cert)
	if err != nil {
		return "", err
	}
	key, err := os.Stat(c.key)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(cert.ModTime(), cert.Size(), key.ModTime(), key.Size()), nil
}

// get returns the certificate for a connection. If new files cannot be read, it is
// the old one.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) > certificateCheck {
		c.looked = time.Now()
		if err := c.load(); err != nil {
			c.log.Error("reload the certificate; still using the old one", "err", err)
		}
	}
	return c.loaded, nil
}
