package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"daybook/internal/store/lancedb/lancetest"
)

// olderWriter writes threads as the older service does, and reads them as it
// does: a thread without a list of tags is one that it cannot show. Each line of
// its input is a thread to write, or "read".
const olderWriter = `
import datetime, json, lancedb, os, pyarrow as pa, sys
db = lancedb.connect(sys.argv[1])
threads, messages = db.open_table("threads"), db.open_table("messages")
for line in sys.stdin:
    id = line.strip()
    if id == "read":
        threads.checkout_latest(); messages.checkout_latest()
        found = threads.to_arrow().to_pylist()
        whole = [t["thread_id"] for t in found if t["title"] is not None and isinstance(t["tags"], list)]
        said = {}
        for m in messages.to_arrow().to_pylist():
            said.setdefault(m["thread_id"], []).append(m["content"])
        print(json.dumps({"version": lancedb.__version__, "threads": sorted(whole), "messages": {k: sorted(v) for k, v in said.items()}}), flush=True)
        continue
    now = datetime.datetime.now().isoformat()
    threads.add([{"thread_id": id, "title": "Talk " + id, "tags": [], "created_at": now, "updated_at": now}])
    messages.add([{"message_id": id + "-" + role, "thread_id": id, "timestamp": now, "role": role, "content": role + " of " + id} for role in ("user", "assistant")])
    threads.update(where="thread_id = '" + id + "'", values={"updated_at": datetime.datetime.now().isoformat()})
    print("ok", flush=True)
os._exit(0)
`

// pythonWriter is a process of olderWriter.
type pythonWriter struct {
	t     *testing.T
	stdin io.WriteCloser
	out   *bufio.Reader
	errs  bytes.Buffer
}

func startWriter(t *testing.T, python, folder string) *pythonWriter {
	t.Helper()
	w := &pythonWriter{t: t}
	cmd := exec.Command(python, "-W", "ignore", "-c", olderWriter, folder)
	cmd.Env, cmd.Stderr = append(os.Environ(), "RUST_LOG=error"), &w.errs
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.stdin, w.out = stdin, bufio.NewReader(stdout)
	t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	return w
}

// does sends a line and returns the answer. It may be called from any goroutine.
func (w *pythonWriter) does(line string) string {
	fmt.Fprintln(w.stdin, line)
	answer, err := w.out.ReadString('\n')
	if err != nil {
		w.t.Errorf("%s: %v\n%s", line, err, w.errs.String())
	}
	return answer
}

// packagedServer serves a folder by the script that is released with Daybook.
func packagedServer(t *testing.T, folder string, args ...string) string {
	t.Helper()
	cmd := exec.Command(lancetest.Need(t), append([]string{"-W", "ignore", "../../packaging/lancedb-server.py", folder, "--port", "0"}, args...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal("the server does not start")
	}
	return strings.TrimSpace(line)
}

// posts sends JSON and returns the decoded answer.
func posts(t *testing.T, url string, body any) map[string]any {
	data, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode >= 300 {
		t.Errorf("%s: %d %v", url, resp.StatusCode, err)
	}
	return out
}

// daybookWrites makes a thread with two messages.
func daybookWrites(t *testing.T, url string) (id string, said []string) {
	id, _ = posts(t, url+"/threads", map[string]any{"title": "From Daybook"})["thread_id"].(string)
	said = []string{"assistant of " + id, "user of " + id}
	posts(t, url+"/threads/"+id+"/messages", map[string]any{"role": "user", "content": said[1]})
	posts(t, url+"/threads/"+id+"/messages", map[string]any{"role": "assistant", "content": said[0]})
	return id, said
}

// The lancedb that the older service pins, the newest one and Daybook write
// threads to one folder by turns, and then at once. Each finds them all.
func TestSharedFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	older := lancetest.Older(t)
	folder := filepath.Join(t.TempDir(), "lance")
	p := newPerson(t)
	p.env["DAYBOOK_STORE"] = "lancedb+" + packagedServer(t, folder)
	p.journal(map[string]string{"06-04-2024.md": "A walk along the dike."})
	url, _, _ := p.serves()
	writers := []*pythonWriter{startWriter(t, older, folder), startWriter(t, lancetest.Need(t), folder)}
	want := map[string][]string{}
	var mu sync.Mutex
	write := func(turn int) {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", turn)
		said := []string{"assistant of " + id, "user of " + id}
		if turn%3 == 0 {
			id, said = daybookWrites(t, url)
		} else if got := writers[turn%3-1].does(id); got != "ok\n" {
			t.Errorf("%s: %q", id, got)
		}
		mu.Lock()
		defer mu.Unlock()
		want[id] = said
	}
	const byTurns, all = 60, 110
	for turn := range byTurns {
		write(turn)
	}
	var at sync.WaitGroup
	for writer := range 3 {
		at.Go(func() {
			for turn := byTurns; turn < all; turn++ {
				if turn%3 == writer {
					write(turn)
				}
			}
		})
	}
	at.Wait()
	for _, w := range writers {
		w.findsAll(want)
	}
	var threads []struct {
		ID   string   `json:"thread_id"`
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal([]byte(p.get(url+"/threads")), &threads); err != nil {
		t.Fatal(err)
	}
	if len(threads) != all {
		t.Errorf("Daybook finds %d threads of %d", len(threads), all)
	}
	for _, thread := range threads {
		var list []struct{ Content string }
		if err := json.Unmarshal([]byte(p.get(url+"/threads/"+thread.ID+"/messages")), &list); err != nil || len(list) != 2 || thread.Tags == nil {
			t.Errorf("Daybook finds %s with tags %v and %d messages (%v)", thread.ID, thread.Tags, len(list), err)
		}
	}
}

// findsAll checks that the writer reads all that was written.
func (w *pythonWriter) findsAll(want map[string][]string) {
	w.t.Helper()
	var got struct {
		Version  string
		Threads  []string
		Messages map[string][]string
	}
	if err := json.Unmarshal([]byte(w.does("read")), &got); err != nil {
		w.t.Errorf("%v\n%s", err, w.errs.String())
		return
	}
	w.t.Logf("lancedb %s finds %d threads of %d", got.Version, len(got.Threads), len(want))
	if len(got.Threads) != len(want) {
		w.t.Errorf("lancedb %s finds %d threads of %d", got.Version, len(got.Threads), len(want))
	}
	for id, said := range want {
		if !slices.Equal(got.Messages[id], said) {
			w.t.Errorf("lancedb %s: %s says %q, want %q", got.Version, id, got.Messages[id], said)
		}
	}
}

// newestFormat makes tables as a LanceDB server alone does.
const newestFormat = `
import lance, pyarrow as pa, sys
text = pa.string()
lance.write_dataset(pa.table({"thread_id": ["a", "b"], "title": ["One", "Two"], "created_at": ["2024-06-04T10:00:00"] * 2,
    "updated_at": ["2024-06-04T10:00:00"] * 2, "tags": pa.array([[], ["#x"]], pa.list_(text))}), sys.argv[1] + "/threads.lance", data_storage_version="2.2")
`

// A folder whose tables have the newest format is rewritten on demand.
func TestConvertedFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	older := lancetest.Older(t)
	folder := filepath.Join(t.TempDir(), "lance")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	lancetest.Script(t, newestFormat, folder)
	packagedServer(t, folder, "--convert")
	startWriter(t, older, folder).findsAll(map[string][]string{"a": nil, "b": nil})
}
