package dayname

import "time"

// Months returns the months that a word names, in any language that file names
// are read in.
func Months(word string) []time.Month { return months[fold(word)] }

// Weekdays returns the weekdays that a word names.
func Weekdays(word string) []time.Weekday { return weekdays[fold(word)] }
