package notices_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"daybook/internal/notices"
)

func TestWrite(t *testing.T) {
	var b strings.Builder
	page := fstest.MapFS{notices.Page: {Data: []byte("## react - 19 (MIT)")}}
	if err := notices.Write(&b, page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"The Daybook authors", "GNU LESSER GENERAL PUBLIC LICENSE", "GNU GENERAL PUBLIC LICENSE", "libde265", "FreeType", "SIL OPEN FONT LICENSE", "modernc.org/sqlite",
		"The page's libraries", "## react - 19 (MIT)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if err := notices.Write(&b, fstest.MapFS{}); err != nil {
		t.Errorf("without a page: %v", err)
	}
	if err := notices.Write(full{}, page); !errors.Is(err, errFull) {
		t.Errorf("to a full disk: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
