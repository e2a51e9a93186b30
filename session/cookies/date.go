package cookies

import (
	"strings"
	"time"
)

// parseDate reads the date of an Expires attribute by the algorithm of RFC 6265
// section 5.1.1, which takes every format that servers ever sent: it looks for a
// time, a day, a month and a year among the words, in any order, and ignores the
// rest, time zones too.
func parseDate(s string) (time.Time, bool) {
	var d cookieDate
	for _, word := range strings.FieldsFunc(s, isDateDelimiter) {
		d.take(word)
	}
	return d.time()
}

// isDateDelimiter is the delimiter of the RFC's grammar.
func isDateDelimiter(r rune) bool {
	return r == '\t' || r >= ' ' && r <= '/' || r >= ';' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
}

type cookieDate struct {
	hour, minute, second, day, year    int
	month                              time.Month
	hasTime, hasDay, hasMonth, hasYear bool
}

// take uses a word for the first thing that is still missing and that it can be.
func (d *cookieDate) take(word string) {
	if !d.hasTime {
		if d.takeTime(word) {
			d.hasTime = true
			return
		}
	}
	if !d.hasDay {
		if n, rest, ok := number(word, 1, 2); ok && !startsWithDigit(rest) {
			d.day, d.hasDay = n, true
			return
		}
	}
	if !d.hasMonth {
		if m, ok := month(word); ok {
			d.month, d.hasMonth = m, true
			return
		}
	}
	if !d.hasYear {
		if n, rest, ok := number(word, 2, 4); ok && !startsWithDigit(rest) {
			d.year, d.hasYear = n, true
		}
	}
}

func (d *cookieDate) takeTime(word string) bool {
	hour, rest, ok := number(word, 1, 2)
	if !ok || !strings.HasPrefix(rest, ":") {
		return false
	}
	minute, rest, ok := number(rest[1:], 1, 2)
	if !ok || !strings.HasPrefix(rest, ":") {
		return false
	}
	second, rest, ok := number(rest[1:], 1, 2)
	if !ok || startsWithDigit(rest) {
		return false
	}
	d.hour, d.minute, d.second = hour, minute, second
	return true
}

func (d *cookieDate) time() (time.Time, bool) {
	switch {
	case d.year >= 70 && d.year <= 99:
		d.year += 1900
	case d.year >= 0 && d.year <= 69:
		d.year += 2000
	}
	if !d.hasTime || !d.hasDay || !d.hasMonth || !d.hasYear ||
		d.year < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return time.Time{}, false
	}
	t := time.Date(d.year, d.month, d.day, d.hour, d.minute, d.second, 0, time.UTC)
	// A day that the month does not have comes back as another one.
	return t, t.Day() == d.day
}

// number reads least to most digits at the start of s.
func number(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && startsWithDigit(s[i:]) {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// month reads the first three letters of a month's name.
func month(s string) (time.Month, bool) {
	if len(s) < 3 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(s[:3], m.String()[:3]) {
			return m, true
		}
	}
	return 0, false
}
