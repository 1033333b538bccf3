package importer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook/internal/llm"
	"daybook/internal/threads"
)

// killed is the variable that makes a child process of the test binary import
// into the world it names, until it is killed.
const killed = "DAYBOOK_TEST_IMPORT"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// small is a model whose vectors are short, so that many are soon made.
var small = llm.Ref{Provider: "test", Model: "small"}

// TestImportInAChild is what the child process runs.
func TestImportInAChild(t *testing.T) {
	dir := os.Getenv(killed)
	if dir == "" {
		t.Skip("left out: it is run by TestKilledAndRunAgain")
	}
	w := &world{t: t, dir: dir, store: openStore(t, filepath.Join(dir, "daybook.db"))}
	w.c = Config{Store: w.store, Threads: threads.In(w.store), Index: w.index, Embedding: small, Model: small}
	for _, name := range []string{"e.jsonl", "chats.json"} {
		w.imports(filepath.Join(dir, name))
	}
}

func TestKilledAndRunAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const notes, chats = 300, 200
	make := func() *world {
		w := newWorld(t)
		var vectors strings.Builder
		for i := range notes {
			p := fmt.Sprintf("%02d-%02d-2020.md", 1+i/28, 1+i%28)
			w.write("journal/"+p, fmt.Sprintf("Day number %d.", i/2)) // each text twice
			vectors.WriteString(line(p, numbers(vectorOf(p, 16))))
		}
		w.write("e.jsonl", vectors.String())
		w.write("chats.json", chatsJSON(chats, 4))
		w.store = openStore(t, filepath.Join(w.dir, "daybook.db"))
		w.c.Store, w.c.Threads, w.c.Embedding, w.c.Model = w.store, threads.In(w.store), small, small
		return w
	}
	whole := make()
	for _, name := range []string{"e.jsonl", "chats.json"} {
		whole.imports(filepath.Join(whole.dir, name))
	}
	wanted := dump(t, whole.store)
	inTheMiddle := 0
	for round := range 4 {
		w := make()
		cmd := exec.Command(binary, "-test.run", "^TestImportInAChild$")
		cmd.Env = append(os.Environ(), killed+"="+w.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The one half is killed among the vectors, the other among the chats.
		progressed := func() bool {
			stats, err := w.store.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if round%2 == 0 {
				return len(stats.Vectors) > 0
			}
			return stats.Threads > 10*round
		}
		for deadline := time.Now().Add(60 * time.Second); !progressed() && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		if got := dump(t, w.store); got != wanted {
			inTheMiddle++
		}
		for _, name := range []string{"e.jsonl", "chats.json"} {
			w.imports(filepath.Join(w.dir, name))
		}
		if got := dump(t, w.store); got != wanted {
			t.Errorf("round %d: another store than by one import: %d and %d lines", round, strings.Count(got, "\n"), strings.Count(wanted, "\n"))
		}
	}
	if inTheMiddle == 0 {
		t.Error("no import was killed in the middle")
	}
}
