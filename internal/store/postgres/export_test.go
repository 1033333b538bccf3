package postgres

import "time"

// HoldLeasesFor has tests wait less.
func (db *DB) HoldLeasesFor(d time.Duration) { db.leaseFor = d }
