package session

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"daybook"
)

// Browser is a browser that is signed in.
type Browser struct {
	ID      string // not a secret
	Agent   string // such as "Firefox on Linux"; "" if unknown
	Since   time.Time
	Current bool // it made this request
}

// browsers and systems are the words of a User-Agent header that people know, the
// more special ones first.
var (
	browserNames = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systemNames  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"}}
)

// agentName says what a User-Agent header means to people: "Firefox on Linux"; "" for
// nothing known.
func agentName(header string) string {
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(header, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser, system := find(browserNames), find(systemNames)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	default:
		return cmp.Or(browser, system)
	}
}

type agentKey struct{}

// WithAgent returns a context in which LogIn notes what browser it is for.
func WithAgent(ctx context.Context, header string) context.Context {
	return context.WithValue(ctx, agentKey{}, agentName(header))
}

func agentIn(ctx context.Context) string {
	agent, _ := ctx.Value(agentKey{}).(string)
	return agent
}

// Browsers lists the browsers that are signed in, newest first. Those with one of the
// secrets are the current one. Sessions of an older token are not among them.
func (s *Store) Browsers(secrets []string) ([]Browser, error) {
	files, err := os.ReadDir(s.dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The sessions cannot be read.", Err: err}
	}
	list := []Browser{}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !isName(f.Name()) || s.now().Sub(info.ModTime()) > MaxAge {
			continue
		}
		data, err := os.ReadFile(s.path(f.Name()))
		if err != nil {
			continue // it has just ended
		}
		_, agent, sealed := cutFile(data)
		if sealed != "" && sealed != seal(*s.token.Load(), f.Name()) {
			continue
		}
		list = append(list, Browser{
			ID: f.Name(), Agent: agent, Since: info.ModTime(),
			Current: slices.ContainsFunc(secrets, func(secret string) bool { return nameOf(secret) == f.Name() }),
		})
	}
	slices.SortFunc(list, func(a, b Browser) int { return b.Since.Compare(a.Since) })
	return list, nil
}

// SignOut ends the session of a browser by its ID, its running requests, and all
// sign-in codes: it may have made one. The error is daybook.NotFound if there is none.
func (s *Store) SignOut(id string) error {
	if !isName(id) || !exists(s.path(id)) {
		return daybook.Errorf(daybook.NotFound, "This browser is not signed in.")
	}
	return errors.Join(s.end(id), s.endCodes())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isName reports whether a file belongs to a session, by its name.
func isName(name string) bool {
	return len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

// cutFile splits the content of a session's file. Files of older versions have only
// the proof.
func cutFile(data []byte) (proof, agent, seal string) {
	proof, rest, _ := strings.Cut(string(data), "\n")
	agent, seal, _ = strings.Cut(rest, "\n")
	return proof, agent, seal
}

// seal shows that a session is of a token, to who does not know its secret.
func seal(token, name string) string { return proof(token, "seal of "+name) }
