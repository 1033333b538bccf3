package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store/sqlite"
	"daybook/internal/store/sqlite/damagetest"
	"daybook/internal/threads"
)

// damaged is a person whose data get damaged, and what was said to be saved.
type damaged struct {
	log *buffer // of the server that was started last
	*person
	what string
	said map[string]string // by message ID
	sent int
}

// TestDamagedData damages the files of the program, at rest and while it runs.
// The program is never ended by a signal, no message is served as sound that
// was altered, nothing that was acknowledged is lost without a word, and check
// finds each damage that is not harmless. DAYBOOK_TEST_DAMAGES says how often
// each kind is tried.
func TestDamagedData(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	rounds := 1
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_TEST_DAMAGES")); err == nil {
		rounds = n
	}
	whole := newDamaged(t)
	r := rand.New(rand.NewPCG(3, 4))
	tried := 0
	for round := range rounds {
		for i, kind := range damagetest.Kinds() {
			if os.Getenv("DAYBOOK_TEST_DAMAGES") == "" && i%3 != 0 {
				continue
			}
			for _, file := range []string{"daybook.db", "index.db"} {
				whole.copy(t, fmt.Sprintf("at rest %d: %s of %s", round, kind.Name, file)).atRest(r, kind, file)
				tried++
			}
			for _, file := range []string{"daybook.db", "index.db", "daybook.db-wal", "index.db-wal", "daybook.db-shm"} {
				whole.copy(t, fmt.Sprintf("running %d: %s of %s", round, kind.Name, file)).running(r, kind, file)
				tried++
			}
		}
	}
	t.Logf("%d damages", tried)
}

// newDamaged returns data with conversations and an index.
func newDamaged(t *testing.T) *damaged {
	p := newPerson(t)
	notes := map[string]string{}
	for i := range 25 {
		notes[time.Date(2022, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("01-02-2006")+".md"] = strings.Repeat(fmt.Sprintf("The barometer fell on day %d. ", i), 20)
	}
	p.journal(notes)
	d := &damaged{person: p, said: map[string]string{}}
	url, c := d.start("")
	for i := range 8 {
		var made struct {
			ID string `json:"thread_id"`
		}
		d.post(url+"/threads", map[string]string{"title": fmt.Sprint("Thread ", i)}, &made)
		for range 6 {
			d.say(url, made.ID)
		}
	}
	d.ends(c, syscall.SIGTERM)
	if len(d.said) != 48 || d.check() {
		t.Fatalf("%d messages were saved, or they are damaged already", len(d.said))
	}
	return d
}

// copy returns a copy of d for one damage.
func (d *damaged) copy(t *testing.T, what string) *damaged {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	other := &damaged{person: &person{t: t, dir: dir, env: map[string]string{}}, what: what, said: map[string]string{}}
	for name, value := range d.env {
		other.env[name] = strings.ReplaceAll(value, d.dir, dir)
	}
	for id, text := range d.said {
		other.said[id] = text
	}
	return other
}

func (d *damaged) file(name string) string {
	return filepath.Join(d.env["DAYBOOK_DATA"], "journal", name)
}

// command is the program in a process of its own.
func (d *damaged) command(args ...string) (*exec.Cmd, *buffer) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = processEnv(d.env)
	log := &buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	return cmd, log
}

// child is a server in a process of its own.
type child struct {
	cmd   *exec.Cmd
	log   *buffer
	ended chan struct{} // closed when it has
}

