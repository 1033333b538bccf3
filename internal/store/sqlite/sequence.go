package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// sequence numbers the changes of a database. The number of the last one is
// kept in the database and, after it is committed, in a file beside it. If the
// database has the lower number, changes were lost: its write-ahead log was
// deleted or cut, or an older copy took its place.
type sequence struct{ file *os.File }

func sequencePath(path string) string { return path + ".seq" }

func openSequence(path string) (*sequence, error) {
	f, err := os.OpenFile(sequencePath(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &sequence{f}, nil
}

func (s *sequence) close() error {
	err := s.file.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// next numbers the change that tx makes.
func (s *sequence) next(ctx context.Context, tx *sql.Tx) (n int64, err error) {
	err = tx.QueryRowContext(ctx, "UPDATE meta SET value = value + 1 WHERE key = 'sequence' RETURNING value").Scan(&n)
	return n, err
}

// keep stores the number of a committed change. It is not synced to the disk,
// because a lower number does no harm.
func (s *sequence) keep(n int64) error {
	_, err := s.file.WriteAt(fmt.Appendf(nil, "%020d\n", n), 0)
	return err
}

// keptSequence returns the number stored beside the database in path, 0 if
// unknown.
func keptSequence(path string) int64 {
	data, err := os.ReadFile(sequencePath(path))
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// lostChanges describes lost changes to the database in path, "" if there are
// none.
func lostChanges(path string, lost int64) string {
	if lost <= 0 {
		return ""
	}
	changes := "The last change to %s is missing"
	if lost > 1 {
		changes = fmt.Sprintf("The last %d changes to %%s are missing", lost)
	}
	return fmt.Sprintf(changes+": its -wal file was deleted or damaged, or an older copy took its place. ", path) +
		restoreAdvice(path) + acceptAdvice
}

// acceptAdvice is how to say that nothing is missing.
const acceptAdvice = " If this is how it should be, run “daybook accept”."
