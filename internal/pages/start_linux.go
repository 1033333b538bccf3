package pages

import (
	"fmt"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// startConfined starts cmd with no_new_privs set: neither it nor anything that
// it executes can gain privileges, by a set-user-ID program for example. The
// attribute is inherited from the thread that starts the process, before any
// of its code runs.
func startConfined(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // the main thread, which cannot end
			started <- startConfined(cmd)
			runtime.UnlockOSThread()
			return
		}
		// The thread keeps the attribute, so it ends with this goroutine, which
		// never unlocks it.
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			started <- fmt.Errorf("set no_new_privs: %w", err)
			return
		}
		started <- cmd.Start()
	}()
	return <-started
}
