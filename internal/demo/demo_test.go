package demo

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a server on a network in memory, inside a bubble.
type fixture struct {
	*testing.T
	server    *Server
	network   *Network
	at        Addresses
	transport *http.Transport
}

// inMemory runs test in a bubble of its own.
func inMemory(t *testing.T, opts Options, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{T: t, server: New(opts), network: new(Network)}
		var err error
		if f.at, err = f.server.StartOn(f.network); err != nil {
			t.Fatal(err)
		}
		roots, err := f.server.Roots()
		if err != nil {
			t.Fatal(err)
		}
		f.transport = &http.Transport{
			DialContext: f.network.Dial, DisableCompression: true, ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{RootCAs: roots},
		}
		defer func() {
			f.transport.CloseIdleConnections()
			if err := f.server.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, f)
	})
}

// ask sends one request and returns the response; fields are name, value, ...
func (f *fixture) ask(method, url string, body io.Reader, fields ...string) *http.Response {
	f.Helper()
	req, err := http.NewRequestWithContext(f.Context(), method, url, body)
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := f.transport.RoundTrip(req)
	if err != nil {
		f.Fatal(err)
	}
	return resp
}

// get reads a whole file from the host of the files.
func (f *fixture) get(path string, fields ...string) (*http.Response, []byte, error) {
	f.Helper()
	resp := f.ask(http.MethodGet, f.at.Files+path, nil, fields...)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// last returns the newest entry, after everything has settled.
func (f *fixture) last() Entry {
	synctest.Wait()
	entries := f.server.Log()
	return entries[len(entries)-1]
}

func sum(p []byte) string {
	h := sha256.Sum256(p)
	return hex.EncodeToString(h[:])
}

func TestEveryReadableBehaviourServesTheBytesOfSHA256(t *testing.T) {
	for _, path := range []string{
		"/file/a.bin", "/file/empty?size=0", "/file/odd?size=65543", "/slow/a.bin?size=100kB",
		"/drip/a.bin", "/whole/a.bin", "/chunked/a.bin", "/chunked/empty?size=0", "/file/a.bin?length=close", "/bare/a.bin",
		"/weak/a.bin", "/changing/a.bin", "/named/a.bin", "/hostile/a.bin", "/early/a.bin",
		"/file/a.bin?version=7", "/large/a.bin?size=3MiB", "/file/a.bin?wait=3s",
	} {
		t.Run(path, func(t *testing.T) {
			inMemory(t, Options{}, func(t *testing.T, f *fixture) {
				resp, body, err := f.get(path)
				if err != nil || resp.StatusCode != http.StatusOK {
					f.Fatalf("%s, %v", resp.Status, err)
				}
				if want := f.server.SHA256(path); sum(body) != want || want == "" {
					f.Errorf("%d bytes with SHA-256 %s, want %q", len(body), sum(body), want)
				}
				if e := f.last(); e.End != Complete || e.Written != int64(len(body)) || e.Status != http.StatusOK || e.Path != path {
					f.Errorf("log: %+v", e)
				}
			})
		})
	}
}

func TestOneNameHasTheSameBytesEverywhere(t *testing.T) {
	s := New(Options{Seed: 1})
	first := s.SHA256("/file/x.bin")
	for _, path := range []string{"/slow/x.bin", "/expire/tuesday/x.bin", "/redirect/host/file/x.bin"} {
		if s.SHA256(path) != first {
			t.Errorf("%s differs", path)
		}
	}
	if New(Options{Seed: 2}).SHA256("/file/x.bin") == first || s.SHA256("/file/y.bin") == first || s.SHA256("/file/x.bin?version=2") == first {
		t.Error("other seeds, names and versions do not differ")
	}
	if got := s.SHA256("/no-such-behaviour/x"); got != "" {
		t.Errorf("SHA256 of nothing: %q", got)
	}
}

func TestRangesObeyIfRange(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		const path = "/file/r.bin?size=10000"
		head := f.ask(http.MethodHead, f.at.Files+path, nil)
		head.Body.Close()
		tag, date := head.Header.Get("ETag"), head.Header.Get("Last-Modified")
		if head.ContentLength != 10000 || head.Header.Get("Accept-Ranges") != "bytes" || !strings.HasPrefix(tag, `"`) {
			t.Fatalf("HEAD: %v", head.Header)
		}
		_, whole, err := f.get(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, rang, ifRange string
			status              int
			contentRange        string
			body                []byte
		}{
			{"no condition", "bytes=100-", "", 206, "bytes 100-9999/10000", whole[100:]},
			{"matching tag", "bytes=100-199", tag, 206, "bytes 100-199/10000", whole[100:200]},
			{"matching date", "bytes=100-199", date, 206, "bytes 100-199/10000", whole[100:200]},
			{"other tag", "bytes=100-199", `"other"`, 200, "", whole},
			{"beyond the end", "bytes=10000-", tag, 416, "bytes */10000", nil},
		} {
			fields := []string{"Range", c.rang}
			if c.ifRange != "" {
				fields = append(fields, "If-Range", c.ifRange)
			}
			resp, body, err := f.get(path, fields...)
			if err != nil || resp.StatusCode != c.status || resp.Header.Get("Content-Range") != c.contentRange {
				t.Errorf("%s: %s %q, %v", c.name, resp.Status, resp.Header.Get("Content-Range"), err)
			}
			if c.body != nil && sum(body) != sum(c.body) {
				t.Errorf("%s: wrong bytes", c.name)
			}
			if e := f.last(); e.Header.Get("Range") != c.rang || e.Header.Get("If-Range") != c.ifRange {
				t.Errorf("%s: log has %v", c.name, e.Header)
			}
		}
	})
}

