package edit

import (
	"errors"
	"testing"
)

// lateFile fails to sync or to close, as a file on a network disk may.
type lateFile struct {
	sync, close    error
	synced, closed bool
}

func (f *lateFile) Sync() error  { f.synced = true; return f.sync }
func (f *lateFile) Close() error { f.closed = true; return f.close }

func TestSettleReportsEveryFailure(t *testing.T) {
	written, synced, closed := errors.New("write"), errors.New("sync"), errors.New("close")
	for _, c := range []struct {
		file      lateFile
		err, want error
	}{
		{lateFile{}, nil, nil},
		{lateFile{sync: synced}, nil, synced},
		{lateFile{close: closed}, nil, closed},
		{lateFile{sync: synced, close: closed}, nil, synced},
		{lateFile{close: closed}, written, written},
	} {
		err := settle(&c.file, c.err)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%+v: %v, want %v", c.file, err, c.want)
		}
		if !c.file.closed || c.file.synced != (c.err == nil) {
			t.Errorf("%+v: not closed, or synced after a failed write", c.file)
		}
	}
}
