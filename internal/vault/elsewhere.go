package vault

import (
	"errors"
	"path"
	"strings"
)

// ErrElsewhere is the cause of the errors about notes that a synchronising
// program has taken off this machine.
var ErrElsewhere = errors.New("it is kept in the cloud and not on this machine; open or download it there, and it will be read")

// placeholderOf returns the path of the file that the one at name stands for:
// iCloud leaves ".06-04-2024.md.icloud" in place of "06-04-2024.md". It returns
// false for other files.
func placeholderOf(name string) (file string, ok bool) {
	base, ok := strings.CutSuffix(path.Base(name), ".icloud")
	if !ok || !strings.HasPrefix(base, ".") || len(base) < 2 {
		return "", false
	}
	return path.Join(path.Dir(name), base[1:]), true
}

// Placeholder returns the name under which iCloud leaves a trace of the file at
// name.
func Placeholder(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".icloud")
}
