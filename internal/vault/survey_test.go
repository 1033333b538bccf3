package vault

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"daybook"
)

func folderOf(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLookFindsTheFormat(t *testing.T) {
	for _, c := range []struct {
		names   []string
		formats []string
		notes   int
		scans   int
		other   int
		span    string
	}{
		{nil, nil, 0, 0, 0, ""},
		{[]string{"shopping.md", "a.txt"}, nil, 0, 0, 1, ""},
		{[]string{"01-13-2024.md", "02-01-2024.md", "x/02-02-2024_02-03-2024.md", "02-01-2024 AM.pdf", "02-05-2024.jpg", "cat.jpg", "2024 - Week.md", ".obsidian/01-01-1999.md"},
			[]string{"MM-DD-YYYY"}, 3, 2, 1, "2024-01-13 – 2024-02-03"},
		{[]string{"13-01-2024.md", "01-02-2024.md"}, []string{"DD-MM-YYYY"}, 2, 0, 0, "2024-01-13 – 2024-02-01"},
		{[]string{"05-01-2024.md", "01-02-2024.md"}, []string{"MM-DD-YYYY", "DD-MM-YYYY"}, 2, 0, 0, "2024-01-02 – 2024-05-01"},
		{[]string{"2024/2024-01-13.md", "2024/2024-01-14.md", "20230101.md"}, []string{"YYYY-MM-DD", "YYYYMMDD"}, 3, 0, 0, "2023-01-01 – 2024-01-14"},
		{[]string{"March 5th, 2021.md", "April 22nd, 2021.md"}, []string{"MMMM Do, YYYY"}, 2, 0, 0, "2021-03-05 – 2021-04-22"},
		{[]string{"day 5 of 3 in 2021.md"}, []string{"[day] D [of] M [in] YYYY"}, 1, 0, 0, "2021-03-05 – 2021-03-05"},
		{[]string{"5 mars 2021.md", "2021/03/06.md", "Journal 2021-03-07.md", "Ideas.md"}, nil, 3, 0, 1, "2021-03-05 – 2021-03-07"},
		{[]string{"2021-03-05.pdf", "2021-03-06 evening.pdf"}, []string{"YYYY-MM-DD"}, 0, 2, 0, ""},
	} {
		s, err := Look(t.Context(), folderOf(t, c.names...), "[day] D [of] M [in] YYYY")
		if err != nil {
			t.Fatal(err)
		}
		span := ""
		if s.Notes > 0 {
			span = fmt.Sprintf("%s – %s", s.First, s.Last)
		}
		if !slices.Equal(s.Formats, c.formats) || s.Notes != c.notes || s.Scans != c.scans || s.Other != c.other || span != c.span || s.Partial {
			t.Errorf("%q: %+v", c.names, s)
		}
	}
}

func TestLookEndsSoon(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		d := daybook.Date{Year: 1900, Month: time.January, Day: 1}.AddDays(i)
		if err := os.WriteFile(filepath.Join(dir, d.String()+".md"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Look(ctx, dir); err == nil {
		t.Error("it goes on for somebody who left")
	}
	if _, err := Look(t.Context(), filepath.Join(dir, "1900-01-01.md")); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("a file: %v", err)
	}
	if _, err := Look(t.Context(), filepath.Join(dir, "nowhere")); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("nothing: %v", err)
	}
}
