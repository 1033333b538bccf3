package dayname

import "time"

// Months returns the months that a word names, in any language that is
// understood in file names; none if it names no month.
func Months(word string) []time.Month { return months[fold(word)] }

// Weekdays returns the weekdays that a word names.
func Weekdays(word string) []time.Weekday { return weekdays[fold(word)] }
