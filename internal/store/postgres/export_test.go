package postgres

import "time"

// HoldLeasesFor has tests wait less.
func (db *DB) HoldLeasesFor(d time.Duration) { db.leaseFor = d }

// IndexFrom has an index of vectors made of fewer.
func (db *DB) IndexFrom(n int) { db.worthIndexing = n }
