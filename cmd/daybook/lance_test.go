package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daybook/internal/store/lancedb/lancetest"
)

// olderService makes a folder as the service before Daybook leaves it, with
// Python's own lancedb.
const olderService = `
import lancedb, pyarrow as pa, sys
db = lancedb.connect(sys.argv[1])
db.create_table("journal", pa.table({
    "date": ["2019-03-02", "2019-03-09", "2019-03-09"],
    "title": ["03-02-2019", "03-09-2019_03-10-2019", "unread"],
    "text": ["The ferry was late and it rained on the pier.", "Two days of marmalade.", "It's \"quoted\"; and 'so' on."],
    "tags": pa.array([["#ferry"], ["#kitchen"], []], pa.list_(pa.string())),
    "embedding": pa.array([[1, 0, 0, 0], [0, 1, 0, 0], None], pa.list_(pa.float32(), 4)),
}), mode="overwrite")
db.create_table("threads", pa.table({
    "thread_id": ["7d8e1d5e-9a40-4ad2-bd3f-7a52a4f0c0de"], "title": ["Old talk"], "tags": pa.array([None], pa.list_(pa.string())),
    "created_at": ["2024-06-04T10:00:00.123456"], "updated_at": ["2024-06-04T10:00:01"],
}), mode="overwrite")
db.create_table("messages", pa.table({
    "message_id": ["m1", "m2"], "thread_id": ["7d8e1d5e-9a40-4ad2-bd3f-7a52a4f0c0de"] * 2,
    "timestamp": ["2024-06-04T10:00:00.123456", "2024-06-04T10:00:01"], "role": ["user", "assistant"], "content": ["Was it late?", "It was."],
}), mode="overwrite")
`

const oldThread = "7d8e1d5e-9a40-4ad2-bd3f-7a52a4f0c0de"

// dumps prints a table as JSON, as Python sees it.
const dumps = `
import lancedb, json, sys
print(json.dumps(lancedb.connect(sys.argv[1]).open_table(sys.argv[2]).to_arrow().to_pylist()))
`

// adds has Python add a message to the old thread, as the older service does.
const adds = `
import lancedb, pyarrow as pa, sys
t = lancedb.connect(sys.argv[1]).open_table("messages")
t.add(pa.table({"message_id": ["m9"], "thread_id": [sys.argv[2]], "timestamp": ["2999-01-01T00:00:00"], "role": ["user"], "content": ["From Python."]}))
`

