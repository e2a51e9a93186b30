package background_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"haul/session"
	"haul/session/background"
)

func TestAQuestionOfAProxySaysSoByWayOfTheAgent(t *testing.T) {
	origin := httptest.NewServer(files())
	t.Cleanup(origin.Close)
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") == "" {
			w.Header().Set("Proxy-Authenticate", `Basic realm="the way out"`)
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		out := r.Clone(r.Context())
		out.RequestURI = ""
		resp, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	proxy.Config.ErrorLog = log.New(io.Discard, "", 0) // the first handshake is refused
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	via, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said []string
	f := newFixture(t, background.Options{
		Configure: func(_ string, c *session.Configuration) {
			c.Proxy = func(*http.Request) (*url.URL, error) { return via, nil }
		},
		Hook: func(_ context.Context, e background.Event) {
			if e.Occasion == background.OnQuestion {
				mu.Lock()
				defer mu.Unlock()
				said = append(said, e.Reason)
			}
		},
	})
	rec := f.recorder()
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if !c.Space.Proxy || c.Trust == nil || !c.Trust.Proxy || c.Trust.Addr != via.Host {
			t.Errorf("asked %+v about %+v", c.Space, c.Trust)
		}
		return session.UseCredential, session.CredentialForTrust(c.Trust)
	}
	rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if !c.Space.Proxy || c.Space.Realm != "the way out" || c.Space.ProxyType() != "https" {
			t.Errorf("asked %+v", c.Space)
		}
		return session.UseCredential, &session.Credential{User: "alice", Password: secretPassword}
	}
	s := f.session("a", rec)
	d, err := s.DownloadTask(get(t, origin.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created schal(ServerTrust)[use] tchal(Basic,0)[use] wrote* finished metrics done(nil)")
	// Where nobody is there, the hook is told the same.
	f.begin(f.client(), "b", background.Request{URL: origin.URL + "/f"})
	await(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(said) > 0
	})
	mu.Lock()
	defer mu.Unlock()
	if want := "is the proxy " + via.Host + " to be trusted?"; !strings.HasPrefix(said[0], want) {
		t.Errorf("the agent says %q, want %q", said, want)
	}
}
