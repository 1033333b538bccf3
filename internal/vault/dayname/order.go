package dayname

import (
	"cmp"
	"path"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Orders counts the names of a journal that can only be read day first, and
// those that can only be read month first. The zero Orders is empty.
type Orders struct {
	counts map[string][2]int // by separator: day first, month first
	all    [2]int
	// short has the first and the last numbers of names such as 04-06-24, by
	// separator.
	short map[string][][3]int
}

// Add counts the name at a path, which is as in [Reader.Read].
func (o *Orders) Add(name string) {
	c := scanner{s: norm.NFC.String(plainDigits(path.Base(name)))}
	c.lead()
	a, _, ok := c.number(1, 2)
	sep, has := c.separator("")
	b, _, second := c.number(1, 2)
	_, same := c.separator(sep)
	year, width, last := c.number(2, 4)
	if !ok || !has || !second || !same || !last || !c.ends() {
		return
	}
	if width == 2 {
		if o.short == nil {
			o.short = map[string][][3]int{}
		}
		o.short[sep] = append(o.short[sep], [3]int{a, b, year})
		return
	}
	if width == 4 {
		o.count(sep, a, b)
	}
}

// count counts two numbers that are a day and a month.
func (o *Orders) count(sep string, a, b int) {
	if (a > 12) == (b > 12) || a > 31 || b > 31 {
		return
	}
	if o.counts == nil {
		o.counts = map[string][2]int{}
	}
	i := 1
	if a > 12 {
		i = 0
	}
	n := o.counts[sep]
	n[i]++
	o.counts[sep] = n
	o.all[i]++
}

// Reader returns the reader for the names that were counted. If they don't show
// the order, as in a journal that only has 4-6-2024, it reads the month first.
func (o *Orders) Reader() Reader {
	var r Reader
	for sep, names := range o.short {
		if yearIsLast(names) {
			r.YearLast = append(r.YearLast, sep)
			for _, n := range names {
				o.count(sep, n[0], n[1])
			}
		}
	}
	o.short = nil
	slices.Sort(r.YearLast)
	for _, sep := range separators {
		n := o.counts[sep]
		if cmp.Or(n[0]-n[1], o.all[0]-o.all[1]) > 0 {
			r.DayFirst = append(r.DayFirst, sep)
		}
	}
	return r
}

// yearIsLast reports whether the last of three numbers is the year: the one
// that varies less between names.
func yearIsLast(names [][3]int) bool {
	first, last := map[int]bool{}, map[int]bool{}
	impossible := 0
	for _, n := range names {
		first[n[0]], last[n[2]] = true, true
		if n[2] > 31 || n[2] == 0 {
			impossible++
		}
	}
	return impossible > 0 || len(first) > len(last)
}
