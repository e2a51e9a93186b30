package cache

import (
	"net/http"
	"strings"
	"time"
)

// parseDate reads an HTTP-date (RFC 9110 section 5.6.7): the form of today and
// the two obsolete ones. It is strict, unlike [http.ParseTime], which takes
// other time zones and hours of one digit: a date that cannot be relied on
// makes a response stale. Only the case of letters is forgiven.
func parseDate(s string, now time.Time) (time.Time, bool) {
	day, rest, comma := strings.Cut(s, ", ")
	switch {
	case comma && len(day) == 3:
		return parseShape("Mon, 02 Jan 2006 15:04:05 GMT", s)
	case comma:
		t, ok := parseShape("02-Jan-06 15:04:05 GMT", rest)
		if !ok || !isWeekday(day) {
			return time.Time{}, false
		}
		// Two digits name a year not more than 50 years ahead.
		for t = t.AddDate(2000-t.Year()+t.Year()%100, 0, 0); t.After(now.AddDate(50, 0, 0)); {
			t = t.AddDate(-100, 0, 0)
		}
		return t, true
	}
	return parseShape("Mon Jan _2 15:04:05 2006", s)
}

// parseShape parses s if it has digits, letters and punctuation where layout
// has them.
func parseShape(layout, s string) (time.Time, bool) {
	if len(s) != len(layout) {
		return time.Time{}, false
	}
	for i := range len(s) {
		switch want := layout[i]; {
		case isDigit(want) && isDigit(s[i]), isLetter(want) && isLetter(s[i]), want == s[i]:
		case want == '_' && (s[i] == ' ' || isDigit(s[i])):
		default:
			return time.Time{}, false
		}
	}
	if strings.HasSuffix(layout, "GMT") {
		head, zone := s[:len(s)-3], s[len(s)-3:]
		if !strings.EqualFold(zone, "GMT") {
			return time.Time{}, false
		}
		s = head + "GMT"
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

func isDigit(b byte) bool  { return '0' <= b && b <= '9' }
func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isWeekday(s string) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(s, d.String()) {
			return true
		}
	}
	return false
}

// dateField is the date that a field says, if it says one.
func dateField(h http.Header, name string, now time.Time) (time.Time, bool) {
	values := h[name]
	if len(values) == 0 {
		return time.Time{}, false
	}
	return parseDate(values[0], now)
}
