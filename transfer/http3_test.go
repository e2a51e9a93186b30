package transfer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"haul/transfer/partial"
)

// serveHTTP3 serves h over HTTP/3 on a port that serves it over TCP too, which
// tcp counts. It returns the host:port and the roots that trust it.
func serveHTTP3(t *testing.T, h http.HandlerFunc) (addr string, roots *tls.Config, tcp *atomic.Int64) {
	t.Helper()
	tcp = new(atomic.Int64)
	var server *httptest.Server
	var conn *net.UDPConn
	var cfg *tls.Config
	for conn == nil { // until a port is free in both
		server, cfg = serveTLS(t, true, func(w http.ResponseWriter, r *http.Request) {
			tcp.Add(1)
			h(w, r)
		})
		var err error
		if conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(server.Listener.Addr().(*net.TCPAddr).AddrPort())); err != nil {
			t.Log(err)
		}
	}
	s := &http3.Server{Handler: h, TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: server.TLS.Certificates})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(conn) // it always ends with an error: the server was closed
	}()
	t.Cleanup(func() {
		_ = s.Close()
		_ = conn.Close()
		<-served
	})
	return server.Listener.Addr().String(), cfg, tcp
}

func TestHTTP3CarriesExchangesAndIsReused(t *testing.T) {
	addr, roots, tcp := serveHTTP3(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.Method, body)
	})
	c := newClient(t, Config{TLS: roots, HTTP3: HTTP3First})
	for i := range 2 {
		req := get(t, "https://"+addr+"/")
		req.Method, req.Body, req.ContentLength = http.MethodPut, io.NopCloser(strings.NewReader("up")), 2
		x := do(t, c, Request{HTTP: req, IdleTimeout: time.Minute})
		if got := readAll(t, x); got != "PUT up" {
			t.Errorf("%q", got)
		}
		tr := x.Transaction()
		if tr.Protocol != "HTTP/3.0" || tr.Reused != (i == 1) || tr.RemoteAddr != addr || tr.TLSVersion != "TLS 1.3" ||
			tr.TLSStart.IsZero() != (i == 1) || tr.ResponseStart.IsZero() || tr.BodyReceived != 6 || tr.BodySent != 2 {
			t.Errorf("exchange %d: %+v", i, tr)
		}
	}
	if n := tcp.Load(); n != 0 {
		t.Errorf("%d requests over TCP", n)
	}
}

