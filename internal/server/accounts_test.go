package server

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store/postgres"
)

// Too many journals are open: one that nobody asks is closed, though others
// were asked for longer ago and are still being answered.
func TestJournalsInUseStayOpen(t *testing.T) {
	tn := &accounts{servers: map[int64]*accountServer{}}
	ready, versions := make(chan struct{}), map[int64]string{}
	close(ready)
	for id := range int64(maxOpenAccounts + 1) {
		js := &journalServer{}
		if id < 3 {
			js.running = 1
		}
		tn.servers[id] = &accountServer{account: postgres.Account{ID: id, Version: "v"}, ready: ready, server: js, lastUsed: time.Unix(id, 0)}
		versions[id] = "v"
	}
	if leaving := tn.takeClosing(versions); len(leaving) != 1 || leaving[0].account.ID != 3 {
		t.Errorf("%d leave: %+v", len(leaving), leaving)
	}
}

// An owner is answered so many requests at once, and no more.
func TestOwnersAskSoMuchAtOnce(t *testing.T) {
	ask := func(js *journalServer) error {
		return js.serve(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	}
	for _, most := range []int{0, 3} {
		asked, end := make(chan struct{}), make(chan struct{})
		js := &journalServer{maxRequests: most, base: t.Context(), handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			asked <- struct{}{}
			<-end
		})}
		ended := make(chan error)
		for range 3 {
			go func() { ended <- ask(js) }()
			<-asked
		}
		if most > 0 {
			if err := ask(js); daybook.KindOf(err) != daybook.RateLimited {
				t.Errorf("one more: %v", err)
			}
		} else {
			go func() { ended <- ask(js) }()
			<-asked
		}
		close(end)
		for range 3 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if most == 0 {
			<-ended
			continue
		}
		go func() { <-asked }()
		if err := ask(js); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}
