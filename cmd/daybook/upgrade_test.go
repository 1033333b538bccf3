package main

import (
	"archive/tar"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook/internal/store/lancedb/lancetest"
)

// The files of testdata/upgrade are what an older Daybook left, named for its
// version: a journal, its data, and in expected.json what its API said.
const upgrades = "testdata/upgrade"

// olderData is expected.json.
type olderData struct {
	Threads  []map[string]any
	Messages map[string][]map[string]any
	Analyses []map[string]any
	Entries  []map[string]any
	Notes    map[string]string
}

// Everything that an older Daybook kept is there after an upgrade, and as it was.
func TestUpgrade(t *testing.T) {
	files, err := filepath.Glob(upgrades + "/*.tar.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no data of older versions: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".tar.gz"), func(t *testing.T) {
			p := newPerson(t)
			want := p.leaves(file)
			const usage = "SELECT day || model || task, calls || '/' || input_tokens || '/' || output_tokens || '/' || cost FROM usage"
			spent := p.rows(usage)
			// Twice: the first start brings the data up to date.
			for range 2 {
				url, log, stop := p.serves("--model-embedding", "none")
				eventually(t, func() bool { return strings.Contains(p.get(url+"/status"), "ready") })
				p.has(url, want)
				if code := stop(); code != 0 {
					t.Errorf("it ends with %d:\n%s", code, log)
				}
			}
			for name, text := range want.Notes {
				if got, err := os.ReadFile(filepath.Join(p.dir, name)); err != nil || string(got) != text {
					t.Errorf("%s is %q, was %q (%v)", name, got, text, err)
				}
			}
			if got := p.rows(usage); !maps.Equal(got, spent) || len(want.Analyses) > 0 && len(spent) == 0 {
				t.Errorf("the models took %v, before %v", got, spent)
			}
			if out, errs, code := p.types("check"); code != 0 {
				t.Errorf("check: %d\n%s%s", code, out, errs)
			}
		})
	}
}

// leaves unpacks what an older Daybook left.
func (p *person) leaves(file string) (want olderData) {
	p.t.Helper()
	if err := unpack(file, p.dir); err != nil {
		p.t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(p.dir, "expected.json"))
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.env["DAYBOOK_JOURNAL"], p.env["DAYBOOK_EVERGREEN"] = filepath.Join(p.dir, "journal"), filepath.Join(p.dir, "evergreen")
	p.env["DAYBOOK_TIMEZONE"] = "UTC"
	return want
}

func unpack(file, into string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		to := filepath.Join(into, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(to, 0o700)
		} else {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(to, data, 0o600)
			}
			if err == nil { // a note without a day has that of its last change
				err = os.Chtimes(to, h.ModTime, h.ModTime)
			}
		}
		if err != nil {
			return err
		}
	}
}

// has checks that the API says what the older one did. It may say more.
func (p *person) has(url string, want olderData) {
	p.t.Helper()
	threads := p.list(url + "/threads")
	if len(threads) != len(want.Threads) || len(threads) == 0 {
		p.t.Errorf("%d threads, want %d", len(threads), len(want.Threads))
	}
	same(p.t, "threads", "thread_id", threads, want.Threads)
	cited := 0
	for thread, messages := range want.Messages {
		got := p.list(url + "/threads/" + thread + "/messages")
		if len(got) != len(messages) {
			p.t.Errorf("thread %s has %d messages, want %d", thread, len(got), len(messages))
		}
		same(p.t, "messages", "message_id", got, messages)
		for _, m := range messages {
			list, _ := m["citations"].([]any)
			cited += len(list)
		}
	}
	if cited == 0 {
		p.t.Error("no message cites a passage")
	}
	for _, a := range want.Analyses {
		var got map[string]any
		p.decodes(url+"/analyses/"+a["id"].(string), &got)
		same(p.t, "analyses", "id", []map[string]any{got}, []map[string]any{a})
	}
	if len(want.Entries) > 0 {
		same(p.t, "entries", "id", p.list(url+"/entries?limit=1000&text=true"), want.Entries)
	}
	for name, text := range want.Notes {
		if !strings.Contains(name, "evergreen") && !strings.Contains(p.get(url+"/entries?limit=1000&text=true"), lastLine(text)) {
			p.t.Errorf("the text of %s is not found", name)
		}
	}
}

