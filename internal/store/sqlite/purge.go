package sqlite

import (
	"context"

	"daybook"
)

// Purge takes what was deleted off the disk. The pages of the file are
// overwritten when something is deleted (secure_delete), but what they were
// stands in the write-ahead log until that is emptied: which waits for those
// who are reading, up to ten seconds, and is daybook.Unavailable if they do
// not end.
func (s *Store) Purge(ctx context.Context) error {
	var busy, frames, done int
	if err := s.w.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
		return wrap("empty the write-ahead log", err)
	}
	if busy != 0 {
		return daybook.Errorf(daybook.Unavailable, "The data file is being read; what was deleted is erased from it later.")
	}
	return nil
}
