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

// certificateCheck is how long a certificate is used before its files are looked at
// again.
const certificateCheck = 10 * time.Second

// certificate is what HTTPS is served with. It is read again when its files
// change, as they do when it is renewed.
type certificate struct {
	cert, key string // files
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	state  string // of the files, when they were read last
	looked time.Time
}

// newCertificate reads a certificate and its key. What cannot be read, or does
// not fit together, is a daybook.Invalid error.
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
		c.state = state // one that is bad is told of once
		loaded, err = tls.LoadX509KeyPair(c.cert, c.key)
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Invalid, Message: "the certificate (tls_cert) and its key (tls_key) cannot be read, or do not belong together", Err: reasonOf(err)}
	}
	c.loaded = &loaded
	return nil
}

// reasonOf leaves out what a parser may quote of a key.
func reasonOf(err error) error {
	var file *os.PathError
	if errors.As(err, &file) {
		return file
	}
	return errors.New("they are not what they should be")
}

// files tells states of the files apart.
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

// get returns the certificate for a connection. While new files cannot be
// read, the old one is used.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) > certificateCheck {
		c.looked = time.Now()
		if err := c.load(); err != nil {
			c.log.Error("read the certificate again; the old one is used", "err", err)
		}
	}
	return c.loaded, nil
}