// lastLine returns a piece of a note as it is in JSON.
func lastLine(text string) string {
	lines := strings.Fields(text)
	return lines[len(lines)-1]
}

func (p *person) list(url string) (list []map[string]any) {
	p.t.Helper()
	p.decodes(url, &list)
	return list
}

func (p *person) decodes(url string, into any) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.get(url)), into); err != nil {
		p.t.Errorf("%s: %v", url, err)
	}
}

// same checks that each object of want is in got, found by its ID, with equal
// values of all the names that it has.
func same(t *testing.T, what, id string, got, want []map[string]any) {
	t.Helper()
	byID := map[any]map[string]any{}
	for _, one := range got {
		byID[one[id]] = one
	}
	for _, one := range want {
		if diff := lacks(one, byID[one[id]]); diff != "" {
			t.Errorf("%s: %v%s", what, one[id], diff)
		}
	}
}

// lacks says where got has not what want has, "" if it has all of it.
func lacks(want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return " is missing"
		}
		for _, name := range slices.Sorted(maps.Keys(w)) {
			if diff := lacks(w[name], g[name]); diff != "" {
				return "." + name + diff
			}
		}
		return ""
	case nil: // a list of nothing, as older versions said it
		if g, ok := got.([]any); ok && len(g) == 0 {
			return ""
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return fmt.Sprintf(" has %d, want %d", len(g), len(w))
		}
		for i := range w {
			if diff := lacks(w[i], g[i]); diff != "" {
				return fmt.Sprintf("[%d]%s", i, diff)
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf(" is %v, was %v", got, want)
	}
	return ""
}

// Data of a later Daybook is refused with a clear message, and not changed.
func TestDowngrade(t *testing.T) {
	for _, name := range []string{"daybook.db", "index.db"} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.journal(map[string]string{"06-04-2024.md": "A walk along the dike."})
			if out, errs, code := p.types("index", "--model-embedding", "none"); code != 0 {
				t.Fatalf("index: %d\n%s%s", code, out, errs)
			}
			var file string
			_ = filepath.WalkDir(p.env["DAYBOOK_DATA"], func(path string, _ fs.DirEntry, _ error) error {
				if filepath.Base(path) == name {
					file = path
				}
				return nil
			})
			db, err := sql.Open("sqlite", file)
			if err == nil {
				_, err = db.Exec("PRAGMA user_version = 900")
			}
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"ask", "Where did I walk?"}, {"index"}, {"serve", "--addr", "127.0.0.1:0"}} {
				out, errs, code := p.types(append(args, "--model-embedding", "none")...)
				if code == 0 || !strings.Contains(errs, "newer Daybook") || !strings.Contains(errs, name) {
					t.Errorf("%v: %d\n%s%s", args, code, out, errs)
				}
			}
			if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

// So are the tables of a later Daybook on a LanceDB server.
func TestDowngradeOfLanceDB(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	folder := filepath.Join(t.TempDir(), "lance")
	_, address := lancetest.Run(t, folder)
	p := newPerson(t)
	p.env["DAYBOOK_STORE"] = "lancedb+" + address
	p.journal(map[string]string{"06-04-2024.md": "A walk along the dike."})
	if out, errs, code := p.types("index", "--model-embedding", "none"); code != 0 {
		t.Fatalf("index: %d\n%s%s", code, out, errs)
	}
	lancetest.Script(t, `import lancedb, sys; t = lancedb.connect(sys.argv[1]).open_table("daybook_meta"); assert t.update(where="key = 'format'", values={"value": "2"}).rows_updated == 1`, folder)
	if out, errs, code := p.types("ask", "--model-embedding", "none", "Where did I walk?"); code == 0 || !strings.Contains(errs, "newer Daybook") {
		t.Errorf("ask: %d\n%s%s", code, out, errs)
	}
}
