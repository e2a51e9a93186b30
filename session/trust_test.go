package session

import (
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func serveTLS(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func roots(srv *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return pool
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }

// run runs one data task to its end.
func run(t *testing.T, s *Session, rec *recorder, url string) *DataTask {
	t.Helper()
	task, err := s.DataTask(get(t, url), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	return task
}

func TestServerTrust(t *testing.T) {
	accept := func(c *Challenge) (Disposition, *Credential) { return UseCredential, CredentialForTrust(c.Trust) }
	answer := func(d Disposition) func(*Challenge) (Disposition, *Credential) {
		return func(*Challenge) (Disposition, *Credential) { return d, nil }
	}
	tests := []struct {
		name   string
		valid  bool
		answer func(*Challenge) (Disposition, *Credential)
		trace  string
	}{
		{"self-signed, accepted", false, accept, "schal(ServerTrust) response(200) data metrics done"},
		{"self-signed, default", false, answer(PerformDefaultHandling), "schal(ServerTrust) metrics done(-1202)"},
		{"self-signed, rejected", false, answer(RejectProtectionSpace), "schal(ServerTrust) metrics done(-1202)"},
		{"self-signed, cancelled", false, answer(CancelChallenge), "schal(ServerTrust) metrics done(-999)"},
		{"self-signed, credential for nothing", false, answer(UseCredential), "schal(ServerTrust) metrics done(-1202)"},
		{"valid, default", true, answer(PerformDefaultHandling), "schal(ServerTrust) response(200) data metrics done"},
		{"valid, accepted", true, accept, "schal(ServerTrust) response(200) data metrics done"},
		{"valid, cancelled", true, answer(CancelChallenge), "schal(ServerTrust) metrics done(-999)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := serveTLS(t, hello)
			rec := newRecorder()
			s := open(t, sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
				if (c.Trust.Err == nil) != tt.valid || len(c.Trust.Chain()) == 0 || c.Space.Protocol != "https" {
					t.Errorf("challenge %+v", c.Trust.Err)
				}
				return tt.answer(c)
			}}, func(c *Configuration) {
				if tt.valid {
					c.RootCAs = roots(srv)
				}
			})
			run(t, s, rec, srv.URL)
			if got := rec.trace(); got != tt.trace {
				t.Errorf("got  %s\nwant %s", got, tt.trace)
			}
		})
	}
}

func TestTrustGoesToTheTaskLevelIfThereIsNoSessionMethod(t *testing.T) {
	srv := serveTLS(t, hello)
	rec := newRecorder()
	rec.onChallenge = func(_ Task, c *Challenge) (Disposition, *Credential) {
		return UseCredential, CredentialForTrust(c.Trust)
	}
	run(t, open(t, rec, nil), rec, srv.URL)
	if got, want := rec.trace(), "tchal(ServerTrust,0) response(200) data metrics done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTrustWithoutADelegateIsTheDefaultEvaluation(t *testing.T) {
	srv := serveTLS(t, hello)
	for _, valid := range []bool{true, false} {
		s := open(t, nil, func(c *Configuration) {
			if valid {
				c.RootCAs = roots(srv)
			}
		})
		result := make(chan error, 1)
		task, err := s.DataTask(get(t, srv.URL), func(_ []byte, _ *http.Response, err error) { result <- err })
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		if err := await(t, result); valid && err != nil || !valid && !errors.Is(err, ServerCertificateUntrusted) {
			t.Errorf("valid %t: %v", valid, err)
		}
	}
}

func TestTrustIsAskedOfTasksThatMeetAServerTogetherAndOfNoneLater(t *testing.T) {
	srv := serveTLS(t, hello)
	rec := newRecorder()
	release := make(chan struct{})
	const n = 5
	asked := make(chan struct{}, n+1)
	s := open(t, sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
		asked <- struct{}{}
		<-release
		return UseCredential, CredentialForTrust(c.Trust)
	}}, func(c *Configuration) { c.DisableHTTP2 = true })
	for range n {
		task, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
	}
	for range n {
		await(t, asked)
	}
	close(release)
	for range n {
		await(t, rec.done)
	}
	run(t, s, rec, srv.URL)
	select {
	case <-asked:
		t.Error("asked about an accepted server")
	default:
	}
	if n := strings.Count(rec.trace(), "response(200)"); n != 6 {
		t.Errorf("%d responses: %s", n, rec.trace())
	}
}
