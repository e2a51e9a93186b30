package model

import (
	"strings"
	"testing"
)

func TestFilterMatchesAllWords(t *testing.T) {
	r := &row{name: "Debian-13.iso", url: "https://deb.example.org/iso/debian-13.iso", host: "deb.example.org", size: 812_000_000}
	r.state = Paused
	for in, want := range map[string]bool{
		"":                                true,
		"debian":                          true,
		"DEBIAN iso":                      true,
		"debian fedora":                   false,
		"is:paused":                       true,
		"is:Running":                      false,
		"is:failed is:paused":             true,
		"is:failed is:asks is:retry":      false,
		"is:failed is:paused fedora":      false,
		"host:example debian":             true,
		"host:kernel":                     false,
		"size:>1G":                        false,
		"size:>800M size:<=812MB":         true,
		"size:812M":                       true,
		"size:=812000000":                 true,
		"size:<1Ki":                       false,
		"https://deb.example.org/iso/deb": true,
		"is:marked":                       false,
		`"//deb.EXAMPLE"`:                 true,
		`"size:1"`:                        false,
		`"https:`:                         true,
	} {
		f, _, err := parseFilter(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := f.matches(r); got != want {
			t.Errorf("%q matches: %v, want %v", in, got, want)
		}
	}
}

func TestIsFailedFindsWhatIsCountedAsFailed(t *testing.T) {
	for st := range State(len(stateNames)) {
		var m Model
		m.counts[st] = 1
		r := &row{}
		r.state = st
		f, _, err := parseFilter("is:FAILED")
		if err != nil {
			t.Fatal(err)
		}
		if got, counted := f.matches(r), m.Totals().Failed == 1; got != counted {
			t.Errorf("%v: found %v, counted %v", st, got, counted)
		}
		for other := range State(len(stateNames)) {
			if f, _, err = parseFilter("is:" + other.String()); err != nil {
				t.Fatal(err)
			}
			if got, want := f.matches(r), st == other; other != Failed && got != want {
				t.Errorf("%v is found by is:%v: %v", st, other, got)
			}
		}
	}
}

func TestFilterSaysWhatMakesNoSense(t *testing.T) {
	for in, part := range map[string]string{
		"is:sleeping":  "there are queued, running",
		"is:":          "no such state",
		"is:retryng":   "use is:retry",
		"is:Makred":    "use is:marked",
		"size:big":     "size:>1G",
		"size:>":       "size:>1G",
		"size:><1":     "compare with",
		"size:1Xi":     "size:>1G",
		"size:NaN":     "size:>1G",
		"size:1e300":   "size:>1G",
		"host:":        "part of a host",
		"colour:blue":  "is no filter",
		"debian was:x": "is no filter",
	} {
		_, sound, err := parseFilter(in)
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: error %v, want one with %q", in, err, part)
		}
		if want := strings.Count(in, "debian"); len(sound) != want {
			t.Errorf("%q leaves %q", in, sound)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"", "a b", "is:done size:>=1.5Gi", "size:<<1", "host:\x00", "size:" + strings.Repeat("9", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, _, err := parseFilter(s)
		if err != nil {
			return
		}
		for _, b := range got.sizes {
			if b.least < 0 || b.most < -1 {
				t.Fatalf("%q: bound %+v", s, b)
			}
		}
		got.matches(&row{name: s, url: s, host: s, size: -1})
	})
}
