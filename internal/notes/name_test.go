package notes

import (
	"testing"

	"daybook"
	"daybook/internal/vault"
)

// FuzzPlace holds that whatever format the vault takes, a new note's name reads
// as its day, or the day is refused.
func FuzzPlace(f *testing.F) {
	for _, pattern := range []string{"MM-DD-YYYY", "YYYY/MM/YYYY-MM-DD", "dddd Do MMMM YYYY", "[a/b]YYYYMMDD", "YY.M.D", "[_]D_M_YYYY", "[M]MDYYYY"} {
		f.Add(pattern, 0)
		f.Add(pattern, 154_321)
	}
	f.Fuzz(func(t *testing.T, pattern string, days int) {
		v, err := vault.New(vault.Options{Journal: "j", DateFormats: []string{pattern}})
		if err != nil {
			return
		}
		date := daybook.Date{Year: 1600, Month: 1, Day: 1}.AddDays((days%200_000 + 200_000) % 200_000)
		s := &Service{vault: v}
		file, err := s.place(nil, date)
		if err != nil {
			if daybook.KindOf(err) != daybook.Invalid {
				t.Error(err)
			}
			return
		}
		format, err := vault.ParseFormat(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if dates, ok := format.Parse(file.Title); !ok || len(dates) != 1 || dates[0] != date {
			t.Errorf("%s by %q is %q, which reads as %v", date, pattern, file.Title, dates)
		}
	})
}
