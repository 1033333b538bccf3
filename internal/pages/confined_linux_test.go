package pages

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"daybook/internal/pages/scantest"
)

// privileges returns the NoNewPrivs line of every thread of a process.
func privileges(t *testing.T, pid string) (lines []string) {
	t.Helper()
	threads, err := os.ReadDir("/proc/" + pid + "/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%s/task/%s/status", pid, thread.Name()))
		if err != nil {
			continue // it ended
		}
		for line := range strings.Lines(string(status)) {
			if name, value, _ := strings.Cut(line, ":"); name == "NoNewPrivs" {
				lines = append(lines, strings.TrimSpace(value))
			}
		}
	}
	return lines
}

// No thread of a decoder can gain privileges, and the server itself keeps its
// own: it starts other programs too.
func TestDecodersHaveNoNewPrivileges(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	r := newRenderer(t, Config{})
	for name, data := range map[string][]byte{"scan.png": scantest.PNG(scantest.Quarters(40, 40)), "scan.pdf": shades(1)} {
		if _, err := r.Render(t.Context(), write(t, name, data), 0, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	decoders := children(t)
	if len(decoders) == 0 {
		t.Fatal("no decoder is idle")
	}
	for _, pid := range decoders {
		lines := privileges(t, pid)
		if len(lines) == 0 {
			t.Errorf("nothing is known of process %s", pid)
		}
		for _, value := range lines {
			if value != "1" {
				t.Errorf("NoNewPrivs of a thread of process %s is %s", pid, value)
			}
		}
	}
	// The main thread of this process is as it was inherited.
	before, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", os.Getppid()))
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	const lost = "NoNewPrivs:\t1"
	if strings.Contains(string(after), lost) && !strings.Contains(string(before), lost) {
		t.Error("the server itself lost its privileges")
	}
}
