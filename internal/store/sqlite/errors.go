package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"daybook"
)

const damagedFile = "The data file is damaged. It was left as it is; “daybook check” says what to do."

// wrap adds to err what was being done. Failures that the user can do something
// about get a kind and a sentence.
func wrap(doing string, err error) error {
	var known *daybook.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	message := ""
	var e *driver.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case lib.SQLITE_CONSTRAINT:
			if strings.Contains(e.Error(), "damaged row") { // a trigger of the records says so
				message = "What is to be changed is damaged on disk; nothing was changed. Restore it from a backup; “daybook check” says more."
			}
		case lib.SQLITE_FULL:
			message = "The disk is full; nothing of this was saved."
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			message = "The data file is busy; another Daybook is writing to it."
		case lib.SQLITE_NOTADB:
			message = "The data file is not Daybook's: it is not an SQLite database. It was left as it is; name another data folder."
		case lib.SQLITE_CORRUPT:
			message = damagedFile
		case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM:
			message = "The data file cannot be read or written."
		case lib.SQLITE_ERROR, lib.SQLITE_SCHEMA, lib.SQLITE_MISMATCH, lib.SQLITE_FORMAT, lib.SQLITE_PROTOCOL, lib.SQLITE_INTERNAL:
			if strings.Contains(e.Error(), "no such") || e.Code()&0xff != lib.SQLITE_ERROR { // a table went with a part of the file
				message = damagedFile
			}
		}
	}
	var found *damageError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &found) || errors.As(err, &syntax) || errors.As(err, &kind) || strings.Contains(err.Error(), "sql: Scan error") { // a value that was not written like this
		message = damagedFile
	}
	if text := err.Error(); text == "sql: database is closed" || text == "sql: statement is closed" { // it is being opened again
		message = "The data file is being opened again. Try again shortly."
	}
	err = fmt.Errorf("%s: %w", doing, err)
	if message != "" {
		return &daybook.Error{Kind: daybook.Unavailable, Message: message, Err: err}
	}
	return err
}
