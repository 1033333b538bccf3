package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server that is killed at random moments while pages are sent, read and put
// into the journal loses none that it acknowledged, and brings none twice.
func TestKilledWithANotebook(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	const pages, kills = 12, 5
	var texts []string
	for i := range pages {
		texts = append(texts, fmt.Sprintf("%d June 2019\n\nWrote about pageword%02d.", 1+i/2, i))
	}
	b := notebook(t, texts...)
	random := rand.New(rand.NewPCG(7, 7))
	acknowledged := map[int]bool{}
	for range kills {
		cmd := b.startsServer()
		b.begins(false)
		for i := range acknowledged {
			if !b.holds(i) {
				t.Fatalf("page %d was acknowledged and is gone", i)
			}
		}
		var sending sync.WaitGroup
		var mu sync.Mutex
		sending.Go(func() {
			for i := range pages {
				if status, _ := b.sends(key(i), i, photograph(i)); status == http.StatusCreated || status == http.StatusOK {
					mu.Lock()
					acknowledged[i] = true
					mu.Unlock()
				}
			}
		})
		time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond)
		kill(cmd)
		sending.Wait()
	}
	cmd := b.startsServer()
	for i := range pages {
		b.sends(key(i), i, photograph(i))
	}
	l := b.waits()
	if len(l.Pages) != pages {
		t.Fatalf("%d pages of %d", len(l.Pages), pages)
	}
	for n := range kills {
		body := fmt.Sprintf(`{"version": %d}`, l.Version)
		go func() {
			resp, err := http.Post(b.url+"/notebooks/"+b.id+"/confirm", "application/json", strings.NewReader(body))
			if err == nil {
				resp.Body.Close()
			}
		}()
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond)
		kill(cmd)
		cmd = b.startsServer()
		if l = b.looks(); n == kills-1 && l.Stage == "open" {
			if _, status := b.confirms(l.Version); status != http.StatusOK {
				t.Fatalf("confirm: %d", status)
			}
		}
	}
	within(t, time.Minute, func() bool { return b.looks().Stage == "done" })
	defer kill(cmd)
	within(t, time.Minute, func() bool {
		for i := range pages {
			if !strings.Contains(b.note(fmt.Sprintf("06-%02d-2019.md", 1+i/2)), fmt.Sprintf("pageword%02d", i)) {
				return false
			}
		}
		return true
	})
	scans, _ := filepath.Glob(filepath.Join(b.dir, "journal", "*.jpg"))
	if len(scans) != pages {
		t.Errorf("%d scans of %d pages: %q", len(scans), pages, scans)
	}
	sums := map[[32]byte]bool{}
	for _, path := range scans {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sums[sha256.Sum256(data)] = true
	}
	for i := range pages {
		if !sums[sha256.Sum256(photograph(i))] {
			t.Errorf("the bytes of page %d are in no scan", i)
		}
	}
	t.Logf("%d acknowledged among %d kills", len(acknowledged), 2*kills)
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	http.DefaultClient.CloseIdleConnections()
}

// startsServer starts a server in a process of its own.
func (b *paper) startsServer() *exec.Cmd {
	b.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	b.url = "http://" + addr
	cmd := b.starts("serve", "--addr", addr, "--model-embedding", "none")
	within(b.t, time.Minute, func() bool {
		resp, err := http.Get(b.url + "/status")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		return strings.Contains(body.String(), "ready")
	})
	return cmd
}

// holds reports whether the notebook has a page.
func (b *paper) holds(page int) bool {
	var l listed
	if err := json.Unmarshal([]byte(b.get(b.url+"/notebooks/"+b.id)), &l); err != nil {
		b.t.Fatal(err)
	}
	for _, p := range l.Pages {
		if p.ID == key(page)+"-1" {
			return true
		}
	}
	return false
}
