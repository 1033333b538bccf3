package settings

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"daybook"
)

// loader merges the sources into a draft and collects errors.
type loader struct {
	Sources
	file     *file // nil if there is none
	draft    draft
	origins  map[string]string // by setting
	problems []error
}

// draft is the settings with intermediate values that are not needed later.
type draft struct {
	Settings
	native    []nativeProvider
	endpoints []endpoint
}

func newDraft() draft {
	return draft{native: slices.Clone(natives)}
}

// provider returns the native provider with that name.
func (d *draft) provider(name string) *Provider {
	return &d.native[slices.IndexFunc(d.native, func(p nativeProvider) bool { return p.Name == name })].Provider
}

// knows reports whether a provider with that name exists, usable or not.
func (d *draft) knows(provider string) bool {
	return IsNative(provider) ||
		slices.ContainsFunc(d.endpoints, func(e endpoint) bool { return e.Name == provider })
}

// input is the value of a setting in one source.
type input struct {
	*loader
	setting  *setting
	origin   string
	raw      any // a string; in the file any TOML value
	fromFile bool
	dir      string // the base of relative paths
}

// take reads a setting from the first source that has it.
func (l *loader) take(s setting) {
	in := l.find(&s)
	l.origins[s.name] = in.origin
	if notice := s.notice(in.origin, in.fromFile); notice != "" {
		l.draft.Notices = append(l.draft.Notices, notice)
	}
	s.value.set(&l.draft, in)
}

func (l *loader) find(s *setting) input {
	in := input{loader: l, setting: s, dir: l.Dir}
	if v, ok := l.Flags[s.flag]; ok && s.flag != "" {
		in.raw, in.origin = v, "flag --"+s.flag
		return in
	}
	for _, name := range s.env {
		if v := l.Getenv(name); v != "" {
			in.raw, in.origin = v, name
			return in
		}
	}
	if v, ok := l.file.value(s.key); ok {
		in.raw, in.fromFile, in.origin, in.dir = v, true, l.file.at(s.key), filepath.Dir(l.file.path)
		return in
	}
	in.raw, in.origin = s.def, "default"
	return in
}

// fail records an error about the setting: what is required, never its value.
func (in input) fail(format string, args ...any) {
	in.problem(in.setting.name, in.origin, fmt.Sprintf(format, args...))
}

// failAt is fail for a key inside the setting's table.
func (in input) failAt(below []string, format string, args ...any) {
	path := append([]string{in.setting.key}, below...)
	if !in.fromFile {
		in.problem(strings.Join(path, "."), in.origin, fmt.Sprintf(format, args...))
		return
	}
	in.problem(strings.Join(path, "."), in.file.at(path...), fmt.Sprintf(format, args...))
}

// wrong records an error about a setting after all are read.
func (l *loader) wrong(name, format string, args ...any) {
	l.problem(name, l.origins[name], fmt.Sprintf(format, args...))
}

func (l *loader) problem(name, origin, what string) {
	l.problems = append(l.problems, &daybook.Error{
		Kind: daybook.Invalid, Field: name, Message: fmt.Sprintf("%s (%s): %s", name, origin, what),
	})
}

func (l *loader) refuseUnknownKeys(settings []setting) {
	if l.file == nil {
		return
	}
	known := map[string]bool{}
	for _, s := range settings {
		known[s.key] = s.key != ""
	}
	for _, key := range l.file.keys() {
		if !known[key] {
			l.problem(key, l.file.at(key), "there is no such setting")
		}
	}
}

// finish fills in what depends on the platform and checks settings against each
// other.
func (l *loader) finish() {
	d := &l.draft
	if d.Data == "" {
		if d.Data = dataDir(l.GOOS, l.Home, l.Getenv); d.Data == "" {
			l.wrong("data", "no home folder is known, so name a folder, in DAYBOOK_DATA or by --data")
		}
	}
	l.checkAccess()
	if d.ConfirmCost == 0 && l.origins["confirm_size"] == "default" {
		d.ConfirmSize = 0 // one of the two settings suffices
	}
	if (d.TLSCert == "") != (d.TLSKey == "") {
		name := "tls_cert"
		if d.TLSCert == "" {
			name = "tls_key"
		}
		l.wrong(name, "HTTPS needs both a certificate and its key: set tls_cert and tls_key, or neither")
	}
	l.checkStore()
	l.storedKeys()
	all := l.candidates()
	l.checkProviders(all)
	l.checkTasks(all)
}

// checkAccess refuses settings that would give access from elsewhere without a
// token.
func (l *loader) checkAccess() {
	d := &l.draft
	if !d.NoToken {
		return
	}
	if d.Token.IsSet() {
		l.wrong("no_token", "a token is set too (%s): unset one of them", l.origins["token"])
	}
	if d.Addr != "" && !l.loopbackAddr(d.Addr) {
		l.wrong("no_token", "without a token Daybook serves this computer only, and addr (%s) can be reached from others: serve on 127.0.0.1, or unset no_token", l.origins["addr"])
	}
	if len(d.AllowedHosts) > 0 {
		l.wrong("no_token", "allowed_hosts (%s) is for clients on other computers, which need a token: unset one of them", l.origins["allowed_hosts"])
	}
}
