package dates

import (
	"strings"
	"time"

	"daybook"
)

// digits reads number, mark, number, … without spaces between.
func (p *parser) digits(i int, marks string) (nums []token, sep string, next int) {
	for k := i; len(nums) < 3 && p.at(k).plain(); k += 2 {
		nums, next = append(nums, p.at(k)), k+1
		m := p.word(next)
		if len(m) != 1 || !strings.Contains(marks, m) || !p.at(next).glued || !p.at(next+1).glued {
			break
		}
		sep, marks = m, m
	}
	return nums, sep, next
}

// numeric reads 5/29/1660, 29.5.1660, 5-6-20.
func (p *parser) numeric(i int) (span, int) {
	nums, sep, next := p.digits(i, "/.-")
	if len(nums) < 3 || nums[0].digits > 2 || nums[1].digits > 2 || nums[2].digits == 3 {
		return span{}, 0
	}
	year := nums[2].num
	if nums[2].digits < 4 {
		year = p.century2(year, 1)
	}
	day, month := nums[0].num, nums[1].num
	if p.o.MonthFirst && sep != "." {
		day, month = month, day
	}
	if month > 12 {
		day, month = month, day
	}
	d := daybook.Date{Year: year, Month: time.Month(month), Day: day}
	if !d.Valid() || year < firstYear || year > lastYear {
		return span{}, 0
	}
	return oneDay(d), next
}

// monthOfYear reads 5/1660.
func (p *parser) monthOfYear(i int) (span, int) {
	nums, sep, next := p.digits(i, "/")
	if p.word(i-1) == "/" && p.toks[i].glued { // the rest of 32/5/1660, which is not a date
		return span{}, 0
	}
	if len(nums) != 2 || sep != "/" || nums[0].digits > 2 || nums[1].digits != 4 ||
		nums[0].num < 1 || nums[0].num > 12 || nums[1].num < firstYear || nums[1].num > lastYear {
		return span{}, 0
	}
	return settledSpan(Span, monthOf(nums[1].num, time.Month(nums[0].num))), next
}

// iso reads 1660-05-29, 1660/05/29, 16600529 and 1660-05.
func (p *parser) iso(i int) (span, int) {
	if d, ok := compactDate(p.toks[i]); ok {
		return oneDay(d), i + 1
	}
	nums, sep, next := p.digits(i, "-/.")
	if len(nums) < 2 || nums[0].digits != 4 || nums[0].num < firstYear || nums[0].num > lastYear || nums[1].num < 1 || nums[1].num > 12 {
		return span{}, 0
	}
	if len(nums) == 3 {
		d := daybook.Date{Year: nums[0].num, Month: time.Month(nums[1].num), Day: nums[2].num}
		if !d.Valid() {
			return span{}, 0
		}
		return oneDay(d), next
	}
	if sep != "-" || nums[1].digits != 2 {
		return span{}, 0
	}
	return settledSpan(Span, monthOf(nums[0].num, time.Month(nums[1].num))), i + 3
}

// compactDate reads 16600529.
func compactDate(t token) (daybook.Date, bool) {
	if t.kind != number || t.digits != 8 || len(t.text) != 8 {
		return daybook.Date{}, false
	}
	d, err := daybook.ParseDate(t.text[:4] + "-" + t.text[4:6] + "-" + t.text[6:])
	return d, err == nil && d.Valid() && d.Year >= firstYear && d.Year <= lastYear
}

// quarterYear reads "Q2 2021" and "H1 of 2021".
func (p *parser) quarterYear(i int) (span, int) {
	if !p.is(i, "q", "h") || !p.at(i+1).glued {
		return span{}, 0
	}
	n, size := p.at(i+1).num, 3
	if p.word(i) == "h" {
		size = 6
	}
	if n < 1 || n*size > 12 {
		return span{}, 0
	}
	first := time.Month((n-1)*size + 1)
	return span{kind: Span, yearly: func(year int) (Range, bool) { return monthsOf(year, first, size), true }}, i + 2
}
