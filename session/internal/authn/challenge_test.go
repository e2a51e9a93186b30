package authn

import (
	"slices"
	"testing"
)

func TestStrengthOrdersTheStrongestFirstAndIsStable(t *testing.T) {
	offered := Parse([]string{
		`Basic realm="1"`,
		`Unknown realm="2"`,
		`Digest realm="3", nonce="n", algorithm=SHA-1`,
		`Digest realm="4", nonce="n"`,
		`Bearer realm="5"`,
		`Digest realm="6", nonce="n", algorithm=md5-SESS, qop=auth`,
		`Digest realm="7", nonce="n", algorithm=SHA-512-256`,
		`NTLM realm="8"`,
		`Digest realm="9", nonce="n", algorithm=sha-256`,
		`Negotiate realm="10"`,
		`Basic realm="11"`,
	})
	slices.SortStableFunc(offered, func(a, b Challenge) int { return Strength(b) - Strength(a) })
	var got []string
	for _, c := range offered {
		got = append(got, c.Realm())
	}
	want := []string{"10", "8", "7", "9", "4", "6", "1", "11", "5", "2", "3"}
	if !slices.Equal(got, want) {
		t.Errorf("realms in order %q, want %q", got, want)
	}
}

func TestSupported(t *testing.T) {
	tests := []struct {
		field string
		want  bool
	}{
		{`Basic realm="a"`, true},
		{`Basic realm=""`, true},
		{`Basic`, false},
		{`Basic Zm9v`, false},
		{`Digest realm="a", nonce="n"`, true},
		{`Digest realm="", nonce="n"`, true},
		{`Digest realm="a", nonce="n", qop=""`, true},
		{`Digest realm="a", nonce="n", qop=" future ,, AUTH "`, true},
		{`Digest realm="a", nonce="n", qop="future,auth-int"`, true},
		{`Digest realm="a", nonce="n", qop="auth-int,future"`, true},
		{`Digest realm="a", nonce="n", qop="future"`, false},
		{`Digest realm="a", nonce="n", qop="future,"`, false},
		{`Digest realm="a", nonce="n", algorithm=MD5`, true},
		{`Digest realm="a", nonce="n", algorithm="Sha-512-256"`, true},
		{`Digest realm="a", nonce="n", algorithm=SHA-256-sess, qop=auth`, true},
		{`Digest realm="a", nonce="n", algorithm=MD5-sess`, false},
		{`Digest realm="a", nonce="n", algorithm=-sess, qop=auth`, false},
		{`Digest realm="a", nonce="n", algorithm=SHA-1`, false},
		{`Digest realm="a", nonce=""`, false},
		{`Digest realm="a"`, false},
		{`Digest nonce="n"`, false},
		{`Negotiate`, true},
		{`Negotiate oYG1MIGy`, true},
		{`NTLM`, true},
		{`NTLM realm="a"`, false},
		{`Bearer`, true},
		{`Bearer realm="a", error="invalid_token"`, true},
		{`Unknown realm="a"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			c := Parse([]string{tt.field})
			if len(c) != 1 {
				t.Fatalf("%d challenges, want 1", len(c))
			}
			if got := Supported(c[0]); got != tt.want {
				t.Errorf("Supported is %v, want %v", got, tt.want)
			}
			_, err := NewDigest(c[0], Credential{User: "u"}, nil)
			if c[0].Scheme == SchemeDigest && (err == nil) != tt.want {
				t.Errorf("NewDigest: error %v, though Supported is %v", err, tt.want)
			}
		})
	}
}
