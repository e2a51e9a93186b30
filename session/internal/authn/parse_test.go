package authn

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// params makes a map of names and values in turn.
func params(pairs ...string) map[string]string {
	m := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestParse(t *testing.T) {
	tests := []struct {
		name   string
		fields []string
		want   []Challenge
	}{
		{"no field", nil, nil},
		{"empty field", []string{""}, nil},
		{"only separators", []string{" , ,\t,"}, nil},
		{"single Basic", []string{`Basic realm="WallyWorld"`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "WallyWorld")}}},
		{"Basic with charset", []string{`Basic realm="foo", charset="UTF-8"`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "foo", "charset", "UTF-8")}}},
		{"Digest in full", []string{`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe", stale=FALSE, domain="/a /b", userhash=true`},
			[]Challenge{{Scheme: "digest", Params: params("realm", "http-auth@example.org", "qop", "auth, auth-int",
				"algorithm", "SHA-256", "nonce", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "opaque", "FQhe",
				"stale", "FALSE", "domain", "/a /b", "userhash", "true")}}},
		{"Basic and Digest in one field", []string{`Basic realm="a", Digest realm="b", nonce="c"`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "a")},
				{Scheme: "digest", Params: params("realm", "b", "nonce", "c")}}},
		{"Digest and Basic in two fields", []string{`Digest realm="b", nonce="c"`, `Basic realm="a"`},
			[]Challenge{{Scheme: "digest", Params: params("realm", "b", "nonce", "c")},
				{Scheme: "basic", Params: params("realm", "a")}}},
		{"scheme alone", []string{"Negotiate"}, []Challenge{{Scheme: "negotiate"}}},
		{"schemes alone", []string{"Negotiate, NTLM ,Basic realm=a"},
			[]Challenge{{Scheme: "negotiate"}, {Scheme: "ntlm"}, {Scheme: "basic", Params: params("realm", "a")}}},
		{"unknown scheme with parameters, then Basic", []string{`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`},
			[]Challenge{{Scheme: "newauth", Params: params("realm", "apps", "type", "1", "title", `Login to "apps"`)},
				{Scheme: "basic", Params: params("realm", "simple")}}},
		{"quoted comma and escaped quote", []string{`Basic realm="a, Digest \"b\", \\c"`},
			[]Challenge{{Scheme: "basic", Params: params("realm", `a, Digest "b", \c`)}}},
		{"spaces around the sign", []string{"Basic realm \t=  \"a\" , charset =UTF-8"},
			[]Challenge{{Scheme: "basic", Params: params("realm", "a", "charset", "UTF-8")}}},
		{"empty elements", []string{`,, Basic ,,realm="a",, charset=UTF-8,`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "a", "charset", "UTF-8")}}},
		{"token68", []string{"Negotiate YIIB+/._~-w==, NTLM TlRMTVNTUAAC="},
			[]Challenge{{Scheme: "negotiate", Token68: "YIIB+/._~-w=="}, {Scheme: "ntlm", Token68: "TlRMTVNTUAAC="}}},
		{"token68 before trailing space", []string{"Negotiate YIIB \t"}, []Challenge{{Scheme: "negotiate", Token68: "YIIB"}}},
		{"token68 takes no parameters", []string{`Negotiate YIIB, realm="a"`}, []Challenge{{Scheme: "negotiate", Token68: "YIIB"}}},
		{"name and sign are a token68", []string{"Basic realm="}, []Challenge{{Scheme: "basic", Token68: "realm="}}},
		{"empty quoted value", []string{`Basic realm=""`}, []Challenge{{Scheme: "basic", Params: params("realm", "")}}},
		{"bytes above ASCII", []string{"Basic realm=\"J\xe4s \u202e\""},
			[]Challenge{{Scheme: "basic", Params: params("realm", "J\xe4s \u202e")}}},
		{"first of two of a name", []string{`Basic realm="a", REALM="b"`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "a")}}},

		{"parameter without scheme", []string{`realm="a", Basic realm="b"`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "b")}}},
		{"parameters do not reach over fields", []string{"Basic", `realm="a"`}, []Challenge{{Scheme: "basic"}}},
		{"unbalanced quotes", []string{`Basic realm="a, Digest realm=b`, `Digest realm="c"`},
			[]Challenge{{Scheme: "digest", Params: params("realm", "c")}}},
		{"escape at the end", []string{`Basic realm="a\`}, nil},
		{"unbalanced quotes in a later parameter", []string{`Basic realm="a", charset="b, Negotiate`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "a")}}},
		{"broken parameter", []string{`Basic realm="a", charset=, x=1`},
			[]Challenge{{Scheme: "basic", Params: params("realm", "a", "x", "1")}}},
		{"control characters", []string{"Basic realm=\"a\x1b]52;c;\a\"", "Basic realm=\"a\r\nSet-Cookie: b\"", "Digest realm=\"\\\x00\"", "Digest a=1, b=\"\x7f\""},
			[]Challenge{{Scheme: "digest", Params: params("a", "1")}}},
		{"scheme that is no token", []string{"Basic;x realm=a, b=c, (x), \"Negotiate\", NTLM"}, []Challenge{{Scheme: "ntlm"}}},
		{"element that begins with no token ends a challenge", []string{`Digest realm="a", "NTLM", nonce="b"`},
			[]Challenge{{Scheme: "digest", Params: params("realm", "a")}}},
		{"token68 without a space before it", []string{"Negotiate/YIIB=, NTLM"}, []Challenge{{Scheme: "ntlm"}}},
		{"broken scheme takes its parameters along", []string{`Digest realm="a", NT LM realm=, nonce="b"`},
			[]Challenge{{Scheme: "digest", Params: params("realm", "a")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Parse(tt.fields); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%q)\n got %q\nwant %q", tt.fields, got, tt.want)
			}
		})
	}
}

