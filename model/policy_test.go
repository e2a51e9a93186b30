package model

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"haul/session"
)

func TestOnlyWhatMayPassIsRetried(t *testing.T) {
	p := retryPolicy{most: 3, backoff: time.Second, random: func() float64 { return 0.5 }}
	for _, c := range []struct {
		name string
		f    failure
		want bool
	}{
		{"lost connection", failure{code: session.NetworkConnectionLost, repeatable: true}, true},
		{"refused connection", failure{code: session.CannotConnectToHost, repeatable: true}, true},
		{"no network", failure{code: session.NotConnectedToInternet, repeatable: true}, true},
		{"timeout", failure{code: session.TimedOut, repeatable: true}, true},
		{"timeout of the whole", failure{code: session.TimedOut, resource: true, repeatable: true}, false},
		{"unknown host", failure{code: session.CannotFindHost, repeatable: true}, false},
		{"host that was there", failure{code: session.CannotFindHost, reached: true, repeatable: true}, true},
		{"bad URL", failure{code: session.BadURL, repeatable: true}, false},
		{"untrusted server", failure{code: session.ServerCertificateUntrusted, repeatable: true}, false},
		{"partial file in use", failure{code: session.CannotOpenFile, taken: true, repeatable: true}, true},
		{"disk", failure{code: session.CannotWriteToFile, repeatable: true}, false},
		{"cancelled", failure{code: session.Cancelled, repeatable: true}, false},
		{"408", failure{status: 408, repeatable: true}, true},
		{"425", failure{status: 425, repeatable: true}, true},
		{"429", failure{status: 429, repeatable: true}, true},
		{"500", failure{status: 500, repeatable: true}, true},
		{"502", failure{status: 502, repeatable: true}, true},
		{"503", failure{status: 503, repeatable: true}, true},
		{"504", failure{status: 504, repeatable: true}, true},
		{"501", failure{status: 501, repeatable: true}, false},
		{"404", failure{status: 404, repeatable: true}, false},
		{"503 to a POST", failure{status: 503}, false},
		{"503, in two hours", failure{status: 503, after: 2 * time.Hour, repeatable: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, ok := p.next(c.f, 0); ok != c.want {
				t.Errorf("retried: %v, want %v", ok, c.want)
			}
			if _, ok := p.next(c.f, 3); ok {
				t.Error("retried more often than allowed")
			}
		})
	}
}

func TestBackoffGrowsWithinBounds(t *testing.T) {
	f := failure{status: 503, repeatable: true}
	for _, c := range []struct {
		random float64
		made   int
		after  time.Duration
		want   time.Duration
	}{
		{0.5, 0, 0, 500 * time.Millisecond},
		{0.5, 1, 0, time.Second},
		{0.5, 3, 0, 4 * time.Second},
		{0, 3, 0, shortestBackoff},
		{0.999, 40, 0, time.Duration(0.999 * float64(longestBackoff))},
		{0.5, 0, 7 * time.Second, 7 * time.Second},
		{0.9, 5, time.Second, time.Duration(0.9 * float64(32*time.Second))},
	} {
		p := retryPolicy{most: 100, backoff: time.Second, random: func() float64 { return c.random }}
		f.after = c.after
		if got, ok := p.next(f, c.made); !ok || got != c.want {
			t.Errorf("retry %d, chance %v, Retry-After %v: waits %v, want %v", c.made, c.random, c.after, got, c.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 9, 6, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		" 5 ":                           5 * time.Second,
		"-1":                            0,
		"soon":                          0,
		"99999999999":                   0,
		"Sun, 06 Sep 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 06 Sep 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestParseURLSaysWhatIsWrong(t *testing.T) {
	for in, part := range map[string]string{
		"https://example.org/a":        "",
		" HTTP://example.org ":         "",
		"http://[::1]:8080/":           "",
		"ftp://example.org/a":          `unknown scheme "ftp"`,
		"example.org/a":                "has no scheme",
		"http:///a":                    "has no host",
		"http://:80/a":                 "has no host",
		"http://example.org:999999/":   "port 999999 does not exist",
		"http://example.org:0/":        "port 0 does not exist",
		"http://u:secret@exa mple.org": "not a URL",
	} {
		_, err := ParseURL(in)
		switch {
		case part == "" && err != nil:
			t.Errorf("%q: %v", in, err)
		case part != "" && (err == nil || !strings.Contains(err.Error(), part)):
			t.Errorf("%q: error %v, want one with %q", in, err, part)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%q: the error tells the password: %v", in, err)
		}
	}
}

func TestParseChecksum(t *testing.T) {
	for in, ok := range map[string]bool{
		"":                                     true,
		"md5:d41d8cd98f00b204e9800998ecf8427e": true,
		"SHA1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709": true,
		"sha256:" + strings.Repeat("0f", 32):            true,
		"sha512:" + strings.Repeat("0f", 64):            true,
		"sha256:" + strings.Repeat("0f", 31):            false,
		"sha256:" + strings.Repeat("0g", 32):            false,
		"crc32:00000000":                                false,
		"d41d8cd98f00b204e9800998ecf8427e":              false,
		"md5:":                                          false,
	} {
		if _, err := parseChecksum(in); (err == nil) != ok {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestVisibleHeaderHidesCredentials(t *testing.T) {
	h := http.Header{
		"Authorization": {"Basic eHl6"}, "Cookie": {"a=b"}, "X-Api-Key": {"k"}, "Set-Cookie": {"s=1"},
		"Range": {"bytes=5-"}, "Www-Authenticate": {"Basic"},
	}
	got := visibleHeader(h)
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Set-Cookie"} {
		if got.Get(name) != "(hidden)" {
			t.Errorf("%s is shown: %q", name, got.Get(name))
		}
	}
	for _, name := range []string{"Range", "Www-Authenticate"} {
		if got.Get(name) != h.Get(name) {
			t.Errorf("%s is hidden", name)
		}
	}
	if h.Get("Authorization") != "Basic eHl6" {
		t.Error("the request's own header was changed")
	}
}

func TestOneResourceIsWrittenInOneWay(t *testing.T) {
	for in, want := range map[string]string{
		"HTTP://user:pw@Example.ORG:80#top": "http://example.org/",
		"https://example.org:443/a?b=C#d":   "https://example.org/a?b=C",
		"http://example.org:443/a%2Fb":      "http://example.org:443/a%2Fb",
		"http://[2001:DB8::1]:80/":          "http://[2001:db8::1]/",
	} {
		u, err := ParseURL(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := withoutUser(u); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
