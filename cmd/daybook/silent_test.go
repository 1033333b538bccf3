package main

import (
	"net"
	"strings"
	"testing"
	"time"
)

// A server that accepts connections and says nothing costs index two seconds, and
// index says so; the journal is in the index and found by its words.
func TestIndexWithASilentEmbeddingServer(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := newPerson(t)
	p.journal(map[string]string{"2024-01-05.md": "Swam in the lake with Oda.", "2024-01-06.md": "Rested."})
	p.env["DAYBOOK_PROVIDERS"] = "far=http://" + listener.Addr().String() + "/v1"
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "far/e"
	started := time.Now()
	out, errs, code := p.types("index")
	if took := time.Since(started); code == exitOK || took > 5*time.Second || !strings.Contains(errs, "far") || !strings.Contains(errs, "did not answer in time") || !strings.Contains(out, "2 read") {
		t.Errorf("%d after %s: %s %s", code, took, out, errs)
	}
	if out, _, _ := p.types("search", "lake"); !strings.Contains(out, "Oda") {
		t.Errorf("search: %s", out)
	}
}
