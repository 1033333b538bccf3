package settings

import (
	"errors"
	"path/filepath"
	"strings"
)

// Database returns the path of the store. The demo journal and a real one
// never share it.
func (s Settings) Database() string {
	kind := "journal"
	if s.Demo() {
		kind = "demo"
	}
	return filepath.Join(s.Data, kind, "daybook.db")
}

// dataDir returns the folder in which the platform wants a program's data,
// "" where no home is known.
func dataDir(goos, home string, getenv func(string) string) string {
	switch goos {
	case "windows":
		return under(goos, getenv("LocalAppData"), "", home, "AppData", "Local", "daybook")
	case "darwin", "ios":
		return under(goos, "", "", home, "Library", "Application Support", "daybook")
	}
	return under(goos, getenv("XDG_DATA_HOME"), "daybook", home, ".local", "share", "daybook")
}
