package cookies

import (
	"strings"
	"testing"
)

func TestDomainMatch(t *testing.T) {
	for _, c := range []struct {
		host, domain string
		want         bool
	}{
		{"swift.org", "swift.org", true},
		{"www.swift.org", "swift.org", true},
		{"a.b.swift.org", "swift.org", true},
		{"superswift.org", "swift.org", false},
		{"swift.org", "www.swift.org", false},
		{"swift.org", "org.swift", false},
		{"1.2.3.4", "3.4", false},
		{"1.2.3.4", "1.2.3.4", true},
	} {
		if got := domainMatch(c.host, c.domain); got != c.want {
			t.Errorf("%s in %s: %v", c.host, c.domain, got)
		}
	}
}

func TestPathMatch(t *testing.T) {
	for _, c := range []struct {
		requested, path string
		want            bool
	}{
		{"/", "/", true}, {"/a", "/", true}, {"/a", "/a", true}, {"/a/b", "/a", true}, {"/a/b", "/a/", true},
		{"/ab", "/a", false}, {"/a", "/a/", false}, {"/", "/a", false}, {"/A", "/a", false}, {"/a%2Fb", "/a", false},
	} {
		if got := pathMatch(c.requested, c.path); got != c.want {
			t.Errorf("%s under %s: %v", c.requested, c.path, got)
		}
	}
}

func TestDefaultPath(t *testing.T) {
	for at, want := range map[string]string{
		"http://h": "/", "http://h/": "/", "http://h/a": "/", "http://h/a/": "/a", "http://h/a/b": "/a",
		"http://h/a/b?c=/d/e": "/a", "http://h/a%2Fb/c": "/a%2Fb", "http://h//": "/", "http://h//x": "/",
	} {
		if got := defaultPath(parseURL(t, at)); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func TestCanonicalHost(t *testing.T) {
	for in, want := range map[string]string{
		"Example.COM": "example.com", "example.com.": "example.com", "bücher.example": "xn--bcher-kva.example",
		"BÜCHER.example": "xn--bcher-kva.example", "xn--BCHER-kva.example": "xn--bcher-kva.example", "a_b.example": "a_b.example",
		"127.0.0.1": "127.0.0.1", "::1": "::1", "fe80::1%eth0": "fe80::1%eth0", "localhost": "localhost",
	} {
		if got, err := canonicalHost(in); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".", "..", "a..b", ".a", "a..", "a b", "a\tb", "a\nb", "a/b", "\xff.com", strings.Repeat("a", 256), "ab\u202ecd.com", "#a.com", "a%b c"} {
		if got, err := canonicalHost(in); err == nil {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.1": true, "2130706433": true, "0x7f.1": true, "a.0x7f": true, "::1": true, "fe80::1%eth0": true,
		"example.com": false, "1.2.3.com": false, "localhost": false, "0x7g": false,
	} {
		if got := isAddress(host); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}

func TestSite(t *testing.T) {
	for host, want := range map[string]string{
		"a.b.example.co.uk": "example.co.uk", "example.co.uk": "example.co.uk", "co.uk": "co.uk", "localhost": "localhost",
		"a.github.io": "a.github.io", "x.a.github.io": "a.github.io", "10.0.0.1": "10.0.0.1",
	} {
		if got := site(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}
