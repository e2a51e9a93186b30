package authn

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// client does requests as package session will: challenges are sorted, stale
// nonces renewed once, proofs checked.
type client struct {
	t      *testing.T
	server *httptest.Server
	proxy  bool
	cred   Credential
	space  *Digest
}

func (c *client) do(method, uri, body string) (status int) {
	c.t.Helper()
	requestBody := func(w io.Writer) error {
		_, err := io.WriteString(w, body)
		return err
	}
	for range 3 {
		req, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+uri, strings.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		prefix, challengeField := "", "WWW-Authenticate"
		if c.proxy {
			prefix, challengeField = "Proxy-", "Proxy-Authenticate"
		}
		var answer *Answer
		if c.space != nil {
			if answer, err = c.space.Answer(method, req.URL.RequestURI(), requestBody); err != nil {
				c.t.Fatal(err)
			}
			req.Header.Set(prefix+"Authorization", answer.String())
		}
		resp, err := c.server.Client().Transport.RoundTrip(req)
		if err != nil {
			c.t.Fatal(err)
		}
		content, err := io.ReadAll(resp.Body)
		if err != nil {
			c.t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			c.t.Fatal(err)
		}
		status = resp.StatusCode
		if status == http.StatusOK {
			responseBody := func(w io.Writer) error {
				_, err := w.Write(content)
				return err
			}
			if err := answer.Accept(resp.Header.Values(prefix+"Authentication-Info"), responseBody); err != nil {
				c.t.Errorf("server's proof: %v", err)
			}
			return status
		}
		offered := Parse(resp.Header.Values(challengeField))
		slices.SortStableFunc(offered, func(a, b Challenge) int { return Strength(b) - Strength(a) })
		switch {
		case len(offered) == 0:
			return status
		case answer == nil:
			if c.space, err = NewDigest(offered[0], c.cred, req.URL); err != nil {
				c.t.Fatal(err)
			}
		case answer.Stale(offered[0]):
			if err := c.space.Renew(offered[0]); err != nil {
				c.t.Fatal(err)
			}
		default:
			return status
		}
	}
	return status
}

// Every combination that RFC 7616 has, against a server of its own making.
func TestDigestIsAcceptedInEveryVariant(t *testing.T) {
	users := []struct {
		name, user     string
		userhash, utf8 bool
	}{
		{"plain", "Mufasa", false, false},
		{"quoted", `a"b\c`, false, true},
		{"userhash", "J\u00e4s\u00f8n Doe", true, true},
		{"extended", "J\u00e4s\u00f8n Doe", false, true},
	}
	for _, algorithm := range []string{"", "MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-SESS"} {
		for _, qop := range []string{"", "auth", "auth-int", "auth-int, auth"} {
			if qop == "" && strings.Contains(strings.ToLower(algorithm), "sess") {
				continue // there is no such thing
			}
			for _, u := range users {
				for _, mode := range []string{"", "stale", "nextnonce", "proxy"} {
					t.Run(fmt.Sprintf("%s/%s/%s/%s", algorithm, qop, u.name, mode), func(t *testing.T) {
						v := &verifier{
							t: t, user: u.user, password: "Secret, or not?", realm: `api@"example\.org`,
							algorithm: algorithm, qop: qop, userhash: u.userhash, utf8: u.utf8,
							proxy: mode == "proxy", nextNonce: mode == "nextnonce",
						}
						wantRefusals := 1
						if mode == "stale" && qop != "" {
							v.uses, wantRefusals = 2, 3 // 5 requests, 2 for a nonce
						}
						server := httptest.NewServer(v)
						defer server.Close()
						c := &client{t: t, server: server, proxy: v.proxy, cred: Credential{v.user, v.password}}
						for i, r := range [][3]string{
							{"GET", "/", ""}, {"PUT", "/dir/a%20b?c=d&e=%22", "new content"}, {"POST", "/x", "1"},
							{"GET", "/dir/", ""}, {"DELETE", "/x;y='z'", ""},
						} {
							if status := c.do(r[0], r[1], r[2]); status != http.StatusOK {
								t.Fatalf("request %d: %d: server says %q", i, status, v.refusals)
							}
						}
						if len(v.refusals) != wantRefusals {
							t.Errorf("server refused %q, want %d refusals", v.refusals, wantRefusals)
						}
					})
				}
			}
		}
	}
}

func TestDigestWithAWrongPasswordIsRefusedOnce(t *testing.T) {
	v := &verifier{t: t, user: "u", password: "right", realm: "r", algorithm: "SHA-256", qop: "auth"}
	server := httptest.NewServer(v)
	defer server.Close()
	c := &client{t: t, server: server, cred: Credential{"u", "wrong"}}
	if status := c.do("GET", "/", ""); status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	if want := []string{"no credentials", "wrong response"}; !slices.Equal(v.refusals, want) {
		t.Errorf("server says %q, want %q", v.refusals, want)
	}
}
