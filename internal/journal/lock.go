package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"daybook"
	"daybook/internal/settings"
)

// lockFile is a lock in the data folder. Every process that uses the data holds
// it shared; a restore holds it exclusively.
const lockFile = "in-use.lock"

// Lock locks the data of a journal until release is called. It fails while the
// data is being restored, and after a restore that was interrupted.
func Lock(s settings.Settings) (release func(), err error) {
	release, err = LockData(s, false)
	if err != nil {
		return nil, err
	}
	if m, ok := ReadRestoreMarker(s); ok {
		release()
		return nil, daybook.Errorf(daybook.Conflict, "The restore of %s was interrupted. Run “daybook restore” with it again to resume.", m.Backup)
	}
	return release, nil
}

// LockData locks the data of a journal until release is called: exclusively if
// alone is true. A shared lock succeeds on file systems without locks.
func LockData(s settings.Settings, alone bool) (release func(), err error) {
	folder := filepath.Dir(s.Database())
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "cannot make the data folder", Err: err}
	}
	lock := flock.New(filepath.Join(folder, lockFile), flock.SetPermissions(0o600))
	try, busy := lock.TryRLock, "The data in %s is being restored from a backup. Wait until the restore is done."
	if alone {
		try, busy = lock.TryLock, "Daybook is running on the data in %s. Stop it, and run the command again."
	}
	got, err := try()
	switch {
	case err != nil && alone:
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("The data in %s cannot be locked.", folder), Err: err}
	case err != nil: // the file system has no locks
		_ = lock.Close()
		return func() {}, nil
	case !got:
		_ = lock.Close()
		return nil, daybook.Errorf(daybook.Conflict, busy, folder)
	}
	return func() { _ = lock.Close() }, nil
}

// RestoreMarker is a file in the data folder during a restore.
type RestoreMarker struct {
	Backup  string `json:"backup"`  // path of the backup
	Content string `json:"content"` // checksum in the backup's manifest
}

// RestoreMarkerPath returns the path of the marker.
func RestoreMarkerPath(s settings.Settings) string {
	return filepath.Join(filepath.Dir(s.Database()), "restoring.json")
}

// ReadRestoreMarker reads the marker; ok is false if there is none.
func ReadRestoreMarker(s settings.Settings) (m RestoreMarker, ok bool) {
	data, err := os.ReadFile(RestoreMarkerPath(s))
	if errors.Is(err, fs.ErrNotExist) {
		return m, false
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		m.Backup = "a backup"
	}
	return m, true
}

// WriteRestoreMarker writes and syncs the marker. Call it before restoring
// anything.
func WriteRestoreMarker(s settings.Settings, m RestoreMarker) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(RestoreMarkerPath(s)), ".restoring-*")
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot write to the data folder.", Err: err}
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), RestoreMarkerPath(s))
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot write to the data folder.", Err: errors.Join(err, os.Remove(f.Name()))}
	}
	return nil
}
