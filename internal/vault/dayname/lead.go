package dayname

import (
	"slices"
	"strings"
	"unicode"
)

// diaryWords are what people and apps write before the date in the name of a
// daily note: "Journal 2024-06-04", "daily.2024.06.04", "le 4 juin 2024". They
// are compared without case and accents.
var diaryWords = []string{
	"journal", "journals", "diary", "daily", "dailynote", "dailynotes", "note", "notes", "log", "entry", "day", "dn", "date", "dear", "the", "on",
	"tagebuch", "eintrag", "notiz", "tag", "tagesnotiz", "am", "vom", "den", "der",
	"le", "du", "jour", "quotidien", "diario", "nota", "entrada", "dia", "el", "il", "giorno", "giornale",
	"dagboek", "dagbok", "dagbog", "dag", "dziennik", "pamietnik", "denik", "gunluk", "paivakirja", "naplo", "jurnal",
	"дневник", "запись", "щоденник", "日記", "日记", "日志", "日誌", "일기",
}

// lead reads what can precede the date in a name: marks, and words for a diary.
// It reports whether there was anything.
func (c *scanner) lead() bool {
	was := c.s
	for range 4 {
		c.s = strings.TrimLeftFunc(c.s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		at := *c
		w, ok := at.word()
		if !ok || !slices.Contains(diaryWords, w) || len(months[w]) > 0 {
			break
		}
		*c = at
	}
	c.s = strings.TrimLeftFunc(c.s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return c.s != was
}

// plainDigits returns a name with the digits of any script as 0 to 9.
func plainDigits(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return name
	}
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{'٠', '۰', '०', '০', '０', '๐'} {
			if r >= zero && r < zero+10 {
				return '0' + r - zero
			}
		}
		return r
	}, name)
}
