package edit

import (
	"path/filepath"
	"testing"
	"time"
)

func TestRecords(t *testing.T) {
	h := openHistory(t, filepath.Join(t.TempDir(), "undo"), time.Hour)
	if list, err := h.Records(t.Context(), "x/a.md"); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	for _, r := range []struct {
		path   string
		before []byte
	}{{"x/a.md", nil}, {"y/a.md", []byte("another")}, {"x/a.md", []byte("one")}} {
		if err := h.Keep(t.Context(), r.path, r.before, Sum(r.before)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := h.Records(t.Context(), "x/a.md")
	if err != nil || len(list) != 2 || string(list[0].Before) != "one" || list[1].Before != nil || list[0].Time.Before(list[1].Time) {
		t.Errorf("%+v, %v", list, err)
	}
}