// rows are what Python finds in a table.
func rows(t *testing.T, folder, table string) []map[string]any {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte(lancetest.Script(t, dumps, folder, table)), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestFolderOfTheOlderService opens a folder that Python's lancedb wrote,
// searches it, chats over it and writes to it; Python reads what was written.
func TestFolderOfTheOlderService(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	folder := filepath.Join(t.TempDir(), "lance")
	lancetest.Script(t, olderService, folder)
	_, address := lancetest.Run(t, folder)
	p := newPerson(t)
	p.env["DAYBOOK_STORE"] = "lancedb+" + address
	p.journal(nil)

	// Nothing of the vault is read yet: what is there is served.
	out, errs, code := p.types("search", "ferry")
	if code != 0 || !strings.Contains(out, "late and it rained") {
		t.Fatalf("search: %d\n%s%s", code, out, errs)
	}
	if out, _, _ := p.types("search", "--tag", "kitchen", "--from", "2019-03-01", "marmalade"); !strings.Contains(out, "Two days of marmalade") {
		t.Errorf("search with conditions: %s", out)
	}
	out, errs, code = p.types("ask", "--thread", oldThread, "What did I write about the ferry?")
	if code != 0 || !strings.Contains(out, "ferry was late") {
		t.Fatalf("ask: %d\n%s%s", code, out, errs)
	}
	messages := rows(t, folder, "messages")
	if len(messages) != 4 || messages[2]["content"] != "What did I write about the ferry?" || messages[3]["role"] != "assistant" ||
		messages[3]["thread_id"] != oldThread || !strings.Contains(messages[3]["content"].(string), "ferry was late") {
		t.Errorf("Python finds the messages %v", messages)
	}
	if threads := rows(t, folder, "threads"); len(threads) != 1 || threads[0]["title"] != "Old talk" || threads[0]["updated_at"] == "2024-06-04T10:00:01" {
		t.Errorf("Python finds the threads %v", threads)
	}

	// The vault has one of the notes, changed, and a new one.
	p.journal(map[string]string{
		"03-02-2019.md": "The ferry was late and it rained on the pier.", "06-04-2024.md": "FIRST TIME IN THE SEA. #swimming",
	})
	if out, errs, code := p.types("index"); code != 0 {
		t.Fatalf("index: %d\n%s%s", code, out, errs)
	}
	journal := map[string]map[string]any{}
	for _, r := range rows(t, folder, "journal") {
		journal[r["title"].(string)] = r
	}
	if r := journal["06-04-2024"]; r == nil || r["date"] != "2024-06-04" || !strings.Contains(r["text"].(string), "FIRST TIME") ||
		r["tags"].([]any)[0] != "#swimming" || r["embedding"] != nil {
		t.Errorf("Python finds the new note as %v", r)
	}
	if v, _ := journal["03-02-2019"]["embedding"].([]any); len(v) != 4 || v[0] != 1.0 {
		t.Errorf("a note that says what it did has lost its vector: %v", journal["03-02-2019"])
	}
	out, _, _ = p.types("search", "sea")
	again, _, _ := p.types("search", "marmalade")
	if !strings.Contains(out, "FIRST TIME") || strings.Contains(again, "Two days of marmalade") {
		t.Errorf("once the vault is read the index is of the vault:\n%s\n%s", out, again)
	}

	// What Python writes meanwhile is found here, behind what was there.
	lancetest.Script(t, adds, folder, oldThread)
	url, _, stop := p.serves()
	var list []struct{ Content string }
	if err := json.Unmarshal([]byte(p.get(url+"/threads/"+oldThread+"/messages")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 5 || list[0].Content != "Was it late?" || list[1].Content != "It was." || list[4].Content != "From Python." {
		t.Errorf("the thread has %v", list)
	}
	if code := stop(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
}

// TestStoresFindTheSame asks the questions whose days are known of either
// store: at most one more or less is answered.
func TestStoresFindTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	questions, _ := filepath.Abs("../../../shared/eval/pepys-1660-1664.jsonl")
	journal, _ := filepath.Abs("../../../shared/journals/pepys-1660-1664")
	if _, err := os.Stat(questions); err != nil {
		t.Skip("there is no ../shared with questions whose days are known")
	}
	_, address := lancetest.Run(t, filepath.Join(t.TempDir(), "lance"))
	hits := map[string][2]int{}
	for name, store := range map[string]string{"SQLite": "", "LanceDB": "lancedb+" + address} {
		p := newPerson(t)
		p.env["DAYBOOK_STORE"], p.env["DAYBOOK_JOURNAL"], p.env["DAYBOOK_MODEL_EMBEDDING"] = store, journal, "none"
		if out, errs, code := p.types("index"); code != 0 {
			t.Fatalf("%s: index: %d\n%s%s", name, code, out, errs)
		}
		out, errs, code := p.types("eval", questions)
		if code != 0 {
			t.Fatalf("%s: eval: %d\n%s%s", name, code, out, errs)
		}
		t.Logf("%s\n%s", name, out)
		hits[name] = hitsOf(t, out)
	}
	for i := range 2 {
		if d := hits["SQLite"][i] - hits["LanceDB"][i]; d < -1 || d > 1 {
			t.Errorf("SQLite finds %v, LanceDB %v", hits["SQLite"], hits["LanceDB"])
		}
	}
}

// hitsOf reads how many questions were answered by the first, and by one of
// the first five, of what was found.
func hitsOf(t *testing.T, table string) (hits [2]int) {
	t.Helper()
	for line := range strings.Lines(table) {
		var n int
		var one, five float64
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "all %d %f %f", &n, &one, &five); err == nil {
			return [2]int{int(math.Round(one * float64(n))), int(math.Round(five * float64(n)))}
		}
	}
	t.Fatalf("no line for all questions in\n%s", table)
	return hits
}

// TestMigrate copies a journal's store to a server and back to another
// machine's file, and asks the server when it is there and when it is not.
func TestMigrate(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	server, address := lancetest.Run(t, filepath.Join(t.TempDir(), "lance"))
	p := newPerson(t)
	p.journal(map[string]string{"06-04-2024.md": "FIRST TIME IN THE SEA. #swimming", "06-05-2024.md": "It rained on the pier."})
	if out, errs, code := p.types("ask", "--thread", "new", "When was I in the sea?"); code != 0 {
		t.Fatalf("ask: %d\n%s%s", code, out, errs)
	}
	out, errs, code := p.types("migrate", "--to", "lancedb+"+address)
	if code != 0 || !regexp.MustCompile(`threads +1, 1 copied`).MatchString(out) || !regexp.MustCompile(`notes +2, 2 copied`).MatchString(out) {
		t.Fatalf("migrate: %d\n%s%s", code, out, errs)
	}
	p.env["DAYBOOK_STORE"] = "lancedb+" + address
	if out, errs, code = p.types("migrate"); code != 0 || !regexp.MustCompile(`notes +2, 0 copied`).MatchString(out) {
		t.Errorf("once more: %d\n%s%s", code, out, errs)
	}
	other := newPerson(t)
	other.env["DAYBOOK_JOURNAL"] = p.env["DAYBOOK_JOURNAL"]
	if out, errs, code = other.types("migrate", "--from", "lancedb+"+address, "--to", "file"); code != 0 || !regexp.MustCompile(`threads +1, 1 copied`).MatchString(out) {
		t.Errorf("back: %d\n%s%s", code, out, errs)
	}
	for _, args := range [][]string{
		{"migrate", "--to", "file"}, {"migrate", "--to", "mysql://user:secret@host"}, {"migrate", "--from", "", "--to", "file"},
	} {
		if out, errs, code := p.types(args...); code != exitUsage || strings.Contains(out+errs, "secret") {
			t.Errorf("%v: %d\n%s%s", args, code, out, errs)
		}
	}

	url, _, stop := p.serves()
	defer stop()
	if threads := p.get(url + "/threads"); !strings.Contains(threads, "thread_id") {
		t.Errorf("threads: %s", threads)
	}
	server.Kill()
	resp, err := http.Get(url + "/threads")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "cannot be reached") {
		t.Errorf("without the LanceDB server: %s %s", resp.Status, body)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if threads := p.get(url + "/threads"); !strings.Contains(threads, "thread_id") {
		t.Errorf("threads when it is back: %s", threads)
	}
}
