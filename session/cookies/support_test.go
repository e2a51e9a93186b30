package cookies

import (
	"net/url"
	"testing"
)

func parseURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// from sets cookies from a URL and fails the test if one is refused.
func (j *Jar) from(t testing.TB, at string, fields ...string) {
	t.Helper()
	if refused := j.SetFromHeader(parseURL(t, at), fields, Accept{}); refused != nil {
		t.Fatalf("from %s: %v", at, refused)
	}
}

// wants holds the Cookie field for a URL against what it should be.
func (j *Jar) wants(t testing.TB, at, want string) {
	t.Helper()
	if got := j.Field(parseURL(t, at)); got != want {
		t.Errorf("cookies for %s: %q, want %q", at, got, want)
	}
}