// The inputs are those of TestURLProtectionSpace of swift-corelibs-foundation.
// What is left there is what is Supported here.
func TestParseReadsTheInputsOfTheFoundationTests(t *testing.T) {
	tests := []struct {
		field string
		want  []Challenge
	}{
		{``, nil},
		{`maybe challenge, maybe not`, nil},
		{`Basic Realm="Test",charset="utf-8", other="be2e96ad8ab8acb7ccfb49bc7e162914"`,
			[]Challenge{{Scheme: "basic", Params: params("realm", "Test", "charset", "utf-8", "other", "be2e96ad8ab8acb7ccfb49bc7e162914")}}},
		{`Digest realm="Unsupported", Basic, basic realm =    "First \" realm", Basic realm="Second realm"`,
			[]Challenge{{Scheme: "basic", Params: params("realm", `First " realm`)}, {Scheme: "basic", Params: params("realm", "Second realm")}}},
		{`not real, Basic realm="Second realm"`, []Challenge{{Scheme: "basic", Params: params("realm", "Second realm")}}},
		{`Basic realm="Second realm"charset=`, []Challenge{{Scheme: "basic", Params: params("realm", "Second realm")}}},
		{`Basic reALm = "Second realm",charset=`, []Challenge{{Scheme: "basic", Params: params("realm", "Second realm")}}},
		{`Basic realm="Broken realm`, nil},
		{`Basic charset="utf-8"`, nil},
		// Foundation finds a second challenge here, which begins within the
		// quotes of the first. Text in quotes is no challenge.
		{`Basic realm="Oh no,basic REALM="World's okayest realm", param=""`,
			[]Challenge{{Scheme: "basic", Params: params("realm", "Oh no,basic REALM=")}}},
		{`Basic Realm=""`, []Challenge{{Scheme: "basic", Params: params("realm", "")}}},
		{`NTLM realm=""`, nil},
		{`Basic`, nil},
		{`NT LM realm=`, nil},
		{`Digest realm="Test", domain="/HTTP/Digest", nonce="be2e96ad8ab8acb7ccfb49bc7e162914"`,
			[]Challenge{{Scheme: "digest", Params: params("realm", "Test", "domain", "/HTTP/Digest", "nonce", "be2e96ad8ab8acb7ccfb49bc7e162914")}}},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			var got []Challenge
			for _, c := range Parse([]string{tt.field}) {
				if Supported(c) {
					got = append(got, c)
				}
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseIsBounded(t *testing.T) {
	thousand := make([]string, 1000)
	for i := range thousand {
		thousand[i] = fmt.Sprintf("Basic realm=%d", i)
	}
	manyParams := "Digest "
	for i := range 1000 {
		manyParams += fmt.Sprintf("p%d=v, ", i)
	}
	const last = `Basic realm="last"`
	fill := func(n int) string { return `Basic realm="` + strings.Repeat("a", n-len(`Basic realm=""`)) + `"` }
	tests := []struct {
		name       string
		fields     []string
		challenges int
		params     int // of the last
	}{
		{"challenges in many fields", thousand, maxChallenges, 1},
		{"challenges in one field", []string{strings.Join(thousand, ", ")}, maxChallenges, 1},
		{"parameters", []string{manyParams}, 1, maxParams},
		{"parameters, then a challenge", []string{manyParams + "Negotiate"}, 2, 0},
		{"as many bytes as there may be", []string{fill(maxBytes - len(last)), last}, 2, 1},
		{"one byte more", []string{fill(maxBytes - len(last) + 1), last}, 1, 1},
		{"one field too long", []string{fill(maxBytes + 1), last}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Parse(tt.fields)
			if len(got) != tt.challenges {
				t.Fatalf("%d challenges, want %d", len(got), tt.challenges)
			}
			if n := len(got); n > 0 && len(got[n-1].Params) != tt.params {
				t.Errorf("%d parameters, want %d", len(got[n-1].Params), tt.params)
			}
		})
	}
	if got := len(parseParams([]string{strings.TrimPrefix(manyParams, "Digest ")})); got != maxParams {
		t.Errorf("parseParams: %d parameters, want %d", got, maxParams)
	}
	if got := parseParams([]string{"a=1", "b=" + strings.Repeat("x", maxBytes)}); !reflect.DeepEqual(got, params("a", "1")) {
		t.Errorf("parseParams reads beyond its bound: %d parameters", len(got))
	}
}
