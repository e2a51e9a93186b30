package transfer

import (
	"crypto/tls"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheProtocolIsChosenByTheWayToTheServer(t *testing.T) {
	cert := certificate(t, time.Hour, "127.0.0.1")
	both, none := []string{"h2", "http/1.1"}, []string{}
	for _, tt := range []struct {
		name    string
		within  time.Duration
		speaks  []string // once it is offered HTTP/2
		without []string // where it is not; nil for the same
		want    string
		dials   int32
	}{
		{"HTTP/2 goes first", 0, both, nil, "HTTP/2.0", 1},
		{"far", time.Nanosecond, both, nil, "HTTP/2.0", 1},
		{"near", time.Hour, both, nil, "HTTP/1.1", 1},
		{"whatever the way", math.MaxInt64, both, nil, "HTTP/1.1", 1},
		{"near and refuses HTTP/1.1", time.Hour, both, []string{"other"}, "HTTP/2.0", 2},
		{"near and only says so of HTTP/2", time.Hour, both, none, "HTTP/2.0", 2},
		{"near and agrees on nothing", time.Hour, none, nil, "HTTP/1.1", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var dials atomic.Int32
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
			s.EnableHTTP2, s.Config.ErrorLog = true, quiet()
			s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: both}
			s.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				dials.Add(1)
				protocols := tt.speaks
				if tt.without != nil && !slices.Contains(hello.SupportedProtos, "h2") {
					protocols = tt.without
				}
				return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: protocols}, nil
			}
			s.StartTLS()
			t.Cleanup(s.Close)
			c := newClient(t, Config{TLS: &tls.Config{RootCAs: rootsOf(cert)}, HTTP1Within: tt.within})
			for i := range 5 {
				x := do(t, c, Request{HTTP: get(t, s.URL)})
				if got := readAll(t, x); got != tt.want || x.Transaction().Protocol != tt.want {
					t.Errorf("%s, %s", got, x.Transaction().Protocol)
				}
				if dialled := !x.Transaction().TLSStart.IsZero(); dialled != (i == 0) || x.Transaction().Reused == dialled {
					t.Errorf("request %d: handshake %t, reused %t", i, dialled, x.Transaction().Reused)
				}
			}
			if n := dials.Load(); n != tt.dials {
				t.Errorf("%d connections were made", n)
			}
		})
	}
}

// TestAServerBehindAProxyIsFar because only the way to the proxy is known.
func TestAServerBehindAProxyIsFar(t *testing.T) {
	s, roots := serveTLS(t, true, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })
	p := newProxy(t, nil)
	p.target = s.Listener.Addr().String()
	c := newClient(t, Config{TLS: roots, HTTP1Within: time.Hour, Proxy: p.via(nil)})
	if got := readAll(t, do(t, c, Request{HTTP: get(t, s.URL)})); got != "HTTP/2.0" {
		t.Error(got)
	}
}