func TestHTTP3GoesOnOverTCPWhereNobodyAnswers(t *testing.T) {
	server, roots := serveTLS(t, true, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") })
	c := newClient(t, Config{TLS: roots, HTTP3: HTTP3First})
	req := get(t, server.URL)
	req.Method, req.Body, req.ContentLength = http.MethodPut, io.NopCloser(strings.NewReader("up")), 2
	x := do(t, c, Request{HTTP: req})
	if got := readAll(t, x); got != "here" || x.Transaction().Protocol != "HTTP/2.0" {
		t.Errorf("%q over %s", got, x.Transaction().Protocol)
	}
	addr := server.Listener.Addr().String()
	if c.quic.alternatives.works(addr, time.Now()) || !c.quic.alternatives.works(addr, time.Now().Add(2*brokenFor)) {
		t.Error("it is not known that QUIC does not get through for now")
	}
}

func TestHTTP3AsksAboutTheCertificateAndTakesNoForAnAnswer(t *testing.T) {
	addr, _, tcp := serveHTTP3(t, func(http.ResponseWriter, *http.Request) {})
	no := errors.New("not this one")
	asked := 0
	c := newClient(t, Config{HTTP3: HTTP3First, VerifyServer: func(_ context.Context, id ServerIdentity) error {
		if asked++; id.Addr != addr || id.Host != "127.0.0.1" || id.Err == nil || id.State.NegotiatedProtocol != "h3" {
			t.Errorf("%+v", id)
		}
		if asked == 1 {
			return no
		}
		return nil
	}})
	_, err := c.Do(t.Context(), Request{HTTP: get(t, "https://"+addr)})
	if wantError(t, err, PhaseTLS); !errors.Is(err, no) {
		t.Errorf("%v", err)
	}
	x := do(t, c, Request{HTTP: get(t, "https://"+addr)})
	readAll(t, x)
	if x.Transaction().Protocol != "HTTP/3.0" || asked != 2 || tcp.Load() != 0 {
		t.Errorf("%s, asked %d times, %d requests over TCP", x.Transaction().Protocol, asked, tcp.Load())
	}
}

func TestHTTP3EndsWithItsContextAndWhenNothingMoves(t *testing.T) {
	addr, roots, _ := serveHTTP3(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "12345")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	c := newClient(t, Config{TLS: roots, HTTP3: HTTP3First})
	half := func(x *Exchange) error {
		_, err := io.ReadFull(x.Response.Body, make([]byte, 5))
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	x, err := c.Do(ctx, Request{HTTP: get(t, "https://"+addr)})
	if err != nil {
		t.Fatal(err)
	}
	if err := half(x); err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = io.ReadAll(x.Response.Body)
	if wantError(t, err, PhaseBody); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	_ = x.Response.Body.Close() // it was cut
	x = doIdle(t, c, Request{HTTP: get(t, "https://"+addr)}, half)
	_, err = io.ReadAll(x.Response.Body)
	if wantError(t, err, PhaseBody); !errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
	_ = x.Response.Body.Close() // it was cut
}

func TestHTTP3BodiesThatEndTooEarly(t *testing.T) {
	read := make(chan struct{})
	addr, roots, _ := serveHTTP3(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "12345")
		w.(http.Flusher).Flush()
		<-read
		panic(http.ErrAbortHandler)
	})
	c := newClient(t, Config{TLS: roots, HTTP3: HTTP3First})
	x := do(t, c, Request{HTTP: get(t, "https://"+addr)})
	if _, err := io.ReadFull(x.Response.Body, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	close(read)
	_, err := io.ReadAll(x.Response.Body)
	if wantError(t, err, PhaseBody); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	_ = x.Response.Body.Close() // it was cut
}

func TestHTTP3ContinuesByRange(t *testing.T) {
	const body = "0123456789"
	addr, roots, _ := serveHTTP3(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
	})
	c := newClient(t, Config{TLS: roots, HTTP3: HTTP3First})
	req := get(t, "https://"+addr)
	st := partial.State{ETag: `"a"`, Length: int64(len(body)), Rule: partial.RuleValidator}
	asked := partial.Range{Start: 4, End: -1}
	Continue(req.Header, st, asked)
	x := do(t, c, Request{HTTP: req})
	if v := Judge(x.Response, st, asked).Verdict; v != Append {
		t.Errorf("verdict %v", v)
	}
	if got := readAll(t, x); got != body[4:] || x.Transaction().Protocol != "HTTP/3.0" {
		t.Errorf("%q over %s", got, x.Transaction().Protocol)
	}
}

func TestHTTP3WhereItIsAnnounced(t *testing.T) {
	var say atomic.Value
	say.Store("")
	addr, roots, _ := serveHTTP3(t, func(w http.ResponseWriter, _ *http.Request) {
		if s := say.Load().(string); s != "" {
			w.Header().Set("Alt-Svc", s)
		}
	})
	_, port, _ := net.SplitHostPort(addr)
	c := newClient(t, Config{TLS: roots, HTTP3: HTTP3Announced})
	for _, step := range []struct{ says, want string }{
		{"", "HTTP/2.0"},
		{fmt.Sprintf(`h3=":%s"; ma=60, h2=":443"`, port), "HTTP/2.0"},
		{"", "HTTP/3.0"},
		{"clear", "HTTP/3.0"},
		{"", "HTTP/2.0"},
	} {
		say.Store(step.says)
		x := do(t, c, Request{HTTP: get(t, "https://"+addr)})
		readAll(t, x)
		if got := x.Transaction().Protocol; got != step.want {
			t.Errorf("saying %q: %s, want %s", step.says, got, step.want)
		}
	}
}

