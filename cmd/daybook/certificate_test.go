package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daybook/internal/server/certtest"
)

func TestHTTPS(t *testing.T) {
	p := newPerson(t)
	cert, key := filepath.Join(p.dir, "cert.pem"), filepath.Join(p.dir, "key.pem")
	roots := x509.NewCertPool()
	roots.AddCert(certtest.Write(t, cert, key, 1))
	p.withToken("a-token-of-some-length")
	log := &buffer{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, p.envWith(log, log, []string{"serve", "--addr", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "--allowed-hosts", "diary.home"}))
	}()
	defer func() { cancel(); <-ended }()
	secure := regexp.MustCompile(`listening  (https://\S+)`)
	eventually(t, func() bool { return secure.MatchString(log.String()) || len(ended) > 0 })
	url := secure.FindStringSubmatch(log.String())[1]
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()

	resp, err := client.Get(url + "/status")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("%s %s", resp.Proto, resp.Status)
	}
	resp, err = client.Post(url+"/login", "application/json", strings.NewReader(`{"token":"a-token-of-some-length"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	cookies := resp.Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Fatalf("%s %v", resp.Status, cookies)
	}
	// A stream over HTTP/2, by the cookie, under the name that is allowed.
	req, err := http.NewRequestWithContext(t.Context(), "POST", url+"/journal_chat/stream", strings.NewReader(`{"query":"Who repaired the barometer?","provider":"offline","model":""}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "diary.home:8443"
	req.Header.Set("Origin", "https://diary.home:8443")
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(cookies[0])
	eventually(t, func() bool { return strings.Contains(log.String(), "read the journal") })
	if resp, err = client.Do(req); err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.ProtoMajor != 2 || !strings.HasSuffix(string(data), "data: [DONE]\n\n") {
		t.Errorf("%s %v %s", resp.Proto, err, data)
	}
}

func TestCertificateMistakes(t *testing.T) {
	p := newPerson(t)
	cert, key := filepath.Join(p.dir, "cert.pem"), filepath.Join(p.dir, "key.pem")
	certtest.Write(t, cert, key, 1)
	for says, args := range map[string][]string{
		"both":   {"--tls-cert", cert},
		"tls_ke": {"--tls-key", key},
		"cannot": {"--tls-cert", cert, "--tls-key", filepath.Join(p.dir, "nowhere")},
		"belong": {"--tls-cert", key, "--tls-key", cert},
	} {
		if _, errs, code := p.types(append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...); code != exitUsage || !strings.Contains(errs, says) || strings.Contains(errs, "BEGIN") {
			t.Errorf("%q: %d %s", args, code, errs)
		}
	}
}
