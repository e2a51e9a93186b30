package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/icholy/digest"
)

// passwordServer wants a credential in the given schemes, for
// every request.
type passwordServer struct {
	challenges []string
	hits       []string // methods of the credentials, in order
}

func (p *passwordServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	field := r.Header.Get("Authorization")
	scheme, _, _ := strings.Cut(field, " ")
	p.hits = append(p.hits, scheme)
	ok := false
	switch scheme {
	case "Basic":
		user, password, _ := r.BasicAuth()
		ok = user == "u" && password == "p"
	case "Digest":
		c, err := digest.ParseCredentials(field)
		if err != nil {
			break
		}
		chal, err := digest.ParseChallenge(p.digest())
		if err != nil {
			break
		}
		want, err := digest.Digest(chal, digest.Options{
			Method: r.Method, URI: r.URL.RequestURI(), Count: c.Nc, Cnonce: c.Cnonce, Username: "u", Password: "p",
		})
		ok = err == nil && want.Response == c.Response
	}
	if ok {
		fmt.Fprintf(w, "in as %s", scheme)
		return
	}
	for _, c := range p.challenges {
		w.Header().Add("WWW-Authenticate", c)
	}
	http.Error(w, "who are you?", http.StatusUnauthorized)
}

func (p *passwordServer) digest() string {
	for _, c := range p.challenges {
		if strings.HasPrefix(c, "Digest") {
			return c
		}
	}
	return ""
}

const digestChallenge = `Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256`

func good(Task, *Challenge) (Disposition, *Credential) {
	return UseCredential, &Credential{User: "u", Password: "p", Persistence: PersistenceForSession}
}

func TestChallenges(t *testing.T) {
	bad := &Credential{User: "u", Password: "wrong"}
	tests := []struct {
		name       string
		challenges []string
		userinfo   string
		answer     func(Task, *Challenge) (Disposition, *Credential)
		trace      string
		body       string
	}{
		{name: "Basic", challenges: []string{`Basic realm="r"`}, answer: good,
			trace: "tchal(Basic,0) response(200) data metrics done", body: "in as Basic"},
		{name: "Digest", challenges: []string{digestChallenge}, answer: good,
			trace: "tchal(Digest,0) response(200) data metrics done", body: "in as Digest"},
		{name: "the strongest is first", challenges: []string{`Basic realm="r"`, digestChallenge}, answer: good,
			trace: "tchal(Digest,0) response(200) data metrics done", body: "in as Digest"},
		{name: "reject steps down", challenges: []string{`Basic realm="r"`, digestChallenge},
			answer: func(task Task, c *Challenge) (Disposition, *Credential) {
				if c.Space.Method == MethodDigest {
					return RejectProtectionSpace, nil
				}
				return good(task, c)
			},
			trace: "tchal(Digest,0) tchal(Basic,0) response(200) data metrics done", body: "in as Basic"},
		{name: "all rejected", challenges: []string{`Basic realm="r"`},
			answer: func(Task, *Challenge) (Disposition, *Credential) { return RejectProtectionSpace, nil },
			trace:  "tchal(Basic,0) response(401) data metrics done", body: "who are you?\n"},
		{name: "wrong three times", challenges: []string{`Basic realm="r"`},
			answer: func(_ Task, c *Challenge) (Disposition, *Credential) {
				if c.PreviousFailureCount == 2 {
					return PerformDefaultHandling, nil
				}
				return UseCredential, bad
			},
			trace: "tchal(Basic,0) tchal(Basic,1) tchal(Basic,2) response(401) data metrics done", body: "who are you?\n"},
		{name: "cancel", challenges: []string{`Basic realm="r"`},
			answer: func(Task, *Challenge) (Disposition, *Credential) { return CancelChallenge, nil },
			trace:  "tchal(Basic,0) metrics done(-999)"},
		{name: "no credential", challenges: []string{`Basic realm="r"`},
			answer: func(Task, *Challenge) (Disposition, *Credential) { return UseCredential, nil },
			trace:  "tchal(Basic,0) response(401) data metrics done", body: "who are you?\n"},
		{name: "the URL's credential by default", challenges: []string{digestChallenge}, userinfo: "u:p@",
			trace: "tchal(Digest,0) response(200) data metrics done", body: "in as Digest"},
		{name: "the URL's wrong credential is tried once", challenges: []string{`Basic realm="r"`}, userinfo: "u:x@",
			trace: "tchal(Basic,0) tchal(Basic,1) response(401) data metrics done", body: "who are you?\n"},
		{name: "without a challenge", challenges: nil, answer: good,
			trace: "response(401) data metrics done", body: "who are you?\n"},
		{name: "unknown scheme only", challenges: []string{`Fancy realm="r"`}, answer: good,
			trace: "response(401) data metrics done", body: "who are you?\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &passwordServer{challenges: tt.challenges}
			srv := serve(t, p.ServeHTTP)
			rec := newRecorder()
			rec.onChallenge = tt.answer
			s := open(t, rec, nil)
			task, err := s.DataTask(get(t, strings.Replace(srv.URL, "://", "://"+tt.userinfo, 1)+"/in/x"), nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			if got := rec.trace(); got != tt.trace {
				t.Errorf("got  %s\nwant %s", got, tt.trace)
			}
			if got := rec.data.String(); got != tt.body {
				t.Errorf("body %q, want %q", got, tt.body)
			}
			for _, u := range []string{task.OriginalRequest().URL.String(), task.CurrentRequest().URL.String()} {
				if strings.Contains(u, "@") {
					t.Errorf("shows %s", u)
				}
			}
		})
	}
}

