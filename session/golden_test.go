package session_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/internal/demo"
	"haul/internal/trace"
	"haul/session"
)

// The golden traces: for each way that a server can behave, the only list of
// delegate calls that the life cycle allows. The server's log is the judge of
// what was sent.

// Hosts of a stage.
const (
	hostA = "a.test"
	hostB = "b.test"
)

// hit is one request as a stage has seen it.
type hit struct {
	Method, URL string // the URL with its host
	Header      http.Header
	Body        []byte // what was read of the body
	Length      int64  // Content-Length, -1 for chunked
	Remote      string
}

// stage is a scripted server on a network in memory, for hosts a.test and
// b.test, over http and https, with a log. It lives in a synctest bubble.
type stage struct {
	t       *testing.T
	network demo.Network
	roots   *x509.CertPool

	handlers sync.WaitGroup

	mu     sync.Mutex
	hits   []*hit
	closed bool // no handler begins any more
}

// newStage serves h until the test ends. Its certificate is self-signed.
func newStage(t *testing.T, h http.HandlerFunc) *stage {
	t.Helper()
	st := &stage{t: t, roots: x509.NewCertPool()}
	cert, err := demo.SelfSigned([]string{hostA, hostB}, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	st.roots.AddCert(leaf)
	t.Cleanup(func() {
		st.mu.Lock()
		st.closed = true
		st.mu.Unlock()
		st.handlers.Wait()
	})
	for _, host := range []string{hostA, hostB} {
		st.listen(host+":80", nil, h)
		st.listen(host+":443", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, h)
	}
	return st
}

// listen serves h on addr until the test ends, over TLS if there is a config.
// Each listener has a server of its own: one that serves both plain and TLS may
// offer HTTP/2 without speaking it.
func (st *stage) listen(addr string, config *tls.Config, h http.HandlerFunc) {
	st.t.Helper()
	l, err := st.network.Listen(addr)
	if err != nil {
		st.t.Fatal(err)
	}
	server := &http.Server{
		Handler:           st.logged(h),
		ReadHeaderTimeout: time.Minute,
		TLSConfig:         config,
		ErrorLog:          log.New(io.Discard, "", 0), // refused certificates are expected
	}
	serving := make(chan error, 1)
	go func() {
		if config != nil {
			serving <- server.ServeTLS(l, "", "")
			return
		}
		serving <- server.Serve(l)
	}()
	st.t.Cleanup(func() {
		if err := server.Close(); err != nil {
			st.t.Errorf("closing the server: %v", err)
		}
		if err := <-serving; err != http.ErrServerClosed {
			st.t.Errorf("serving: %v", err)
		}
	})
}

// logged puts every request into the log before h answers it. The body is
// recorded as h reads it.
func (st *stage) logged(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !st.begin() {
			return
		}
		defer st.handlers.Done()
		scheme := "http://"
		if r.TLS != nil {
			scheme = "https://"
		}
		entry := &hit{
			Method: r.Method, URL: scheme + r.Host + r.URL.RequestURI(), Header: r.Header.Clone(),
			Length: r.ContentLength, Remote: r.RemoteAddr,
		}
		st.mu.Lock()
		st.hits = append(st.hits, entry)
		st.mu.Unlock()
		r.Body = io.NopCloser(io.TeeReader(r.Body, writerFunc(func(p []byte) {
			st.mu.Lock()
			defer st.mu.Unlock()
			entry.Body = append(entry.Body, p...)
		})))
		h(w, r)
	})
}

// begin counts a handler in, unless the test has ended: a server that was closed
// may still have read the head of a request, whose handler begins then.
func (st *stage) begin() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed {
		return false
	}
	st.handlers.Add(1)
	return true
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// log returns the requests so far, in order of arrival.
func (st *stage) log() []hit {
	st.mu.Lock()
	defer st.mu.Unlock()
	var hits []hit
	for _, h := range st.hits {
		c := *h
		c.Body = slices.Clone(h.Body)
		hits = append(hits, c)
	}
	return hits
}

// lines returns the log as "GET http://a.test/x".
func (st *stage) lines() []string {
	var lines []string
	for _, h := range st.log() {
		lines = append(lines, h.Method+" "+h.URL)
	}
	return lines
}

