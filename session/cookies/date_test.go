package cookies

import (
	"net/http"
	"testing"
	"time"
)

func TestDatesOfEveryFormat(t *testing.T) {
	want := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	for _, in := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT",          // RFC 9110
		"Sunday, 06-Nov-94 08:49:37 GMT",         // RFC 850
		"Sun Nov  6 08:49:37 1994",               // asctime
		"Sun, 06-Nov-1994 08:49:37 GMT",          // Netscape
		"sun, 6 november 1994 8:49:37",           // any case, full name, single digits
		"1994 Nov 6 08:49:37",                    // year first: 19 cannot be a day of four digits
		"08:49:37 6 Nov 94",                      // time first
		"Nov/6/1994/08:49:37",                    // other delimiters
		"Sun, 06 Nov 1994 08:49:37 +0500",        // zones are ignored
		"06 Nov 1994 08:49:37.999",               // more after the second
		"06th Novel 1994AD 08:49:37Z",            // more after day, month and year
		"Sun,\t06\tNov\t1994\t08:49:37\tGMT",     // tabs
		"Sun; 06 Nov <1994> {08:49:37} [GMT] `~", // every kind of delimiter
	} {
		got, ok := parseDate(in)
		if !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v", in, got, ok)
		}
	}
}

func TestSecondNumberOfADateIsTheYear(t *testing.T) {
	want := time.Date(2007, time.November, 6, 8, 49, 37, 0, time.UTC)
	if got, ok := parseDate("08:49:37 06 07 Nov 1994"); !ok || !got.Equal(want) {
		t.Errorf("%v, %v, want %v", got, ok, want)
	}
}

func TestYearsOfTwoDigits(t *testing.T) {
	for in, want := range map[string]int{"69": 2069, "70": 1970, "99": 1999, "00": 2000, "1601": 1601, "9999": 9999} {
		if got, ok := parseDate("1 Jan " + in + " 00:00:00"); !ok || got.Year() != want {
			t.Errorf("%s: %v, %v", in, got, ok)
		}
	}
}

func TestDatesThatAreNone(t *testing.T) {
	for _, in := range []string{
		"", "tomorrow", "Sun, 06 Nov 1994", "Nov 1994 08:49:37", "06 1994 08:49:37", "06 Nov 08:49:37",
		"00 Nov 1994 08:49:37", "32 Nov 1994 08:49:37", "31 Nov 1994 08:49:37", "29 Feb 2023 00:00:00", "30 Feb 2024 00:00:00",
		"06 Nov 1600 08:49:37", "06 Nov 199 08:49:37", "06 Nov 19945 08:49:37", "06 Nov 1994 24:00:00", "06 Nov 1994 08:60:00",
		"06 Nov 1994 08:49:60", "06 Nov 1994 08:49", "06 Nov 1994 008:49:37", "06 Nov 1994 08:49:370", "06 No 1994 08:49:37",
		"006 Nov 1994 08:49:37",
	} {
		if got, ok := parseDate(in); ok {
			t.Errorf("%q: %v", in, got)
		}
	}
	if got, ok := parseDate("29 Feb 2024 00:00:00"); !ok || got.Day() != 29 {
		t.Errorf("leap day: %v, %v", got, ok)
	}
}

func FuzzDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("1 Jan 70 0:0:0")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseDate(s)
		if !ok {
			return
		}
		if y := got.Year(); y < 1601 || y > 9999 {
			t.Errorf("%q: year %d", s, y)
		}
		// Written as a server should, it is read as the same.
		if again, ok := parseDate(got.Format(http.TimeFormat)); !ok || !again.Equal(got) {
			t.Errorf("%q: %v, then %v, %v", s, got, again, ok)
		}
	})
}
