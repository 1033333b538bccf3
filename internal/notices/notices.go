// Package notices has the licenses of everything that the program contains.
package notices

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

//go:generate go run ./gen

// text is written by ./gen (make notices).
//
//go:embed notices.txt
var text string

// Page is where the page's own notices are in its files; the page's build
// writes them.
const Page = "assets/licenses.txt"

// Write writes Daybook's license and the notices of what it contains. The files
// of the page may lack theirs when the program was built without the page.
func Write(w io.Writer, page fs.FS) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the licenses: %w", err)
	}
	libraries, err := fs.ReadFile(page, Page)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the licenses of the page: %w", err)
	}
	if _, err := fmt.Fprintf(w, "\n%s\n%s", separator("The page's libraries"), libraries); err != nil {
		return fmt.Errorf("write the licenses: %w", err)
	}
	return nil
}

func separator(title string) string {
	return "================================================================================\n" + title + "\n"
}
