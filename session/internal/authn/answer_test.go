package authn

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/icholy/digest"
)

// The proof for Mufasa's request of RFC 7616 section 3.9.1 with MD5: computed
// with another implementation from section 3.5, A2 = ":/dir/index.html", and
// with A2 = ":/dir/index.html:" H("hello") for auth-int.
const (
	rspauth    = "9b712497bc9f91499fbcca1dfc5f09a5"
	rspauthInt = "6e17dd06bd52f02e910b2954c2041177"
)

func acceptedAnswer(t *testing.T) (*Digest, *Answer) {
	t.Helper()
	d := newTestDigest(t, `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"`,
		Credential{"Mufasa", "Circle of Life"}, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
	return d, mustAnswer(t, d, "GET", "/dir/index.html", nil)
}

func TestAcceptChecksTheServersProof(t *testing.T) {
	hello := func(w io.Writer) error {
		_, err := io.WriteString(w, "hello")
		return err
	}
	broken := errors.New("disk on fire")
	const nonce, next = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", `, nextnonce="n2"`
	tests := []struct {
		name string
		info []string
		body Body
		err  error
		next bool // the next nonce is taken
	}{
		{"no field", nil, nil, nil, false},
		{"no proof", []string{`nextnonce="n2"`}, nil, nil, true},
		{"right", []string{`rspauth="` + rspauth + `"` + next}, nil, nil, true},
		{"right, with everything", []string{`qop=auth, rspauth="` + rspauth + `", cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", nc=00000001` + next}, nil, nil, true},
		{"right, in two fields", []string{`rspauth=` + rspauth, `nextnonce="n2"`}, nil, nil, true},
		{"quoted qop", []string{`qop="AUTH", rspauth=` + rspauth + next}, nil, nil, true},
		{"wrong", []string{`rspauth="0` + rspauth[1:] + `"` + next}, nil, ErrServerProof, false},
		{"empty", []string{`rspauth=""` + next}, nil, ErrServerProof, false},
		{"of another count", []string{`nc=00000002, rspauth=` + rspauth + next}, nil, ErrServerProof, false},
		{"of another cnonce", []string{`cnonce="c", rspauth=` + rspauth + next}, nil, ErrServerProof, false},
		{"of another quality", []string{`qop=future, rspauth=` + rspauth + next}, nil, ErrServerProof, false},
		{"over the content", []string{`qop=auth-int, rspauth=` + rspauthInt + next}, hello, nil, true},
		{"over other content", []string{`qop=auth-int, rspauth=` + rspauthInt + next}, NoBody, ErrServerProof, false},
		{"over content that is not at hand", []string{`qop=auth-int, rspauth=` + rspauthInt + next}, nil, ErrBodyNeeded, true},
		{"over content that cannot be read", []string{`qop=auth-int, rspauth=` + rspauthInt + next}, func(io.Writer) error { return broken }, broken, false},
		{"garbage", []string{"\x00", `=,",`, `rspauth`, `nextnonce`}, nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, a := acceptedAnswer(t)
			if err := a.Accept(tt.info, tt.body); !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			got := sentParams(t, mustAnswer(t, d, "GET", "/", nil))
			wantNonce, wantNC := nonce, "00000002"
			if tt.next {
				wantNonce, wantNC = "n2", "00000001"
			}
			if got["nonce"] != wantNonce || got["nc"] != wantNC {
				t.Errorf("goes on with nonce=%s nc=%s, want %s %s", got["nonce"], got["nc"], wantNonce, wantNC)
			}
		})
	}
}

func TestAcceptKeepsTheCountWhenTheNextNonceIsTheSame(t *testing.T) {
	d, a := acceptedAnswer(t)
	if err := a.Accept([]string{`nextnonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"`}, nil); err != nil {
		t.Fatal(err)
	}
	if p := sentParams(t, mustAnswer(t, d, "GET", "/", nil)); p["nc"] != "00000002" {
		t.Errorf("nc=%s, want 00000002", p["nc"])
	}
}

