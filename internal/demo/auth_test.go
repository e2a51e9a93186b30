package demo

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/icholy/digest"
)

func TestBasicPassword(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		for _, c := range []struct {
			user, password string
			status         int
		}{{"", "", 401}, {User, "wrong", 401}, {"bob", Password, 401}, {User, Password, 200}} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.at.Files+"/basic/x", nil)
			if err != nil {
				t.Fatal(err)
			}
			scheme := ""
			if c.user != "" {
				req.SetBasicAuth(c.user, c.password)
				scheme = "Basic"
			}
			resp, err := f.transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != c.status {
				t.Errorf("%+v: %s", c, resp.Status)
			}
			want := `Basic realm="` + Realm + `", charset="UTF-8"`
			if got := resp.Header.Get("WWW-Authenticate"); c.status == 401 && got != want {
				t.Errorf("challenge %q", got)
			}
			if e := f.last(); e.Authorization != scheme || e.Status != c.status {
				t.Errorf("log: %+v", e)
			}
		}
	})
}

// The client here is an implementation that shares no code with the server.
func TestDigestAgreesWithAnIndependentClient(t *testing.T) {
	for _, c := range []struct {
		query, password string
		status          int
	}{
		{"?algorithm=MD5", Password, 200},
		{"?algorithm=SHA-256", Password, 200},
		{"", Password, 200},
		{"?algorithm=MD5&qop=none", Password, 200},
		{"?algorithm=SHA-256&realm=a+%22b%22+%5C+c", Password, 200},
		{"?algorithm=MD5", "wrong", 401},
		{"", "wrong", 401},
	} {
		inMemory(t, Options{}, func(t *testing.T, f *fixture) {
			client := http.Client{Transport: &digest.Transport{Username: User, Password: c.password, Transport: f.transport}}
			resp, err := client.Get(f.at.Files + "/digest/x" + c.query)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || err != nil {
				t.Errorf("%q with %s: %s, %v", c.query, c.password, resp.Status, err)
			}
			if c.status == 200 && sum(body) != f.server.SHA256("/digest/x"+c.query) {
				t.Errorf("%q: wrong bytes", c.query)
			}
			if e := f.last(); e.Authorization != "Digest" {
				t.Errorf("%q: log %+v", c.query, e)
			}
		})
	}
}

func TestDigestNonceTurnsStale(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		client := http.Client{Transport: &digest.Transport{Username: User, Password: Password, Transport: f.transport}}
		for range 6 {
			resp, err := client.Get(f.at.Files + "/digest/x?uses=2&size=10")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Fatal(resp.Status)
			}
		}
		refused := 0
		f.last()
		for _, e := range f.server.Log() {
			if e.Status == 401 {
				refused++
			}
		}
		if refused != 3 {
			t.Errorf("%d refusals in 6 requests with 2 uses a nonce, want 3", refused)
		}
	})
}

// credentials answers a challenge for GET uri as RFC 7616 says, by hand.
func credentials(t *testing.T, challenge, uri, nc, password string) string {
	t.Helper()
	c, err := digest.ParseChallenge(challenge)
	if err != nil {
		t.Fatal(err)
	}
	newHash, session, ok := digestHash(c.Algorithm)
	if !ok {
		t.Fatalf("algorithm %q", c.Algorithm)
	}
	hex := func(s string) string {
		h := newHash()
		h.Write([]byte(s))
		return strings.ToLower(toHex(h.Sum(nil)))
	}
	ha1 := hex(User + ":" + c.Realm + ":" + password)
	if session {
		ha1 = hex(ha1 + ":" + c.Nonce + ":cafe")
	}
	response := hex(ha1 + ":" + c.Nonce + ":" + nc + ":cafe:auth:" + hex("GET:"+uri))
	return `Digest username="` + User + `", realm="` + c.Realm + `", nonce="` + c.Nonce + `", uri="` + uri +
		`", algorithm=` + c.Algorithm + `, nc=` + nc + `, cnonce="cafe", qop=auth, opaque="` + c.Opaque + `", response="` + response + `"`
}

