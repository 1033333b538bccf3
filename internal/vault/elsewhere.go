package vault

import (
	"errors"
	"path"
	"strings"
)

// ErrElsewhere is the cause of errors about notes that a sync program has moved
// off this machine.
var ErrElsewhere = errors.New("it is kept in the cloud and not on this machine; open or download it there, and it will be read")

// placeholderOf returns the path of the file that the one at name is a
// placeholder for: iCloud leaves ".06-04-2024.md.icloud" in place of
// "06-04-2024.md". It returns false for other files.
func placeholderOf(name string) (file string, ok bool) {
	base, ok := strings.CutSuffix(path.Base(name), ".icloud")
	if !ok || !strings.HasPrefix(base, ".") || len(base) < 2 {
		return "", false
	}
	return path.Join(path.Dir(name), base[1:]), true
}

// Placeholder returns the name of the placeholder that iCloud leaves for the
// file at name.
func Placeholder(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".icloud")
}
