//go:build !linux && !windows

package pages

// resident returns 0: reading it for other processes requires cgo on macOS.
func resident(int) int64 { return 0 }
