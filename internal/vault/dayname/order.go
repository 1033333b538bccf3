package dayname

import (
	"path"

	"golang.org/x/text/unicode/norm"
)

// Orders counts which names of a journal can only be read day first, and which
// only month first. The zero Orders has seen no name.
type Orders struct {
	counts map[string][2]int // by separator: day first, month first
	all    [2]int
}

// Add counts the name at a path, which is as in [Reader.Read].
func (o *Orders) Add(name string) {
	c := scanner{s: norm.NFC.String(path.Base(name))}
	a, _, ok := c.number(1, 2)
	sep, has := c.separator("")
	b, _, second := c.number(1, 2)
	_, same := c.separator(sep)
	_, _, last := c.number(4, 4)
	if !ok || !has || !second || !same || !last || !c.ends() || (a > 12) == (b > 12) || a > 31 || b > 31 {
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

// Reader returns the reader for the names that were counted. Where they do not
// tell, such as in a journal that only has 4-6-2024, it reads the month first.
func (o *Orders) Reader() Reader {
	var r Reader
	for _, sep := range separators {
		n := o.counts[sep]
		if n[0] > n[1] || n[0] == n[1] && o.all[0] > o.all[1] {
			r.DayFirst = append(r.DayFirst, sep)
		}
	}
	return r
}
