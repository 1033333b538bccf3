package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"daybook/internal/pages/scantest"
)

// TestWritesAreOnDiskBeforeTheyAreAnswered follows the system calls of a server:
// the file, its name and its new folders are synced before a write is answered.
func TestWritesAreOnDiskBeforeTheyAreAnswered(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	k := &killing{t: t, p: newPerson(t)}
	k.p.journal(map[string]string{"2023-01-01.md": "An old day.\n"})
	k.p.env["DAYBOOK_DATE_FORMATS"] = "YYYY/YYYY-MM-DD"
	k.p.withToken(killToken)
	k.start()
	defer func() {
		_ = k.cmd.Process.Kill()
		_ = k.cmd.Wait()
	}()
	file, log := filepath.Join(k.p.dir, "trace"), &buffer{}
	trace := exec.Command(strace, "-f", "-y", "-e", "trace=fsync,linkat,renameat,renameat2,mkdirat,write", "-o", file, "-p", fmt.Sprint(k.cmd.Process.Pid))
	trace.Stderr = log
	if err := trace.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return strings.Contains(log.String(), "attach") })
	if !strings.Contains(log.String(), "attached") || strings.Contains(log.String(), "not permitted") {
		_ = trace.Wait()
		t.Skip("strace may not follow processes here")
	}

	write := func(method, path, contentType string, body []byte, want int) string {
		t.Helper()
		status, answer := k.send(t.Context(), method, path, contentType, body)
		if status != want {
			t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
		return answer
	}
	var made struct{ ID string }
	created := write(http.MethodPost, "/entries", "application/json", []byte(`{"date": "2024-05-05", "text": "new"}`), http.StatusCreated)
	if err := json.Unmarshal([]byte(created), &made); err != nil {
		t.Fatal(err)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("file", "2025-05-06.jpg")
	_, _ = part.Write(scantest.JPEG(scantest.Paper(60, 90, 1)))
	_ = w.Close()
	write(http.MethodPost, "/pages", w.FormDataContentType(), form.Bytes(), http.StatusCreated)
	write(http.MethodPut, "/entries/"+made.ID, "application/json", []byte(`{"text": "saved"}`), http.StatusOK)
	write(http.MethodPut, "/notebooks/notebook_1", "application/json", []byte(`{}`), http.StatusOK)
	write(http.MethodPut, "/notebooks/notebook_1/files/photo_01", "image/jpeg", scantest.JPEG(scantest.Paper(60, 90, 2)), http.StatusCreated)
	_ = trace.Process.Signal(os.Interrupt)
	_ = trace.Wait()

	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	answered := regexp.MustCompile(`write\(\d+<[^>]*>, "HTTP/1\.1 20[01]`).Split(string(data), -1)
	if len(answered) != 6 {
		t.Fatalf("%d answers were traced, want 5", len(answered)-1)
	}
	journal := regexp.QuoteMeta(filepath.Join(k.p.dir, "journal"))
	folder, draft := `fsync\(\d+<`+journal+`/202\d>`, `fsync\(\d+<`+journal+`/202\d/\.daybook-[^>]*\.draft>`
	queue := regexp.QuoteMeta(filepath.Join(k.p.env["DAYBOOK_DATA"])) + `/[^>]*/notebooks/notebook_1`
	list := []string{`fsync\(\d+<` + queue + `/notebook\.json\.new>`, `renameat2?\(.*notebook\.json`, `fsync\(\d+<` + queue + `>`}
	for i, test := range []struct {
		what string
		want []string
	}{
		{"a new note", []string{`mkdirat\(.*"2024"`, `fsync\(\d+<` + journal + `>`, draft, `linkat\(`, folder}},
		{"an upload", []string{`mkdirat\(.*"2025"`, `fsync\(\d+<` + journal + `>`, `fsync\(\d+<` + journal + `/2025/\.daybook-scan-\d+>`, `linkat\(`, folder}},
		{"a save", []string{draft, `renameat2\(.*RENAME_EXCHANGE`, folder}},
		{"a notebook", list},
		{"a page of a notebook", slices.Concat([]string{`fsync\(\d+<` + queue + `/\.incoming-`, `renameat2?\(.*photo_01`, `fsync\(\d+<` + queue + `>`}, list)},
	} {
		done := answered[i]
		for _, pattern := range test.want {
			at := regexp.MustCompile(pattern).FindStringIndex(done)
			if at == nil {
				t.Errorf("%s: missing before the answer, or out of order: %s", test.what, pattern)
				break
			}
			done = done[at[1]:]
		}
	}
}