// expectLog reports a log that differs from want, as lines gives it.
func (st *stage) expectLog(want ...string) {
	st.t.Helper()
	if got := st.lines(); !slices.Equal(got, want) {
		st.t.Errorf("the server saw\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// configuration is one that reaches the stage and trusts the system's roots
// only, none of which vouches for it. It has no cache: what is asked of the
// server is what a test is about.
func (st *stage) configuration() session.Configuration {
	cfg := session.DefaultConfiguration()
	cfg.Dial = st.network.Dial
	return cfg
}

// session makes a session whose delegate is d and whose calls rec records. It
// is invalidated, and has to let go of everything, before the test ends.
func (st *stage) session(rec *trace.Recorder, d session.Delegate) *session.Session {
	st.t.Helper()
	return newSession(st.t, st.configuration(), rec, d)
}

func newSession(t *testing.T, cfg session.Configuration, rec *trace.Recorder, d session.Delegate) *session.Session {
	t.Helper()
	s, err := session.New(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	if rec != nil {
		rec.Watch(d)
	}
	t.Cleanup(func() {
		s.InvalidateAndCancel()
		s.Wait()
	})
	return s
}

// request makes a request; target is a URL, or a path on a.test.
func request(t *testing.T, method, target string) *http.Request {
	t.Helper()
	if strings.HasPrefix(target, "/") {
		target = "http://" + hostA + target
	}
	r, err := http.NewRequestWithContext(context.Background(), method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run makes a data task, resumes it and waits for its end.
func run(t *testing.T, s *session.Session, rec *trace.Recorder, r *http.Request) *session.DataTask {
	t.Helper()
	task, err := s.DataTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	rec.Wait(task)
	return task
}

// download makes a download task.
func download(t *testing.T, s *session.Session, r *http.Request) *session.DownloadTask {
	t.Helper()
	task, err := s.DownloadTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// resumeFrom makes a download task from resume data.
func resumeFrom(t *testing.T, s *session.Session, d session.ResumeData) *session.DownloadTask {
	t.Helper()
	task, err := s.DownloadTaskWithResumeData(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// bytesOf makes n bytes that depend on seed and never repeat themselves.
func bytesOf(seed uint64, n int) []byte {
	b := make([]byte, n)
	src := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	if _, err := src.Read(b); err != nil {
		panic(err) // it never fails
	}
	return b
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// expectBody compares what t delivered by its SHA-256.
func expectBody(t *testing.T, rec *trace.Recorder, task session.Task, want []byte) {
	t.Helper()
	if got := rec.Body(task); sum(got) != sum(want) {
		t.Errorf("delivered %d bytes with SHA-256 %s, want %d with %s", len(got), sum(got), len(want), sum(want))
	}
}

// slow is a file whose reading takes 10 ms for every 16 KiB.
type slow struct{ *bytes.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Millisecond)
	return s.Reader.Read(p[:min(len(p), 16<<10)])
}

// serveSlowly serves a file with ranges and If-Range at 1.6 MB/s. No etag, no
// validator.
func serveSlowly(w http.ResponseWriter, r *http.Request, etag string, content []byte) {
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, slow{bytes.NewReader(content)})
}

// text answers with a status and a body.
func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	write(w, []byte(body))
}

// write writes a body; a client that goes away is no concern of the script.
func write(w io.Writer, p []byte) {
	_, _ = w.Write(p)
}

// authorized asks for the password u:p, and tells whether it was given.
func authorized(w http.ResponseWriter, r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok && user == "u" && password == "p" {
		return true
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="the realm"`)
	text(w, http.StatusUnauthorized, "who are you?")
	return false
}

// password answers every challenge with u:p, trust with trust.
func password(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	if c.Trust != nil {
		return session.UseCredential, session.CredentialForTrust(c.Trust)
	}
	return session.UseCredential, &session.Credential{User: "u", Password: "p", Persistence: session.PersistenceForSession}
}

// trust answers a session-level challenge with trust.
func trust(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	return session.UseCredential, session.CredentialForTrust(c.Trust)
}

// after returns a hook that closes reached when at least n bytes are written.
func after(n int64) (hook func(*session.DownloadTask, int64, int64, int64), reached <-chan struct{}) {
	c := make(chan struct{})
	var once sync.Once
	return func(_ *session.DownloadTask, _, written, _ int64) {
		if written >= n {
			once.Do(func() { close(c) })
		}
	}, c
}
