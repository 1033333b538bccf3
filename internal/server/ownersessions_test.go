package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/session"
	"daybook/internal/settings"
)

// A forged cookie is refused without asking the database, which this test doesn't
// have. Only the cookies of sessions that are kept here get that far.
func TestForgedCookiesAreNotLookedUp(t *testing.T) {
	data := t.TempDir()
	acc := &accounts{server: &Server{initial: settings.Settings{Data: data}}}
	kept := session.New(filepath.Join(data, ownersFolder, "7-5f3a", sessionsFolder), "version", nil, time.Now)
	secret, err := kept.LogIn(t.Context(), netip.Addr{}, "version")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/threads", nil)
	for _, value := range []string{"o7.forged", "o7." + secret + "x", "o77." + secret, "o-7." + secret, "o7.", "o9999999." + secret, "o7.../../../token"} {
		r.Header.Set("Cookie", httpapi.SessionCookie+"="+value)
		if _, err := acc.identify(r); daybook.KindOf(err) != daybook.NotFound {
			t.Errorf("%s: %v", value, err)
		}
	}
	if !acc.hasSession(7, secret) || acc.hasSession(77, secret) {
		t.Error("a session that is kept is not found, or found for another account")
	}
}
