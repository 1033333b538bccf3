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
	return fmt.Sprintf("o%d.%s", s.owner, secret), err
}

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
	folder := filepath.Join(acc.server.initial.Data, ownersFolder)
	entries, err := os.ReadDir(folder)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), fmt.Sprintf("%d-", owner)) && session.Exists(filepath.Join(folder, e.Name(), sessionsFolder), secret)
	})
}
