package authn

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestBasicSendsTheVectorsOfRFC7617(t *testing.T) {
	tests := []struct {
		cred Credential
		want string
	}{
		{Credential{"Aladdin", "open sesame"}, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, // section 2
		{Credential{"test", "123\u00a3"}, "Basic dGVzdDoxMjPCow=="},                  // section 2.1
		{Credential{"", ""}, "Basic Og=="},
		{Credential{"u", "a:b:"}, "Basic dTphOmI6"},
	}
	for _, tt := range tests {
		got, err := Basic(tt.cred)
		if got != tt.want || err != nil {
			t.Errorf("Basic(%q) = %q, %v; want %q", tt.cred.User, got, err, tt.want)
		}
	}
}

func TestBasicRefusesWhatItCannotSend(t *testing.T) {
	const secret = "hunter2"
	for _, cred := range []Credential{
		{"a:b", secret}, {"a\n", secret}, {"a\x7f", secret}, {"a", secret + "\x00"}, {"a", secret + "\t"},
	} {
		got, err := Basic(cred)
		if got != "" || !errors.Is(err, ErrCredential) {
			t.Errorf("user %q: %q, %v; want ErrCredential", cred.User, got, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	const secret = "hunter2"
	cred := Credential{"me", secret}
	challenge := Challenge{Scheme: SchemeDigest, Params: params("realm", "r", "nonce", "n", "qop", "auth")}
	d, err := NewDigest(challenge, cred, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Answer("GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response := Parse([]string{a.String()})[0].Params["response"]
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		for _, v := range []any{cred, &cred, []Credential{cred}, d, a, []any{d, a}} {
			text := fmt.Sprintf(verb, v)
			for _, word := range []string{secret, fmt.Sprintf("%x", secret), d.secret, response} {
				if strings.Contains(text, word) {
					t.Errorf("%s of %T prints %s", verb, v, text)
				}
			}
		}
	}
	if text, err := json.Marshal(cred); err != nil || strings.Contains(string(text), secret) {
		t.Errorf("JSON is %s, %v", text, err)
	}
}
