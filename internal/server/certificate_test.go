package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"daybook/internal/server/certtest"
)

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certtest.Write(t, cert, key, 1)
	c, err := newCertificate(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.looked = time.Time{}
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Errorf("serial %d", n)
	}
	certtest.Write(t, cert, key, 2)
	if n := serial(); n != 2 {
		t.Errorf("renewed: serial %d", n)
	}
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 2 {
		t.Errorf("spoilt: serial %d", n)
	}
	certtest.Write(t, cert, key, 3)
	if n := serial(); n != 3 {
		t.Errorf("mended: serial %d", n)
	}
}
