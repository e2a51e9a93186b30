package authn

import (
	"net/url"
	"testing"
)

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestBasicCovers(t *testing.T) {
	tests := []struct {
		challenged, next string
		want             bool
	}{
		// The examples of RFC 7617 section 2.2.
		{"http://example.com/docs/index.html", "http://example.com/docs/", true},
		{"http://example.com/docs/index.html", "http://example.com/docs/test.doc", true},
		{"http://example.com/docs/index.html", "http://example.com/docs/?page=1", true},
		{"http://example.com/docs/index.html", "http://example.com/other/", false},
		{"http://example.com/docs/index.html", "https://example.com/docs/", false},
		// Depth.
		{"http://a/b/c", "http://a/b/d/e/f", true},
		{"http://a/b/c", "http://a/b", false},
		{"http://a/b/", "http://a/bc/d", false},
		{"http://a", "http://a/anything", true},
		{"http://a/x", "http://a", true},
		{"http://a/b/c?q=/d/", "http://a/b/x", true},
		// Dot segments, also where only the server sees them.
		{"http://a/b/c", "http://a/b/../d", false},
		{"http://a/b/c", "http://a/b/%2e%2e/d", false},
		{"http://a/b/../c", "http://a/d", true},
		{"http://a/b/c/..", "http://a/b/d", true},
		{"http://a/b/c/..", "http://a/d", false},
		// Origin.
		{"http://a/", "http://a:80/", true},
		{"https://a:443/", "https://A/", true},
		{"HTTP://a/", "http://a/", true},
		{"http://[::1]:80/", "http://[::1]/", true},
		{"http://a/", "http://a:8080/", false},
		{"http://a/", "http://b.a/", false},
		{"http://a/", "http://a./", false},
		{"http://a/", "http://a@b/", false},
		{"http://a/", "http://user:pass@a/", true},
		{"ftp://a/", "ftp://a/", false},
		{"http:a", "http:a", false},
		{"/a", "/a", false},
		{"http:///a", "http:///a", false},
	}
	for _, tt := range tests {
		t.Run(tt.challenged+" "+tt.next, func(t *testing.T) {
			if got := BasicCovers(mustParse(t, tt.challenged), mustParse(t, tt.next)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDigestCovers(t *testing.T) {
	tests := []struct {
		name, challenged, domain, next string
		want                           bool
	}{
		{"no domain covers the origin", "http://a/b/c", "", "http://a/x", true},
		{"no domain covers no other origin", "http://a/b/c", "", "https://a/b/c", false},
		{"blank domain", "http://a/b", "  ", "http://a/x", true},
		{"path", "http://a/x", "/b /c", "http://a/c/d", true},
		{"path itself", "http://a/x", "/b /c", "http://a/c", true},
		{"path elsewhere", "http://a/x", "/b /c", "http://a/x", false},
		{"whole segments", "http://a/x", "/b", "http://a/bc", false},
		{"path with a slash", "http://a/x", "/b/", "http://a/b/c", true},
		{"root", "http://a/x", "/", "http://a/y", true},
		{"dot segments", "http://a/x", "/b", "http://a/b/%2e%2e/c", false},
		{"absolute URI", "http://a:80/x", "http://a/b", "http://a/b/c", true},
		{"another origin is not let in", "http://a/x", "http://other/ /b", "http://other/", false},
		{"another origin lets nothing in", "http://a/x", "http://other/", "http://a/x", false},
		{"network path", "http://a/x", "//other/", "http://other/", false},
		{"broken URI", "http://a/x", "http://[ %zz /b", "http://a/b", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			challenge := Challenge{Scheme: SchemeDigest, Params: params("realm", "r", "nonce", "n", "domain", tt.domain)}
			d, err := NewDigest(challenge, Credential{}, mustParse(t, tt.challenged))
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Covers(mustParse(t, tt.next)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDigestForAProxyCoversNothing(t *testing.T) {
	challenge := Challenge{Scheme: SchemeDigest, Params: params("realm", "r", "nonce", "n")}
	d, err := NewDigest(challenge, Credential{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Covers(mustParse(t, "http://a/")) {
		t.Error("covers a URL")
	}
}
