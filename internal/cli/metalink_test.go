package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"haul/transfer/metalink"
)

func TestAMetalinkFileIsReadFromItsURL(t *testing.T) {
	doc := `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a"><size>5</size>` +
		`<url priority="2">http://b.example/a</url><url priority="1">http://a.example/a</url></file></metalink>`
	for _, c := range []struct {
		path   string
		status int
		body   string
		want   string // of the error
	}{
		{path: "/x.meta4?q=1", status: 200, body: doc},
		{path: "/x.meta4", status: 404, body: doc, want: "status 404"},
		{path: "/x.meta4", status: 200, body: "hello", want: "not a usable Metalink file"},
		{path: "/x.META4", status: 200, body: strings.Repeat(" ", metalink.MaxSize+1), want: "too large"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Colour") != "blue" {
				t.Errorf("fields %v", r.Header)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body) // a client may go
		}))
		o := defaultOptions()
		o.headers = []string{"X-Colour: blue"}
		specs, err := o.arguments(t.Context(), Env{Stderr: io.Discard}, []string{server.URL + c.path, "http://c.example/c"})
		server.Close()
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.path, err, c.want)
			}
			continue
		}
		if err != nil || len(specs) != 2 {
			t.Fatalf("%+v, %v", specs, err)
		}
		if s := specs[0]; s.URL != "http://a.example/a" || s.Name != "a" || s.Proof.Size != 5 || len(s.Mirrors) != 1 || s.Mirrors[0] != "http://b.example/a" {
			t.Errorf("%+v", s)
		}
		if specs[1].URL != "http://c.example/c" {
			t.Errorf("%+v", specs[1])
		}
	}
}

func TestAMetalinkFileIsReadWhereTheCommandLineTrustsTheServer(t *testing.T) {
	doc := `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a"><url>http://a.example/a</url></file></metalink>`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, doc) // a client may go
	}))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	sum := sha256.Sum256(server.Certificate().Raw)
	for name, c := range map[string]struct {
		set  func(*options)
		want bool
	}{
		"not by itself":             {func(*options) {}, false},
		"--insecure":                {func(o *options) { o.insecure = true }, true},
		"--trust-sha256":            {func(o *options) { o.trust = []string{hex.EncodeToString(sum[:])} }, true},
		"--trust-sha256 of another": {func(o *options) { o.trust = []string{strings.Repeat("00", 32)} }, false},
	} {
		o := defaultOptions()
		c.set(o)
		specs, err := o.arguments(t.Context(), Env{Stderr: io.Discard}, []string{server.URL + "/x.meta4"})
		if (err == nil) != c.want || c.want && len(specs) != 1 {
			t.Errorf("%s: %v, %v", name, specs, err)
		}
	}
}
