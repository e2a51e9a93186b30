package model

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"haul/session"
	"haul/transfer"
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
		{"host that is still not there", failure{code: session.CannotFindHost, reached: true, again: true, repeatable: true}, false},
		{"name servers out of order", failure{code: session.DNSLookupFailed, again: true, repeatable: true}, true},
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
		if got, ok := p.next(f, c.made); !ok || got.wait != c.want || got.offline {
			t.Errorf("retry %d, chance %v, Retry-After %v: waits %v, want %v", c.made, c.random, c.after, got.wait, c.want)
		}
	}
}

func TestTheNetworkDecidesWhenToRetry(t *testing.T) {
	refused := grant{}
	clock := func(wait, least time.Duration) grant { return grant{wait: wait, least: least} }
	waits := func(least time.Duration) grant { return grant{least: least, offline: true} }
	lost := failure{code: session.NetworkConnectionLost, repeatable: true}
	unknown := failure{code: session.CannotFindHost, repeatable: true}
	for _, c := range []struct {
		name            string
		f               failure
		offline, change bool
		made            int
		want            grant
	}{
		{"online: the clock, or a change after a moment", lost, false, false, 2, clock(2*time.Second, settling)},
		{"the last try was made", lost, false, false, 3, refused},
		{"offline: no clock", lost, true, false, 0, waits(settling)},
		{"offline: not counted", lost, true, false, 3, waits(settling)},
		{"the network changed meanwhile", lost, false, true, 2, clock(settling, settling)},
		{"it changed, but the clock is quicker", lost, false, true, 0, clock(500*time.Millisecond, settling)},
		{"Retry-After is the least", failure{code: lost.code, after: 7 * time.Second, repeatable: true},
			false, true, 0, clock(7*time.Second, 7*time.Second)},
		{"Retry-After is the least offline too", failure{code: lost.code, after: 7 * time.Second, repeatable: true},
			true, false, 0, waits(7 * time.Second)},
		{"offline no name is found, right or wrong", unknown, true, false, 0, waits(settling)},
		{"online a wrong name stays wrong", unknown, false, true, 0, refused},
		{"a refusal that repeats", failure{status: 404, repeatable: true}, true, true, 0, refused},
		{"a POST that may have arrived", failure{code: lost.code}, true, true, 0, refused},
		{"the time for the whole is over", failure{code: session.TimedOut, resource: true, repeatable: true}, true, true, 0, refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := retryPolicy{most: 3, backoff: time.Second, random: func() float64 { return 0.5 }}
			c.f.offline, c.f.changed = c.offline, c.change
			if got, ok := p.next(c.f, c.made); got != c.want || ok != (c.want != refused) {
				t.Errorf("%+v, %v; want %+v", got, ok, c.want)
			}
			p.most = 0
			if _, ok := p.next(c.f, 0); ok {
				t.Error("retried although nobody wants that")
			}
		})
	}
}

func TestLoopbackIsThisMachine(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost.": true, "a.localhost": true, "127.0.0.1": true, "127.8.9.1": true,
		"::1": true, "::ffff:127.0.0.1": true, "::1%lo": true,
		"": false, "localhost.example": false, "example.org": false, "10.0.0.1": false, "fe80::1%eth0": false, "128.0.0.1": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("%q: %v", host, got)
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
		if got := transfer.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
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
		"localhost:8080/a":             "has no scheme",
		"example.org:8080":             "has no scheme",
		"127.0.0.1:8080/a":             "has no scheme",
		"[::1]:8080/a":                 "has no scheme",
		"u:p@example.org:8080/a":       "has no scheme",
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