func toHex(p []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range p {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

func TestDigestJudgesCredentials(t *testing.T) {
	for _, algorithm := range []string{"MD5", "MD5-sess", "SHA-256", "SHA-256-sess"} {
		t.Run(algorithm, func(t *testing.T) {
			inMemory(t, Options{}, func(t *testing.T, f *fixture) {
				uri := "/digest/x?algorithm=" + algorithm
				resp, _, _ := f.get(uri)
				challenge := resp.Header.Get("WWW-Authenticate")
				for _, c := range []struct {
					what, credentials string
					status            int
					stale             bool
				}{
					{"first count", credentials(t, challenge, uri, "00000001", Password), 200, false},
					{"next count", credentials(t, challenge, uri, "00000002", Password), 200, false},
					{"replay", credentials(t, challenge, uri, "00000002", Password), 401, true},
					{"short count", credentials(t, challenge, uri, "3", Password), 401, true},
					{"wrong password", credentials(t, challenge, uri, "00000004", "wrong"), 401, false},
					{"other URI", credentials(t, challenge, "/digest/y", "00000005", Password), 401, false},
					{"unknown nonce", credentials(t, strings.Replace(challenge, `nonce="`, `nonce="Z`, 1), uri, "00000001", Password), 401, true},
					{"garbage", `Digest "`, 401, false},
				} {
					resp, _, _ := f.get(uri, "Authorization", c.credentials)
					stale := strings.Contains(resp.Header.Get("WWW-Authenticate"), "stale=true")
					if resp.StatusCode != c.status || stale != c.stale {
						t.Errorf("%s: %s, stale %v", c.what, resp.Status, stale)
					}
				}
			})
		})
	}
}

func TestChallengesTakeManyForms(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		two, _, _ := f.get("/digest/x")
		if got := two.Header.Values("WWW-Authenticate"); len(got) != 2 || !strings.Contains(got[0], "SHA-256") || !strings.Contains(got[1], "MD5") {
			t.Errorf("digest: %q", got)
		}
		both, _, _ := f.get("/file/x?auth=both")
		if got := both.Header.Values("WWW-Authenticate"); len(got) != 1 || !strings.HasPrefix(got[0], "Basic ") || !strings.Contains(got[0], ", Digest ") {
			t.Errorf("both: %q", got)
		}
		long, _, _ := f.get("/escapes/x")
		if got := long.Header.Get("WWW-Authenticate"); len(got) < 500 || !strings.Contains(got, "\u009d52;c;") {
			t.Errorf("escapes: %q", got)
		}
	})
}

func TestTheLogHasNoSecret(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		for value, scheme := range map[string]string{"Bearer s3cret": "Bearer", "s3cret": "malformed"} {
			if _, _, err := f.get("/file/x", "Authorization", value, "Cookie", "id=s3cret"); err != nil {
				t.Fatal(err)
			}
			e := f.last()
			if e.Authorization != scheme || !e.Cookie {
				t.Errorf("%q: log %+v", value, e)
			}
			for name, values := range e.Header {
				if strings.Contains(strings.Join(values, ""), "s3cret") {
					t.Errorf("%s is %q", name, values)
				}
			}
		}
	})
}

func FuzzParseDigest(f *testing.F) {
	f.Add(`username="Mufasa", realm="a \"b\"", nonce="n", uri="/x", qop=auth, nc=00000001, response="r"`)
	f.Add(`a=b,,c = "d"`)
	f.Add(`a="\`)
	f.Fuzz(func(t *testing.T, s string) {
		values, ok := parseDigest(s)
		if ok == (len(values) == 0) {
			t.Errorf("%q: %v, ok %v", s, values, ok)
		}
		for name := range values {
			if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "\", \t=") {
				t.Errorf("%q: name %q", s, name)
			}
		}
	})
}
