package settings

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"daybook"
)

func TestWeakTokensAreRefused(t *testing.T) {
	for _, weak := range []string{
		"short", "fifteencharss-x", strings.Repeat("a", 24), "1234567890123456", "passwordpassword", "PasswordpasswordPASSWORD", "abcdefghijklmnop", "zyxwvutsrqponmlk",
		"qwertyuiopasdfgh", "abababababababab", "0123456789abcdef0123456789abcdef", strings.Repeat("0", 64), "changemechangeme", "letmeinletmeinletmein", "password1password1",
		"aaaaaaaaaaaaaaaaaaaaaaaab", "1111222233334444", "asdfghjklasdfghjkl", "daybookdaybookdaybook", "------------------------", "12345678901234567890",
	} {
		err := checkToken(weak)
		if err == nil || !strings.Contains(err.Error(), "openssl rand") || strings.Contains(err.Error(), weak) {
			t.Errorf("%s: %v", weak, err)
		}
		_, err = Load(sources(t, nil, map[string]string{"DAYBOOK_TOKEN": weak}, ""))
		if daybook.KindOf(err) != daybook.Invalid || !strings.Contains(err.Error(), "token (DAYBOOK_TOKEN)") {
			t.Errorf("%s: %v", weak, err)
		}
	}
	for _, good := range []string{"a-token-of-some-length", "correct-horse-battery-staple", "Tr0ub4dor&3-and-more"} {
		if err := checkToken(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for range 10_000 {
		raw := make([]byte, 32)
		_, _ = rand.Read(raw)
		if err := checkToken(hex.EncodeToString(raw)); err != nil {
			t.Fatalf("one that openssl may make: %v", err)
		}
		if err := checkToken(rand.Text()); err != nil {
			t.Fatalf("a random one: %v", err)
		}
	}
}

// Without a token, nobody elsewhere may be able to come in.
func TestNoToken(t *testing.T) {
	lookup := map[string][]netip.Addr{
		"here.localhost": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}, "laptop": {netip.MustParseAddr("127.0.1.1")},
		"there.localhost": {netip.MustParseAddr("192.0.2.7")}, "both.localhost": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.7")},
		"mapped": {netip.MustParseAddr("::ffff:127.0.0.1")}, "localhost": {netip.MustParseAddr("127.0.0.1")},
	}
	for _, c := range []struct {
		addr, env, file string
		says            string // "" if it is accepted
	}{
		{"127.0.0.1:8000", "", "", ""}, {"[::1]:8000", "", "", ""}, {"localhost:8000", "", "", ""}, {"127.9.9.9:1", "", "", ""}, {"[::ffff:127.0.0.1]:1", "", "", ""},
		{"here.localhost:8000", "", "", ""}, {"HERE.localhost:8000", "", "", ""}, {"laptop:8000", "", "", ""}, {"mapped:8000", "", "", ""},
		{":8000", "", "", "no_token (flag --no-token)"}, {"0.0.0.0:8000", "", "", "addr"}, {"[::]:8000", "", "", "addr"}, {"192.168.1.2:8000", "", "", "addr"},
		{"there.localhost:8000", "", "", "addr"}, {"both.localhost:8000", "", "", "addr"}, {"unknown.localhost:8000", "", "", "addr"}, {"diary.example.org:8000", "", "", "addr"},
		{"127.0.0.1:8000", "DAYBOOK_ALLOWED_HOSTS", "", "allowed_hosts (DAYBOOK_ALLOWED_HOSTS)"}, {"127.0.0.1:8000", "", "allowed_hosts = ['a.example']", "allowed_hosts"},
		{"127.0.0.1:8000", "DAYBOOK_TOKEN", "", "a token is set too (DAYBOOK_TOKEN)"}, {"127.0.0.1:8000", "", "token = '" + hidden + "'", "a token is set too"},
	} {
		src := sources(t, map[string]string{"addr": c.addr, "no-token": "true"}, map[string]string{c.env: hidden}, c.file)
		src.LookupHost = func(host string) ([]netip.Addr, error) {
			if a, ok := lookup[host]; ok {
				return a, nil
			}
			return nil, errors.New("no such host")
		}
		s, err := Load(src)
		if c.says == "" {
			if err != nil || !s.NoToken {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if daybook.KindOf(err) != daybook.Invalid || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), hidden) && c.env != "DAYBOOK_ALLOWED_HOSTS" {
			t.Errorf("%+v: %v", c, err)
		}
		// With a token all of it is as it was.
		delete(src.Flags, "no-token")
		if _, err := Load(src); err != nil {
			t.Errorf("%+v with a token: %v", c, err)
		}
	}
	// A provider below .localhost is on this machine only if it resolves there.
	for name, ok := range map[string]bool{"here.localhost": true, "there.localhost": false, "unknown.localhost": false} {
		src := sources(t, nil, map[string]string{"OPENAI_BASE_URL": "http://" + name + ":1/v1", "OPENAI_API_KEY": "k"}, "")
		src.LookupHost = func(host string) ([]netip.Addr, error) { return lookup[host], nil }
		if _, err := Load(src); (err == nil) != ok {
			t.Errorf("http to %s: %v", name, err)
		}
	}
}
