package cache

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDirectives(t *testing.T) {
	for _, tc := range []struct {
		in   []string
		want string
	}{
		{[]string{"no-store"}, "no-store="},
		{[]string{" No-Store ,, MAX-age=5,"}, "no-store= max-age=5"},
		{[]string{"a", "b=c"}, "a= b=c"},
		{[]string{`no-cache="a, b", x`}, "no-cache=a, b x="},
		{[]string{`a="q\"u\,o", x`}, `a=q"u,o x=`},
		{[]string{`a="never closed, no-store`}, `a=! no-store=`},
		{[]string{"max-age =5"}, "max-age=5!"},
		{[]string{"max-age= 5"}, "max-age= 5!"},
		{[]string{"max-age=5 no-store"}, "max-age=5 no-store!"},
		{[]string{`max-age="5"6`}, "max-age=!"},
		{[]string{"=5"}, "=5"},
		{nil, ""},
	} {
		var got []string
		for _, d := range parseDirectives(tc.in) {
			text := d.name + "=" + d.value
			if d.broken {
				text += "!"
			}
			got = append(got, text)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%q: %q, want %q", tc.in, s, tc.want)
		}
	}
}

func TestALongLineOfQuotesIsReadInNoTime(t *testing.T) {
	line := `"` + strings.Repeat(`\"`, 4<<20)
	began := time.Now()
	if got := members(line); len(got) != 1 {
		t.Errorf("%d members", len(got))
	}
	// In square time it would be hours.
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

func TestDates(t *testing.T) {
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"Sun, 06 Nov 1994 08:49:37 GMT":    "1994-11-06 08:49:37",
		"sun, 06 NOV 1994 08:49:37 gmt":    "1994-11-06 08:49:37",
		"Sunday, 06-Nov-94 08:49:37 GMT":   "1994-11-06 08:49:37",
		"Sunday, 06-Nov-75 08:49:37 GMT":   "2075-11-06 08:49:37",
		"Sunday, 06-Nov-76 08:49:37 GMT":   "1976-11-06 08:49:37",
		"Sun Nov  6 08:49:37 1994":         "1994-11-06 08:49:37",
		"Sun Nov 16 08:49:37 1994":         "1994-11-16 08:49:37",
		"Sun, 06 Nov 1994 08:49:37":        "",
		"Sun, 06 Nov 1994 08:49:37 UTC":    "",
		"Sun, 06 Nov 1994 08:49:37 +0000":  "",
		"Sun, 06 Nov 1994 8:49:37 GMT":     "",
		"Sun, 6 Nov 1994 08:49:37 GMT":     "",
		"Sun, 31 Feb 1994 08:49:37 GMT":    "",
		"Sun, 06 Nov 1994 25:49:37 GMT":    "",
		"Noday, 06-Nov-94 08:49:37 GMT":    "",
		"Sunday, 06-Nov-1994 08:49:37 GMT": "",
		"1994-11-06T08:49:37Z":             "",
		"0":                                "",
		"":                                 "",
	} {
		got := ""
		if d, ok := parseDate(in, now); ok {
			got = d.UTC().Format(time.DateTime)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAgeAndLifetime(t *testing.T) {
	received := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return received.Add(d).Format(http.TimeFormat) }
	for _, tc := range []struct {
		name          string
		lines         []string
		took          time.Duration // from the request to its answer
		later         time.Duration
		age, lifetime time.Duration
		unknown       bool
	}{
		{name: "nothing"},
		{name: "clocks agree", lines: []string{"Date: " + date(0)}, later: time.Hour, age: time.Hour},
		{name: "its clock is fast", lines: []string{"Date: " + date(time.Hour)}, later: time.Minute, age: time.Minute},
		{name: "its clock is slow", lines: []string{"Date: " + date(-time.Hour)}, later: time.Minute, age: time.Hour + time.Minute},
		{name: "slow answer", lines: []string{"Age: 10"}, took: 5 * time.Second, later: time.Second, age: 16 * time.Second},
		{name: "our clock went back", later: -time.Second, unknown: true},
		{name: "max-age before Expires", lines: []string{"Cache-Control: max-age=5", "Expires: " + date(time.Hour)}, lifetime: 5 * time.Second},
		{name: "Expires by a wrong clock", lines: []string{"Date: " + date(time.Hour), "Expires: " + date(2*time.Hour)}, lifetime: time.Hour},
		{name: "Expires without Date", lines: []string{"Expires: " + date(time.Hour)}, lifetime: time.Hour},
		{name: "heuristic", lines: []string{"Last-Modified: " + date(-time.Hour)}, lifetime: 6 * time.Minute},
		{name: "heuristic has a limit", lines: []string{"Last-Modified: " + date(-99999*time.Hour)}, lifetime: 7 * 24 * time.Hour},
		{name: "modified in the future", lines: []string{"Last-Modified: " + date(time.Hour)}},
		{name: "no heuristic beside bad Expires", lines: []string{"Expires: never", "Last-Modified: " + date(-time.Hour)}},
		{name: "s-maxage is for others", lines: []string{"Cache-Control: s-maxage=5"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := &head{status: 200, received: received, sent: received.Add(-tc.took)}
			header := make(http.Header)
			for _, line := range tc.lines {
				name, value, _ := strings.Cut(line, ": ")
				header.Set(name, value)
			}
			h.setHeader(header, nil)
			age, known := h.age(received.Add(tc.later))
			if age != tc.age || known == tc.unknown {
				t.Errorf("age %v (known: %v), want %v", age, known, tc.age)
			}
			if got := h.lifetime(); got != tc.lifetime {
				t.Errorf("lifetime %v, want %v", got, tc.lifetime)
			}
			if tc.unknown && h.fresh(nil, received.Add(tc.later)) {
				t.Error("it is fresh though nobody knows its age")
			}
		})
	}
}

func FuzzDirectives(f *testing.F) {
	for _, s := range []string{"no-store, max-age=5", `a="b,\"c", d`, `"`, "a=\x00,=,,", "max-age=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, d := range parseDirectives([]string{line}) {
			if d.name != strings.ToLower(d.name) {
				t.Errorf("name %q", d.name)
			}
		}
		if d, _ := parseDirectives([]string{line}).seconds("max-age"); d < 0 || d > maxSeconds*time.Second {
			t.Errorf("max-age %v", d)
		}
		// A no-store outside quotes counts, whatever stands before it, unless
		// it is within a quote that the line closes.
		if !strings.Contains(line, `"`) && !parseDirectives([]string{line + ",no-store"}).has("no-store") {
			t.Errorf("%q hides no-store", line)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"} {
		f.Add(s)
	}
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseDate(s, now)
		if !ok {
			return
		}
		if again, ok := parseDate(d.UTC().Format(http.TimeFormat), now); !ok || !again.Equal(d) {
			t.Errorf("%q is %v, and that is %v", s, d, again)
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-1", "bytes=-5", "bytes=7-", "bytes=1-0", "bytes=0-1,2-3", "bytes=9223372036854775807-"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, s string, length int64) {
		if length < 0 {
			return
		}
		if part, ok := parseRange(s, length); ok && (part.first < 0 || part.length <= 0 || part.first > length-part.length) {
			t.Errorf("%q of %d bytes is %+v", s, length, part)
		}
	})
}

func FuzzHead(f *testing.F) {
	h := &head{status: 200, proto: "HTTP/2.0", received: time.Unix(2, 0), sent: time.Unix(1, 0), length: 3}
	h.setHeader(http.Header{"Vary": {"A, B"}, "X": {"caf\xe9", ""}}, http.Header{"A": {"1"}})
	text, err := encodeHead(h)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"haul-cache":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := decodeHead(text, key{})
		if err != nil {
			return
		}
		again, err := encodeHead(h)
		if err != nil {
			return // it has grown too large by the indentation
		}
		same, err := decodeHead(again, key{})
		if err != nil {
			t.Fatalf("%s does not come back: %v", again, err)
		}
		if fmt.Sprint(h) != fmt.Sprint(same) {
			t.Errorf("%v came back as %v", h, same)
		}
		for name, values := range h.header {
			if !isToken(name) || slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "\r\n\x00") }) {
				t.Errorf("field %q: %q", name, values)
			}
		}
	})
}
