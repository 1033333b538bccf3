//go:build !(linux && amd64)

package edittest

import (
	"errors"
	"syscall"
)

// Fault is not supported on this system.
func Fault(int, syscall.Errno, func()) (Run, error) {
	return Run{}, errors.ErrUnsupported
}