func TestHTTP3IsNotTriedByItself(t *testing.T) {
	addr, roots, tcp := serveHTTP3(t, func(http.ResponseWriter, *http.Request) {})
	dial := new(net.Dialer).DialContext
	for name, cfg := range map[string]Config{"off": {TLS: roots}, "own dial": {TLS: roots, HTTP3: HTTP3First, Dial: dial}} {
		tcp.Store(0)
		readAll(t, do(t, newClient(t, cfg), Request{HTTP: get(t, "https://"+addr)}))
		if tcp.Load() != 1 {
			t.Errorf("%s: no request over TCP", name)
		}
	}
}

func TestParseAltSvc(t *testing.T) {
	day := defaultMaxAge
	for field, want := range map[string][]service{
		`h3=":443"`:               {{"h3", "", "443", day}},
		`h3=":443"; ma=60`:        {{"h3", "", "443", time.Minute}},
		`h3=":1"; persist=1;MA=5`: {{"h3", "", "1", 5 * time.Second}},
		`h3-29=":2", h3="other.test:3";ma="7"`: {
			{"h3-29", "", "2", day}, {"h3", "other.test", "3", 7 * time.Second},
		},
		`h3="a,b;c:4"`:      {{"h3", "a,b;c", "4", day}},
		`h3="[::1]:5"`:      {{"h3", "[::1]", "5", day}},
		`h3=":443"; ma=-1`:  {{"h3", "", "443", 0}},
		`h3`:                nil,
		`h3=":0"`:           nil,
		`h3=":65536"`:       nil,
		`h3="no port"`:      nil,
		`, ;=,"`:            nil,
		``:                  nil,
		`h3=":1";ma=1e9`:    {{"h3", "", "1", 0}},
		` h3 = ":9" ; ma=1`: {{"h3", "", "9", time.Second}},
	} {
		got, clear := parseAltSvc(field)
		if fmt.Sprint(got) != fmt.Sprint(want) || clear {
			t.Errorf("%s: %v, want %v", field, got, want)
		}
	}
	if _, clear := parseAltSvc(" clear "); !clear {
		t.Error("clear is not understood")
	}
}

func TestAlternativesAreForgotten(t *testing.T) {
	a, now := newAlternatives(), time.Now()
	h := http.Header{"Alt-Svc": {`h3=":8"; ma=10`}}
	a.note("a:443", h, now)
	if p, ok := a.port("a:443", now.Add(9*time.Second)); !ok || p != "8" {
		t.Errorf("%q, %v", p, ok)
	}
	if _, ok := a.port("a:443", now.Add(10*time.Second)); ok {
		t.Error("good for longer than it said")
	}
	a.note("b:443", http.Header{"Alt-Svc": {`h3="elsewhere:8"`}}, now)
	if _, ok := a.port("b:443", now); ok {
		t.Error("another host is taken")
	}
	for i := range 2 * maxAlternatives {
		a.note(strconv.Itoa(i), h, now)
		a.fail(strconv.Itoa(i), now)
	}
	if len(a.ports) > maxAlternatives || len(a.broken) > maxAlternatives {
		t.Errorf("%d and %d are remembered", len(a.ports), len(a.broken))
	}
}

func FuzzParseAltSvc(f *testing.F) {
	for _, s := range []string{`h3=":443"; ma=60, h2=":1"`, `clear`, `h3="a,b;c:4"`, `"`, `h3="[::1]:5";persist=1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		services, clear := parseAltSvc(field)
		if clear && services != nil {
			t.Error("clear and alternatives")
		}
		for _, s := range services {
			if n, err := strconv.Atoi(s.port); err != nil || n < 1 || n > 65535 || s.maxAge < 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}
