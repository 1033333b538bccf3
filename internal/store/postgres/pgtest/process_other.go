//go:build !linux

package pgtest

import "syscall"

// account is who runs the server: always the user who runs the tests.
type account struct{ uid, gid int }

func unprivileged() (*account, error) { return nil, nil }

func attributes(*account) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
