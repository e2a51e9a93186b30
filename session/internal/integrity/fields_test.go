package integrity

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"
)

var (
	of256 = func() string { s := sha256.Sum256([]byte("hello")); return base64.StdEncoding.EncodeToString(s[:]) }()
	of512 = func() string { s := sha512.Sum512([]byte("hello")); return base64.StdEncoding.EncodeToString(s[:]) }()
	other = func() string { s := sha256.Sum256([]byte("other")); return base64.StdEncoding.EncodeToString(s[:]) }()
)

// names writes sums as their algorithms, with "!" behind those that are not of
// "hello".
func names(sums []Sum) string {
	var list []string
	for _, s := range sums {
		h := s.New()
		_, _ = h.Write([]byte("hello")) // a hash never fails
		name := s.Algorithm
		if !s.Matches(h) {
			name += "!"
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

func TestFields(t *testing.T) {
	a, b := "sha-256=:"+of256+":", "sha-512=:"+of512+":"
	for in, want := range map[string]string{
		"":                             "",
		a:                              "sha-256",
		a + ", " + b:                   "sha-256 sha-512",
		a + "," + b:                    "sha-256 sha-512",
		"  " + a + " \t, \t" + b + " ": "sha-256 sha-512",
		"md5=:AAAA:, " + a:             "sha-256",
		"sha-256=:" + other + ":":      "sha-256!",
		"sha-256=:" + other + ":, " + a + ", " + b:            "sha-256 sha-512", // the last one counts
		a + `;q="a,b\"c";x;y=1.5`:                             "sha-256",
		`id=tok/en, s="a\\,b", n=-1, b=?1, l=(1 "x");p, ` + a: "sha-256",
		"sha-256, " + b:               "sha-512",
		a + ", sha-256=1":             "", // overridden by what is no digest
		"sha-256=:AAAA:":              "", // not its length
		"sha-256=:" + of256:           "",
		"sha-256=:" + of256[1:] + ":": "",
		"sha-256=" + of256:            "", // legacy syntax: a token ends at "="
		"SHA-256=:" + of256 + ":":     "",
		a + ",":                       "",
		"," + a:                       "",
		a + " " + b:                   "",
		a + ";":                       "",
		`s="open, ` + a:               "",
		"l=(1 2, " + a:                "",
		"b=?2, " + a:                  "",
		a + strings.Repeat(" ", 17<<10) + ", " + b: "", // too long
	} {
		if got := names(Fields([]string{in})); got != want {
			t.Errorf("%.80q: %q, want %q", in, got, want)
		}
	}
	if got := names(Fields([]string{a, b})); got != "sha-256 sha-512" {
		t.Errorf("two lines: %q", got)
	}
}

func TestLegacy(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "",
		"SHA-256=" + of256:                       "sha-256",
		"sha-256=" + of256 + ",SHA-512=" + of512: "sha-256 sha-512",
		"MD5=AAAA, UNIXsum=30637 , sha-256=" + other: "sha-256!",
		"sha-256=:" + of256 + ":":                    "",
		"sha-256":                                    "",
	} {
		if got := names(Legacy([]string{in})); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzFields(f *testing.F) {
	f.Add("sha-256=:" + of256 + `:;a="b", x=(1 2);c, *y=?0`)
	f.Add("SHA-256=" + of256 + ",MD5=x")
	f.Fuzz(func(t *testing.T, in string) {
		for _, s := range append(Fields([]string{in}), Legacy([]string{in, in})...) {
			if s.New().Size() != len(s.value) {
				t.Errorf("%s of %d bytes", s.Algorithm, len(s.value))
			}
		}
		// What was read is found again behind a member of a stranger's.
		if sums := Fields([]string{in}); len(sums) > 0 && len(in) < maxField-10 {
			if again := Fields([]string{"a=1", in}); len(again) != len(sums) {
				t.Errorf("%d sums, then %d", len(sums), len(again))
			}
		}
	})
}