// start starts a server. It returns no address if the server refuses to serve.
func (d *damaged) start(damage string) (url string, c *child) {
	d.t.Helper()
	cmd, log := d.command("serve", "--addr", "127.0.0.1:0", "--no-token")
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	c = &child{cmd, log, make(chan struct{})}
	d.log = log
	go func() {
		_ = cmd.Wait() // its state is looked at
		close(c.ended)
	}()
	for {
		if m := listening.FindStringSubmatch(log.String()); m != nil {
			return m[1], c
		}
		select {
		case <-c.ended:
			d.survived(cmd, log)
			if damage == "" {
				d.t.Fatalf("%s: it does not serve:\n%s", d.what, log)
			}
			return "", c
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// survived fails if the program was ended by a signal, or by itself in panic.
func (d *damaged) survived(cmd *exec.Cmd, log *buffer) {
	d.t.Helper()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() || strings.Contains(log.String(), "goroutine ") {
		d.t.Errorf("%s: %v\n%s", d.what, cmd.ProcessState, log)
	}
}

// ends ends a server that must still be running.
func (d *damaged) ends(c *child, signal syscall.Signal) {
	d.t.Helper()
	select {
	case <-c.ended:
		d.t.Errorf("%s: the server ended by itself: %v\n%s", d.what, c.cmd.ProcessState, c.log)
		return
	default:
	}
	if err := c.cmd.Process.Signal(signal); err != nil {
		d.t.Errorf("%s: %v\n%s", d.what, err, c.log)
	}
	<-c.ended
	if signal == syscall.SIGTERM {
		d.survived(c.cmd, c.log)
	}
}

// asks makes a request and returns the status, and what was answered with 200.
func (d *damaged) asks(method, url string, body, answer any) int {
	d.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, url, bytes.NewReader(data))
	if err != nil {
		d.t.Fatal(err)
	}
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Errorf("%s: %s %s: %v", d.what, method, url, err)
		return 0
	}
	defer resp.Body.Close()
	if data, err = io.ReadAll(resp.Body); err != nil {
		d.t.Errorf("%s: %v", d.what, err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(data, answer); err != nil {
			d.t.Errorf("%s: %s: %v", d.what, data, err)
		}
	case http.StatusServiceUnavailable, http.StatusNotFound:
	default:
		d.t.Errorf("%s: %s %s: %s %s\n%s", d.what, method, url, resp.Status, data, d.log)
	}
	return resp.StatusCode
}

func (d *damaged) post(url string, body, answer any) int {
	return d.asks(http.MethodPost, url, body, answer)
}

// say adds a message, and remembers it if that was acknowledged.
func (d *damaged) say(url, thread string) {
	d.sent++
	text := strings.Repeat(fmt.Sprintf("Message %d. ", d.sent), 1+d.sent*7%60)
	var m struct {
		ID string `json:"message_id"`
	}
	if d.post(url+"/threads/"+thread+"/messages", map[string]string{"role": "user", "content": text}, &m) == http.StatusOK {
		d.said[m.ID] = text
	}
}

// reads reads all conversations and searches. What is served as sound must be
// what was saved.
func (d *damaged) reads(url string) (threads []string) {
	d.t.Helper()
	var list []struct {
		ID string `json:"thread_id"`
	}
	d.asks(http.MethodGet, url+"/threads", nil, &list)
	for _, thread := range list {
		threads = append(threads, thread.ID)
		var messages []struct {
			ID      string `json:"message_id"`
			Content string `json:"content"`
			Damaged bool   `json:"damaged"`
		}
		d.asks(http.MethodGet, url+"/threads/"+thread.ID+"/messages", nil, &messages)
		for _, m := range messages {
			if !m.Damaged && d.said[m.ID] != m.Content {
				d.t.Errorf("%s: message %s is served as sound and is %.40q, not %.40q", d.what, m.ID, m.Content, d.said[m.ID])
			}
		}
	}
	var anything any
	d.asks(http.MethodGet, url+"/search?q=barometer", nil, &anything)
	d.asks(http.MethodGet, url+"/ingest", nil, &anything)
	return threads
}

// atRest damages a file while nothing runs.
func (d *damaged) atRest(r *rand.Rand, kind damagetest.Kind, file string) {
	d.t.Helper()
	where, err := kind.Apply(r, d.file(file))
	if err != nil {
		d.t.Fatal(err)
	}
	d.what += " " + where
	found := d.check()
	url, c := d.start(d.what)
	if url != "" {
		for _, thread := range d.reads(url) {
			d.say(url, thread)
		}
		d.reads(url)
		d.ends(c, syscall.SIGTERM)
	}
	if !found {
		d.everythingIsThere()
	}
}

// running damages a file under a server that writes.
func (d *damaged) running(r *rand.Rand, kind damagetest.Kind, file string) {
	d.t.Helper()
	url, c := d.start("")
	threads := d.reads(url)
	for _, thread := range threads[:3] {
		d.say(url, thread)
	}
	if info, err := os.Stat(d.file(file)); err == nil && info.Size() > 0 {
		where, err := kind.Apply(r, d.file(file))
		if err != nil {
			d.t.Fatal(err)
		}
		d.what += " " + where
	}
	for i := range 4 {
		d.reads(url)
		for _, thread := range threads[i : i+3] {
			d.say(url, thread)
		}
		note := filepath.Join(d.env["DAYBOOK_JOURNAL"], fmt.Sprintf("02-%02d-2023.md", 1+i))
		if err := os.WriteFile(note, []byte("Something new about the barometer."), 0o600); err != nil {
			d.t.Fatal(err)
		}
		var anything any
		d.post(url+"/ingest", map[string]string{}, &anything)
	}
	signal := syscall.SIGTERM
	if r.IntN(2) == 0 {
		signal = syscall.SIGKILL
	}
	d.what += fmt.Sprintf(" (%v)", signal)
	d.ends(c, signal)
	if !d.check() {
		d.everythingIsThere()
	}
}

// check runs the command and reports whether it found damage.
func (d *damaged) check() bool {
	d.t.Helper()
	cmd, log := d.command("check")
	err := cmd.Run()
	d.survived(cmd, log)
	return err != nil
}

// everythingIsThere fails unless each message that was acknowledged is there.
func (d *damaged) everythingIsThere() {
	d.t.Helper()
	s, err := sqlite.Open(d.t.Context(), d.file("daybook.db"))
	if err != nil {
		d.t.Errorf("%s: check found nothing: %v", d.what, err)
		return
	}
	defer s.Close()
	there := map[string]string{}
	err = threads.In(s).EachMessage(d.t.Context(), func(m daybook.Message) error {
		there[m.ID] = m.Text
		return nil
	})
	if err != nil {
		d.t.Errorf("%s: check found nothing: %v", d.what, err)
	}
	for id, text := range d.said {
		if there[id] != text {
			d.t.Errorf("%s: check found nothing, and message %s is %.40q, not %.40q", d.what, id, there[id], text)
			return
		}
	}
}
