package settings

import (
	"errors"
	"path/filepath"
	"strings"
)

// Database returns the path of the store. The demo journal and a real one have
// different stores.
func (s Settings) Database() string {
	kind := "journal"
	if s.Demo() {
		kind = "demo"
	}
	return filepath.Join(s.Data, kind, "daybook.db")
}

// dataDir returns the platform's folder for program data, "" if there is no
// home folder.
func dataDir(goos, home string, getenv func(string) string) string {
	switch goos {
	case "windows":
		return userDir(goos, getenv("LocalAppData"), home, "AppData", "Local")
	case "darwin":
		return userDir(goos, "", home, "Library", "Application Support")
	}
	return userDir(goos, getenv("XDG_DATA_HOME"), home, ".local", "share")
}

// configDir returns the platform's folder for program settings, "" if there is
// no home folder.
func configDir(goos, home string, getenv func(string) string) string {
	switch goos {
	case "windows":
		return userDir(goos, getenv("AppData"), home, "AppData", "Roaming")
	case "darwin":
		return userDir(goos, "", home, "Library", "Application Support")
	}
	return userDir(goos, getenv("XDG_CONFIG_HOME"), home, ".config")
}

// userDir returns Daybook's folder in named or, by default, in the folder below
// home. As in the XDG specification, a relative named folder is ignored.
func userDir(goos, named, home string, below ...string) string {
	switch {
	case isAbs(goos, named):
		return join(goos, named, "daybook")
	case home != "":
		return join(goos, append(append([]string{home}, below...), "daybook")...)
	}
	return ""
}

func isAbs(goos, path string) bool {
	if goos != "windows" {
		return strings.HasPrefix(path, "/")
	}
	drive := len(path) > 2 && path[1] == ':' && strings.IndexByte(`\/`, path[2]) >= 0
	return drive || strings.HasPrefix(path, `\\`)
}

func join(goos string, elems ...string) string {
	separator := "/"
	if goos == "windows" {
		separator = `\`
	}
	elems[0] = strings.TrimRight(elems[0], separator)
	return strings.Join(elems, separator)
}

// absolute makes path absolute: ~ is home, and a relative path is relative to
// dir. The empty path stays empty.
func absolute(path, dir, home string) (string, error) {
	switch {
	case path == "":
		return "", nil
	case path == "~" || strings.HasPrefix(path, "~/") || strings.HasPrefix(path, `~\`):
		if home == "" {
			return "", errors.New("no home folder is known for the ~: write the whole path")
		}
		return filepath.Join(home, path[1:]), nil
	case path[0] == '~':
		return "", errors.New("only ~/… means a home folder: write the full path")
	case filepath.IsAbs(path):
		return filepath.Clean(path), nil
	}
	return filepath.Join(dir, path), nil
}

// WholePath returns the absolute path for a typed path, where ~ is home. A
// relative one is an error, since it has no base.
func WholePath(path, home string) (string, error) {
	whole, err := absolute(strings.TrimSpace(path), "", home)
	if err == nil && !filepath.IsAbs(whole) {
		err = errors.New("write the whole path, from its beginning or from ~")
	}
	return whole, err
}
