package authn

import (
	"errors"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"
)

// newTestDigest makes a Digest whose cnonce is known.
func newTestDigest(t *testing.T, field string, cred Credential, cnonce string) *Digest {
	t.Helper()
	d, err := newDigest(parseOne(t, field), cred, mustParse(t, "http://example.org/"), func() string { return cnonce })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func parseOne(t *testing.T, field string) Challenge {
	t.Helper()
	all := Parse([]string{field})
	if len(all) != 1 {
		t.Fatalf("%d challenges in %q, want 1", len(all), field)
	}
	return all[0]
}

func mustAnswer(t *testing.T, d *Digest, method, uri string, body Body) *Answer {
	t.Helper()
	a, err := d.Answer(method, uri, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sentParams reads credentials back, which have the grammar of a challenge.
func sentParams(t *testing.T, a *Answer) map[string]string {
	t.Helper()
	return parseOne(t, a.String()).Params
}

func TestDigestSendsTheVectorsOfTheRFCs(t *testing.T) {
	mufasa := Credential{"Mufasa", "Circle of Life"}
	const rfc7616 = `Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", algorithm=`
	tests := []struct {
		name, challenge, cnonce, uri string
		cred                         Credential
		want                         string
	}{
		{
			"RFC 7616 section 3.9.1, MD5", rfc7616 + "MD5", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "/dir/index.html", mufasa,
			`Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
		},
		{
			"RFC 7616 section 3.9.1, SHA-256", rfc7616 + "SHA-256", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "/dir/index.html", mufasa,
			`Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
		},
		{
			// The hashes printed in the RFC, 4888... and ae66..., are those of
			// SHA-512 cut to 256 bits (erratum 4897). SHA-512/256 gives these.
			"RFC 7616 section 3.9.2, SHA-512-256 and userhash",
			`Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true`,
			"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", "/doe.json", Credential{"J\u00e4s\u00f8n Doe", "Secret, or not?"},
			`Digest username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", userhash=true`,
		},
		{
			"RFC 2617 section 3.5", `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"0a4f113b", "/dir/index.html", Credential{"Mufasa", "Circle Of Life"},
			`Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", nc=00000001, cnonce="0a4f113b", qop=auth, response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		},
		{
			// The response printed in the RFC does not follow from its rules;
			// this one does, by another implementation.
			"RFC 2069 section 2.4", `Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"unused", "/dir/index.html", Credential{"Mufasa", "CircleOfLife"},
			`Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", response="1949323746fe6a43ef61f9606e7febea", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newTestDigest(t, tt.challenge, tt.cred, tt.cnonce)
			if got := mustAnswer(t, d, "GET", tt.uri, nil).String(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestDigestSpellsParametersAsTheServerCanReadThem(t *testing.T) {
	const plain = `Digest realm="r", nonce="n"`
	tests := []struct {
		name, challenge, user, uri, want string
	}{
		{"quotes and backslashes are escaped", `Digest realm="a \"b\" \\c", nonce="n\"", opaque="\\"`, `x"\y`, `/"\`,
			`Digest username="x\"\\y", realm="a \"b\" \\c", uri="/\"\\", nonce="n\"", response=`},
		{"empty opaque goes back", plain + `, opaque=""`, "u", "/", `opaque=""`},
		{"algorithm goes back as spelled", plain + `, algorithm="mD5"`, "u", "/", `algorithm=mD5,`},
		{"user beyond ASCII, server with UTF-8", plain + `, charset=utf-8`, "J\u00e4s\u00f8n (Doe)'*%", "/",
			`Digest username*=UTF-8''J%C3%A4s%C3%B8n%20%28Doe%29%27%2A%25, realm=`},
		{"user beyond ASCII, server without UTF-8", plain, "J\u00e4s", "/", "Digest username=\"J\u00e4s\", realm="},
		{"ASCII user, server with UTF-8", plain + `, charset=UTF-8`, "Jas", "/", `Digest username="Jas", realm=`},
		{"user that is not UTF-8, server without", plain, "J\xe4s", "/", "Digest username=\"J\xe4s\", realm="},
		{"control characters do not get out", plain, "a\r\nSet-Cookie: b", "/", `Digest username*=UTF-8''a%0D%0ASet-Cookie%3A%20b, realm=`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newTestDigest(t, tt.challenge, Credential{User: tt.user}, "c")
			if got := mustAnswer(t, d, "GET", tt.uri, nil).String(); !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant within %s", got, tt.want)
			}
		})
	}
}

func TestDigestRefusesWhatItCannotSend(t *testing.T) {
	utf8 := Challenge{Scheme: SchemeDigest, Params: params("realm", "r", "nonce", "n", "charset", "UTF-8")}
	if _, err := NewDigest(utf8, Credential{User: "J\xe4s"}, nil); !errors.Is(err, ErrCredential) {
		t.Errorf("user that is not UTF-8: %v, want ErrCredential", err)
	}
	byHand := Challenge{Scheme: SchemeDigest, Params: params("realm", "r\r\nX: y", "nonce", "n")}
	if _, err := NewDigest(byHand, Credential{}, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("line break in the realm: %v, want ErrUnsupported", err)
	}
	if _, err := NewDigest(Challenge{Scheme: SchemeBasic, Params: params("realm", "r", "nonce", "n")}, Credential{}, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("Basic: %v, want ErrUnsupported", err)
	}
	d := newTestDigest(t, `Digest realm="r", nonce="n"`, Credential{}, "c")
	for _, line := range [][2]string{{"GET\n", "/"}, {"GET", "/\r\nX: y"}, {"GET", "/\x00"}} {
		if a, err := d.Answer(line[0], line[1], nil); err == nil {
			t.Errorf("%q is answered with %q", line, a.String())
		}
	}
}

func TestDigestAuthIntNeedsTheBody(t *testing.T) {
	d := newTestDigest(t, `Digest realm="r", nonce="n", qop="auth-int"`, Credential{"u", "p"}, "c")
	if _, err := d.Answer("PUT", "/", nil); !errors.Is(err, ErrBodyNeeded) {
		t.Errorf("no body: %v, want ErrBodyNeeded", err)
	}
	broken := errors.New("disk on fire")
	if _, err := d.Answer("PUT", "/", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("broken body: %v, want %v", err, broken)
	}
	p := sentParams(t, mustAnswer(t, d, "PUT", "/", NoBody))
	if p["nc"] != "00000001" || p["qop"] != "auth-int" {
		t.Errorf("nc=%s qop=%s; want nc=00000001: the failed answers were not sent", p["nc"], p["qop"])
	}

	both := newTestDigest(t, `Digest realm="r", nonce="n", qop="auth-int, auth"`, Credential{"u", "p"}, "c")
	mustAnswer(t, both, "PUT", "/", func(io.Writer) error {
		t.Error("the body is read though auth is offered")
		return nil
	})
}

func TestDigestCountsEachAnswerOnceAcrossGoroutines(t *testing.T) {
	const goroutines, each = 8, 50
	d := newTestDigest(t, `Digest realm="r", nonce="n", qop="auth"`, Credential{"u", "p"}, "c")
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = make(map[string]int)
	)
	for range goroutines {
		wg.Go(func() {
			for range each {
				a, err := d.Answer("GET", "/", nil)
				if err != nil {
					t.Error(err)
					return
				}
				nc := Parse([]string{a.String()})[0].Params["nc"]
				mu.Lock()
				seen[nc]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != goroutines*each || seen["00000001"] != 1 || seen["00000190"] != 1 {
		t.Errorf("%d distinct counts, want %d from 1 on", len(seen), goroutines*each)
	}
}

func TestDigestEndsWithItsLastCount(t *testing.T) {
	d := newTestDigest(t, `Digest realm="r", nonce="n", qop="auth"`, Credential{"u", "p"}, "c")
	d.session.nc = 0xfffffffe
	if p := sentParams(t, mustAnswer(t, d, "GET", "/", nil)); p["nc"] != "ffffffff" {
		t.Errorf("nc=%s, want ffffffff", p["nc"])
	}
	if _, err := d.Answer("GET", "/", nil); err == nil {
		t.Error("a count is used twice")
	}
}

func TestNewDigestDrawsAFreshCnonce(t *testing.T) {
	ch := parseOne(t, `Digest realm="r", nonce="n", qop="auth"`)
	seen := make(map[string]bool)
	for range 3 {
		d, err := NewDigest(ch, Credential{"u", "p"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen[sentParams(t, mustAnswer(t, d, "GET", "/", nil))["cnonce"]] = true
	}
	if len(seen) != 3 || seen[""] {
		t.Errorf("cnonces %v, want three", seen)
	}
}

func TestStaleIsOnlyANewNonceForTheSameTerms(t *testing.T) {
	const first = `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`
	tests := []struct {
		name, challenge string
		stale, renews   bool
	}{
		{"stale", `Digest realm="r", nonce="n2", qop="auth", algorithm=SHA-256, stale=TRUE`, true, true},
		{"stale with other opaque and domain", `Digest realm="r", nonce="n2", qop="auth", algorithm=sha-256, stale="true", opaque="o", domain="/"`, true, true},
		{"wrong password", `Digest realm="r", nonce="n2", qop="auth", algorithm=SHA-256`, false, true},
		{"stale=false", `Digest realm="r", nonce="n2", qop="auth", algorithm=SHA-256, stale=false`, false, true},
		{"the same nonce", first + ", stale=true", false, true},
		{"another realm", `Digest realm="R", nonce="n2", qop="auth", algorithm=SHA-256, stale=true`, false, false},
		{"a weaker algorithm", `Digest realm="r", nonce="n2", qop="auth", algorithm=MD5, stale=true`, false, false},
		{"no quality of protection", `Digest realm="r", nonce="n2", algorithm=SHA-256, stale=true`, false, false},
		{"no nonce", `Digest realm="r", qop="auth", algorithm=SHA-256, stale=true`, false, false},
		{"another scheme", `Basic realm="r", nonce="n2", stale=true`, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newTestDigest(t, first, Credential{"u", "p"}, "c")
			a := mustAnswer(t, d, "GET", "/", nil)
			if got := a.Stale(parseOne(t, tt.challenge)); got != tt.stale {
				t.Errorf("Stale is %v, want %v", got, tt.stale)
			}
			err := d.Renew(parseOne(t, tt.challenge))
			if (err == nil) != tt.renews || err != nil && !errors.Is(err, ErrUnsupported) {
				t.Errorf("Renew: %v", err)
			}
		})
	}
}

func TestRenewCountsANewNonceFromOneAndTheSameOneOn(t *testing.T) {
	d := newTestDigest(t, `Digest realm="r", nonce="n1", qop="auth"`, Credential{"u", "p"}, "c")
	mustAnswer(t, d, "GET", "/", nil)
	late := mustAnswer(t, d, "GET", "/", nil)
	next := parseOne(t, `Digest realm="r", nonce="n2", qop="auth", stale=true, opaque="o2"`)
	for i, want := range []map[string]string{
		params("nonce", "n2", "nc", "00000001", "opaque", "o2"),
		params("nonce", "n2", "nc", "00000002", "opaque", "o2"),
	} {
		// The second time it is the other request's refusal: stale too.
		if !late.Stale(next) {
			t.Errorf("%d: not stale", i)
		}
		if err := d.Renew(next); err != nil {
			t.Fatal(err)
		}
		got := sentParams(t, mustAnswer(t, d, "GET", "/", nil))
		maps.DeleteFunc(got, func(k, _ string) bool { return want[k] == "" })
		if !maps.Equal(got, want) {
			t.Errorf("%d: sent %v, want %v", i, got, want)
		}
	}
}