func TestAcceptedCredentialIsNotAskedForAgain(t *testing.T) {
	for _, challenge := range []string{`Basic realm="r"`, digestChallenge} {
		p := &passwordServer{challenges: []string{challenge}}
		srv := serve(t, p.ServeHTTP)
		rec := newRecorder()
		rec.onChallenge = good
		s := open(t, rec, nil)
		for range 3 {
			task, err := s.DataTask(get(t, srv.URL+"/in/x"), nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			if task.Response().StatusCode != 200 {
				t.Fatalf("%s: %d", challenge, task.Response().StatusCode)
			}
		}
		if n := strings.Count(rec.trace(), "tchal"); n != 1 {
			t.Errorf("%s: asked %d times", challenge, n)
		}
		if len(p.hits) != 4 {
			t.Errorf("%s: %d requests instead of 4: %v", challenge, len(p.hits), p.hits)
		}
	}
}

func TestCredentialWithoutPersistenceIsForItsTaskOnly(t *testing.T) {
	p := &passwordServer{challenges: []string{`Basic realm="r"`}}
	srv := serve(t, p.ServeHTTP)
	rec := newRecorder()
	rec.onChallenge = func(Task, *Challenge) (Disposition, *Credential) {
		return UseCredential, &Credential{User: "u", Password: "p"}
	}
	s := open(t, rec, nil)
	for range 2 {
		task, err := s.DataTask(get(t, srv.URL+"/in/x"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		await(t, rec.done)
	}
	if n := strings.Count(rec.trace(), "tchal(Basic,0)"); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestStoredCredentialIsProposed(t *testing.T) {
	p := &passwordServer{challenges: []string{`Basic realm="r"`}}
	srv := serve(t, p.ServeHTTP)
	o := originOf(get(t, srv.URL).URL)
	store := NewCredentialStorage()
	keep(t, store, ProtectionSpace{Protocol: "http", Host: o.host, Port: o.port, Realm: "r", Method: MethodBasic},
		&Credential{User: "u", Password: "p", Persistence: PersistenceForSession})
	s := open(t, nil, func(c *Configuration) { c.Credentials = store })
	got := make(chan string, 1)
	task, err := s.DataTask(get(t, srv.URL+"/in/x"), func(data []byte, _ *http.Response, err error) {
		got <- fmt.Sprint(string(data), err)
	})
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	if g := await(t, got); g != "in as Basic<nil>" {
		t.Errorf("got %s", g)
	}
}

func TestStreamedUploadOpensItsBodyAnewAfterAChallenge(t *testing.T) {
	p := &passwordServer{challenges: []string{`Basic realm="r"`}}
	srv := serve(t, p.ServeHTTP)
	rec := newRecorder()
	rec.onChallenge = good
	rec.onBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("stream")), nil }
	s := open(t, rec, nil)
	r := get(t, srv.URL)
	r.Method = http.MethodPost
	task, err := s.UploadTaskWithStreamedRequest(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	want := "newstream sent tchal(Basic,0) newstream sent response(200) data metrics done"
	if got := rec.trace(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCredentialDoesNotShowItsPassword(t *testing.T) {
	c := &Credential{User: "u", Password: "correct-horse", Persistence: PersistenceForSession}
	storage := NewCredentialStorage()
	keep(t, storage, ProtectionSpace{Host: "h"}, c)
	for name, v := range map[string]any{
		"pointer": c, "value": *c, "in a slice": []Credential{*c}, "in a struct": struct{ C Credential }{*c},
		"in a storage": storage, "in a configuration": Configuration{Credentials: storage},
	} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "correct-horse") || strings.Contains(got, "636f7272656374") {
				t.Errorf("%s shows %s: %s", format, name, got)
			}
		}
	}
	if raw, err := json.Marshal(c); err == nil {
		t.Errorf("encoded as %s", raw)
	}
}

func TestDowngradeAfterACredentialIsRefused(t *testing.T) {
	from, to := get(t, "https://h/a"), "http://h/b"
	for _, sent := range []bool{false, true} {
		l := &loader{s: &Session{}, req: from, authSent: sent}
		l.t = &task{calls: &calls{}}
		x := &exchange{Response: &http.Response{
			StatusCode: 302, Header: http.Header{"Location": {to}}, Body: http.NoBody, ContentLength: 0,
		}, req: from, cancel: func() {}, ended: func() {}}
		_, err := l.redirect(x)
		if refused := errors.Is(err, RequiresSecureConnection); refused != sent {
			t.Errorf("credential sent %t: %v", sent, err)
		}
	}
}
