// Package purego stands in for the package of that name, by a replace in
// Daybook's go.mod. The HEIC decoder would load the system's libheif with it:
// that makes the program depend on a C library to start at all, and decodes
// what strangers made outside WebAssembly's walls. Without it, it cannot.
package purego

import "errors"

// The modes of Dlopen, which does not look at them.
const (
	RTLD_NOW    = 0
	RTLD_GLOBAL = 0
)

var errNone = errors.New("no shared libraries are loaded")

// Dlopen returns an error.
func Dlopen(string, int) (uintptr, error) { return 0, errNone }

// RegisterLibFunc panics, as it does where there is no such function.
func RegisterLibFunc(any, uintptr, string) { panic(errNone) }
