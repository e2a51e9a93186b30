package authn

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// serialise writes challenges in one field, as Parse reads them.
func serialise(all []Challenge) string {
	var list []string
	for _, c := range all {
		text := c.Scheme
		if c.Token68 != "" {
			text += " " + c.Token68
		}
		for i, name := range slices.Sorted(maps.Keys(c.Params)) {
			text += []string{" ", ", "}[min(i, 1)] + name + "=" + quote(c.Params[name])
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", `Basic realm="a"`, `Digest realm="a, \"b\"", nonce=c,,qop="auth, auth-int"`, "Negotiate YII=, NTLM",
		`Basic realm="a`, `Basic realm="a"b"c, Negotiate`, "a = b, c d = e, f g=", "x y z, \x00=\x01", `a b="\`,
	} {
		f.Add(seed, `Basic realm="b"`)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		all := Parse([]string{one, two})
		if len(all) > maxChallenges {
			t.Fatalf("%d challenges", len(all))
		}
		for _, c := range all {
			if c.Scheme == "" || c.Scheme != strings.ToLower(c.Scheme) {
				t.Errorf("scheme %q", c.Scheme)
			}
			if len(c.Params) > maxParams || len(c.Params) > 0 && c.Token68 != "" {
				t.Errorf("%d parameters and token68 %q", len(c.Params), c.Token68)
			}
			for name, value := range c.Params {
				if name == "" || name != strings.ToLower(name) || slices.ContainsFunc([]byte(value), isControl) {
					t.Errorf("parameter %q=%q", name, value)
				}
			}
			Supported(c)
			Strength(c)
		}
		text := serialise(all)
		if len(text) > maxBytes {
			return // the escapes make it longer than what is read
		}
		if again := Parse([]string{text}); !reflect.DeepEqual(again, all) {
			t.Errorf("%q\nparsed     %q\nwritten    %q\nread again %q", one, all, text, again)
		}
	})
}

func FuzzAuthenticationInfo(f *testing.F) {
	for _, seed := range []string{
		"", `nextnonce="b"`, `rspauth="x", qop=auth, cnonce="c", nc=00000001, nextnonce="b"`, `nextnonce="a\"\\"`, `nextnonce=`,
		"rspauth=1e29e1e5b8b0b8e8a2fb0b42ae5c3d0b", `qop=auth-int, rspauth="", nextnonce=x`,
	} {
		f.Add(seed)
	}
	challenge := Challenge{Scheme: SchemeDigest, Params: params("realm", "r", "nonce", "n", "qop", "auth")}
	f.Fuzz(func(t *testing.T, info string) {
		d, err := newDigest(challenge, Credential{User: "u", Password: "p"}, nil, func() string { return "c" })
		if err != nil {
			t.Fatal(err)
		}
		first, err := d.Answer("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		params := parseParams([]string{info})
		rejected := first.Accept([]string{info}, NoBody)
		proof, proven := params["rspauth"]
		if proven && rejected == nil && len(proof) != 32 {
			t.Errorf("proof %q was accepted", proof)
		}
		want := "n"
		if next := params["nextnonce"]; next != "" && rejected == nil {
			want = next
		}
		second, err := d.Answer("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		// Credentials have the grammar of a challenge.
		sent := Parse([]string{second.String()})
		if len(second.String()) < maxBytes && (len(sent) != 1 || sent[0].Params["nonce"] != want) {
			t.Errorf("%q: next credentials are %q, want nonce %q", info, second.String(), want)
		}
	})
}