func TestRateIsKept(t *testing.T) {
	for _, c := range []struct {
		speed float64
		want  time.Duration
	}{{1, 10 * time.Second}, {10, time.Second}} {
		inMemory(t, Options{Speed: c.speed}, func(t *testing.T, f *fixture) {
			start := time.Now()
			if _, _, err := f.get("/file/x?size=1MB&rate=100kB"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took < c.want*95/100 || took > c.want*105/100 {
				t.Errorf("1 MB at 100 kB/s, speed %v, took %v, want %v", c.speed, took, c.want)
			}
		})
	}
}

func TestReaderThatHoldsStillIsNotMadeUpFor(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		resp := f.ask(http.MethodGet, f.at.Files+"/file/x?size=1MB&rate=100kB", nil)
		defer resp.Body.Close()
		if _, err := io.CopyN(io.Discard, resp.Body, 100_000); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if held := f.last().Written; held > 200_000 {
			t.Fatalf("the server wrote %d bytes to a reader who holds still at 100000", held)
		}
		start := time.Now()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 7*time.Second {
			t.Errorf("the rest came in %v", took)
		}
	})
}

func TestChangeBringsNewBytesAndValidators(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		const path = "/file/x.bin"
		first, _, _ := f.get(path)
		before := f.server.SHA256(path)
		if err := f.server.Change(path); err != nil {
			t.Fatal(err)
		}
		second, body, err := f.get(path)
		if err != nil || sum(body) == before || sum(body) != f.server.SHA256(path) {
			t.Errorf("after Change: SHA-256 %s, before %s, %v", sum(body), before, err)
		}
		for _, name := range []string{"ETag", "Last-Modified"} {
			if first.Header.Get(name) == second.Header.Get(name) {
				t.Errorf("%s stayed %q", name, first.Header.Get(name))
			}
		}
		if f.server.Change("/nonsense/x") == nil {
			t.Error("Change of a path that is not understood")
		}
	})
}

func TestInformationalResponsesComeFirst(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		var codes []int
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, _ textproto.MIMEHeader) error { codes = append(codes, code); return nil },
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.at.Files+"/early/x?info=102,103", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := f.transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if len(codes) != 2 || codes[0] != 102 || codes[1] != 103 || resp.StatusCode != 200 || resp.Header.Get("Link") != "" {
			t.Errorf("%v, then %s with %v", codes, resp.Status, resp.Header)
		}
	})
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	inMemory(t, Options{}, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() {
			time.Sleep(time.Second)
			resp := f.ask(http.MethodGet, f.at.Files+"/file/x", nil)
			resp.Body.Close()
		}()
		if entries, err := f.server.Await(ctx, func(e []Entry) bool { return len(e) == 1 }); err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
		if _, err := f.server.Await(ctx, func(e []Entry) bool { return len(e) == 2 }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Await for what never comes: %v", err)
		}
	})
}

func TestLoopbackServesAllOrigins(t *testing.T) {
	s := New(Options{})
	at, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	roots, err := s.Roots()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	client := http.Client{Transport: transport}
	defer transport.CloseIdleConnections()
	for _, c := range []struct{ origin, path, proto string }{
		{at.Files, "/file/x", "HTTP/1.1"},
		{at.Mirror, "/file/x", "HTTP/1.1"},
		{at.OtherPort, "/file/x", "HTTP/1.1"},
		{at.FilesTLS, "/file/x", "HTTP/2.0"},
		{at.MirrorTLS, "/file/x", "HTTP/2.0"},
		{at.Files, "/redirect/host/file/x", "HTTP/1.1"},
		{at.FilesTLS, "/redirect/http/file/x", "HTTP/1.1"},
		{at.Mirror, "/redirect/https/file/x", "HTTP/2.0"},
	} {
		resp, err := client.Get(c.origin + c.path)
		if err != nil {
			t.Error(err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || sum(body) != s.SHA256("/file/x") || resp.Proto != c.proto {
			t.Errorf("%s%s: %s %s, %v", c.origin, c.path, resp.Proto, resp.Status, err)
		}
	}
	if _, err := (&http.Client{}).Get(at.FilesTLS + "/file/x"); err == nil {
		t.Error("the self-signed certificate was trusted")
	}
}

func TestServeTakesAnyListenerAndCloseEndsIt(t *testing.T) {
	s := New(Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); err != nil {
		t.Fatal(err)
	}
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://" + l.Addr().String() + "/hang/x?hang=no&stall=10")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the body came whole from a server that was closed")
	}
	if e := s.Log()[0]; e.End != ServerCut {
		t.Errorf("log: %+v", e)
	}
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve after Close: %v", err)
		}
	}
}