func TestAcceptOfAnOldAnswerDoesNotUndoANewerChallenge(t *testing.T) {
	d, a := acceptedAnswer(t)
	if err := d.Renew(parseOne(t, `Digest realm="http-auth@example.org", qop=auth, algorithm=MD5, nonce="newer"`)); err != nil {
		t.Fatal(err)
	}
	if err := a.Accept([]string{`nextnonce="older", rspauth=` + rspauth}, nil); err != nil {
		t.Errorf("the proof of an old answer: %v", err)
	}
	if p := sentParams(t, mustAnswer(t, d, "GET", "/", nil)); p["nonce"] != "newer" {
		t.Errorf("nonce=%s, want newer", p["nonce"])
	}
}

func TestAcceptIgnoresAProofThatRFC2069DoesNotHave(t *testing.T) {
	d := newTestDigest(t, `Digest realm="r", nonce="n"`, Credential{"u", "p"}, "c")
	if err := mustAnswer(t, d, "GET", "/", nil).Accept([]string{`rspauth="0"`}, nil); err != nil {
		t.Error(err)
	}
}

// A second opinion, for the variants that the other module has.
func TestDigestAgreesWithAnotherImplementation(t *testing.T) {
	for _, algorithm := range []string{"", "MD5", "SHA-256", "SHA-512-256"} {
		for _, qop := range []string{"", "auth", "auth-int"} {
			for _, userhash := range []string{"false", "true"} {
				t.Run(algorithm+"/"+qop+"/"+userhash, func(t *testing.T) {
					field := `Digest realm="a realm", nonce="n/+=", opaque="o", userhash=` + userhash
					if algorithm != "" {
						field += ", algorithm=" + algorithm
					}
					if qop != "" {
						field += `, qop="` + qop + `"`
					}
					d := newTestDigest(t, field, Credential{"me", "secret"}, "a cnonce")
					body := func(w io.Writer) error {
						_, err := io.WriteString(w, "hello")
						return err
					}
					theirs, err := digest.ParseChallenge(field)
					if err != nil {
						t.Fatal(err)
					}
					for nc := 1; nc <= 3; nc++ {
						got := sentParams(t, mustAnswer(t, d, "PUT", "/a?b=c", body))
						want, err := digest.Digest(theirs, digest.Options{
							Method: "PUT", URI: "/a?b=c", Username: "me", Password: "secret", Cnonce: "a cnonce", Count: nc,
							GetBody: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hello")), nil },
						})
						if err != nil {
							t.Fatal(err)
						}
						if got["response"] != want.Response || got["username"] != want.Username {
							t.Errorf("request %d: response %s of %s, want %s of %s", nc, got["response"], got["username"], want.Response, want.Username)
						}
					}
				})
			}
		}
	}
}

func TestBodyProofIsCheckedAtTheEnd(t *testing.T) {
	info := []string{`qop=auth-int, rspauth=` + rspauthInt}
	for name, tt := range map[string]struct {
		pieces []string
		err    error
	}{
		"in one piece":  {[]string{"hello"}, nil},
		"in pieces":     {[]string{"he", "", "llo"}, nil},
		"cut short":     {[]string{"hell"}, ErrServerProof},
		"another":       {[]string{"jello"}, ErrServerProof},
		"none":          {nil, ErrServerProof},
		"with an extra": {[]string{"hello", "!"}, ErrServerProof},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := acceptedAnswer(t)
			if err := a.Accept(info, nil); !errors.Is(err, ErrBodyNeeded) {
				t.Fatal(err)
			}
			proof := a.BodyProof(info)
			for _, piece := range tt.pieces {
				if _, err := io.WriteString(proof, piece); err != nil {
					t.Fatal(err)
				}
			}
			if err := proof.Check(); !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
}
