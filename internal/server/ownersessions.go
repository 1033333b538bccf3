package server

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook/internal/httpapi"
	"daybook/internal/session"
)

// sessionsFolder contains the sessions of browsers. It is in a data folder.
const sessionsFolder = "sessions"

// ownerSessions are the sessions of an account. Their cookies contain its ID.
type ownerSessions struct {
	owner int64
	*session.Store
}

var _ httpapi.Access = ownerSessions{}

// cutOwner splits a cookie into the ID of the account and the session's secret.
func cutOwner(secret string) (owner int64, rest string, ok bool) {
	prefix, rest, ok := strings.Cut(secret, ".")
	id, isOwner := strings.CutPrefix(prefix, "o")
	owner, err := strconv.ParseInt(id, 10, 64)
	return owner, rest, ok && isOwner && err == nil
}

func (s ownerSessions) LogIn(ctx context.Context, from netip.Addr, token string) (string, error) {
	secret, err := s.Store.LogIn(ctx, from, token)
	return s.named(secret), err
}

func (s ownerSessions) NewCode() (string, time.Time, error) {
	code, expires, err := s.Store.NewCode()
	return s.named(code), expires, err
}

func (s ownerSessions) Redeem(ctx context.Context, from netip.Addr, code string) (string, error) {
	_, rest, _ := cutOwner(code) // any other owner's is unknown to this store
	secret, err := s.Store.Redeem(ctx, from, rest)
	return s.named(secret), err
}

// named puts the account's ID before a secret.
func (s ownerSessions) named(secret string) string { return fmt.Sprintf("o%d.%s", s.owner, secret) }

func (s ownerSessions) Enter(ctx context.Context, secret string) (context.Context, func(), bool) {
	owner, rest, ok := cutOwner(secret)
	if !ok || owner != s.owner {
		return nil, nil, false
	}
	return s.Store.Enter(ctx, rest)
}

func (s ownerSessions) LogOut(secret string) error {
	owner, rest, ok := cutOwner(secret)
	if !ok || owner != s.owner {
		return nil // a session of another account
	}
	return s.Store.LogOut(rest)
}

func (s ownerSessions) Browsers(secrets []string) ([]session.Browser, error) {
	var own []string
	for _, secret := range secrets {
		if owner, rest, ok := cutOwner(secret); ok && owner == s.owner {
			own = append(own, rest)
		}
	}
	return s.Store.Browsers(own)
}

// hasSession reports whether an account has a session of this secret on this
// server.
func (acc *accounts) hasSession(owner int64, secret string) bool {
	return acc.has(owner, secret, session.Exists)
}

// hasCode reports whether an account has a file for this sign-in code on this
// server.
func (acc *accounts) hasCode(owner int64, code string) bool {
	return acc.has(owner, code, session.HasCode)
}

func (acc *accounts) has(owner int64, secret string, exists func(folder, secret string) bool) bool {
	folder := filepath.Join(acc.server.initial.Data, ownersFolder)
	entries, err := os.ReadDir(folder)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), fmt.Sprintf("%d-", owner)) && exists(filepath.Join(folder, e.Name(), sessionsFolder), secret)
	})
}
