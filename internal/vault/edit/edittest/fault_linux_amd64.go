package edittest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fallible are the system calls that Fault counts.
var fallible = []uint32{
	unix.SYS_OPENAT, unix.SYS_READ, unix.SYS_PREAD64, unix.SYS_WRITE, unix.SYS_FSYNC, unix.SYS_FCHMOD,
	unix.SYS_FSTAT, unix.SYS_NEWFSTATAT, unix.SYS_GETDENTS64, unix.SYS_READLINKAT, unix.SYS_MKDIRAT,
	unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT, unix.SYS_UNLINKAT, unix.SYS_CHMOD, unix.SYS_FCHMODAT,
}

// Fault runs f and makes its n-th call to the file system, counted from 0, fail with
// errno. It counts only calls made by f's own goroutine. The error is of Fault itself:
// errors.ErrUnsupported where the system cannot do this.
func Fault(n int, errno syscall.Errno, f func()) (Run, error) {
	var ends [2]int // closed at one end when f returns
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return Run{}, err
	}
	defer unix.Close(ends[0])
	ready := make(chan error, 1)
	var listener int
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The filter stays with the thread, which ends with this goroutine.
		runtime.LockOSThread()
		defer unix.Close(ends[1])
		var err error
		listener, err = listen()
		if ready <- err; err == nil {
			f()
		}
	}()
	if err := <-ready; err != nil {
		return Run{}, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	synced := syncs{}
	reached, err := answer(listener, ends[0], n, errno, synced)
	unix.Close(listener) // what still waits for an answer fails
	<-done
	return Run{reached, synced.missing()}, err
}

// listen has every fallible call of this thread reported to a listener.
func listen() (listener int, err error) {
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	program := []unix.SockFilter{load(0)} // the call's number
	for _, call := range fallible {
		program = append(program,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	fd, _, e := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&filter)))
	if e != 0 {
		return 0, e
	}
	return int(fd), nil
}

// notification and response are the kernel's seccomp_notif and seccomp_notif_resp.
type notification struct {
	ID         uint64
	PID, Flags uint32
	Call       int32
	Arch       uint32
	At         uint64
	Args       [6]uint64
}

type response struct {
	ID    uint64
	Value int64
	Error int32
	Flags uint32
}

const (
	receive    = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	send       = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
	letProceed = 1          // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

// answer lets every call of the thread through except the n-th, until the pipe end is closed.
func answer(listener, end, n int, errno syscall.Errno, synced syncs) (reached bool, err error) {
	for count := 0; ; {
		polled := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}, {Fd: int32(end)}}
		for {
			if _, err := unix.Poll(polled, -1); err == nil {
				break
			} else if err != unix.EINTR {
				return reached, err
			}
		}
		if polled[0].Revents&unix.POLLIN == 0 { // f has returned
			return reached, nil
		}
		var call notification
		err := control(listener, receive, unsafe.Pointer(&call))
		if err == nil {
			counts := !ofTesting(call)
			reply := response{ID: call.ID, Flags: letProceed}
			if counts && count == n {
				reply.Error, reply.Flags = -int32(errno), 0
			} else if counts {
				synced.note(call)
			}
			if err = control(listener, send, unsafe.Pointer(&reply)); err == nil && !counts {
				continue
			}
		}
		switch {
		case err == nil:
			reached = reached || count == n
			count++
		case !errors.Is(err, unix.ENOENT): // a signal interrupted the call, which is made again
			return reached, err
		}
	}
}

// ofTesting reports whether a call writes the log of opened files that package
// testing keeps for go test's cache. It does so on whatever thread opens a file.
func ofTesting(call notification) bool {
	log := flag.Lookup("test.testlogfile")
	if call.Call != unix.SYS_WRITE || log == nil || log.Value.String() == "" {
		return false
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", call.Args[0]))
	return err == nil && path == log.Value.String()
}

func control(listener int, request uintptr, data unsafe.Pointer) error {
	for {
		_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), request, uintptr(data))
		if e == 0 {
			return nil
		}
		if e != unix.EINTR {
			return e
		}
	}
}
