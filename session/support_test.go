package session

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// recorder is a delegate that writes down what it is told, and answers with
// what the test gives it.
type recorder struct {
	onChallenge        func(Task, *Challenge) (Disposition, *Credential)
	onRedirect         func(next *http.Request) *http.Request
	onResponse         func(Task, *http.Response) ResponseDisposition
	onWrite            func(t *DownloadTask, written, expected int64)
	onBody             func() (io.ReadCloser, error)
	onFinishedDownload func(path string)

	mu      sync.Mutex
	events  []string
	data    bytes.Buffer
	file    []byte
	errs    map[TaskID]error
	done    chan struct{} // one value for each DidComplete
	invalid chan struct{}
}

func newRecorder() *recorder {
	return &recorder{
		errs: make(map[TaskID]error), done: make(chan struct{}, 4096),
		invalid: make(chan struct{}),
	}
}

// note appends an event, or lets it merge with an equal one before.
func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := fmt.Sprintf(format, args...)
	if n := len(r.events); n > 0 && r.events[n-1] == e && (e == "data" || e == "wrote" || e == "sent") {
		return
	}
	r.events = append(r.events, e)
}

func (r *recorder) trace() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.events, " ")
}

func (r *recorder) DidBecomeInvalid(*Session, error) { close(r.invalid) }
func (r *recorder) DidReceiveData(_ Task, p []byte) {
	r.mu.Lock()
	r.data.Write(p)
	r.mu.Unlock()
	r.note("data")
}
func (r *recorder) DidSendBodyData(Task, int64, int64, int64) { r.note("sent") }
func (r *recorder) DidWriteData(t *DownloadTask, _, written, expected int64) {
	r.note("wrote")
	if r.onWrite != nil {
		r.onWrite(t, written, expected)
	}
}
func (r *recorder) DidResumeAtOffset(_ *DownloadTask, off, expected int64) {
	r.note("resumed@%d(%d)", off, expected)
}
func (r *recorder) DidBecomeDownload(*DataTask, *DownloadTask) { r.note("became") }
func (r *recorder) DidFinishDownloading(_ *DownloadTask, path string) {
	p, err := os.ReadFile(path)
	if err != nil {
		r.note("finished(%v)", err)
		return
	}
	r.mu.Lock()
	r.file = p
	r.mu.Unlock()
	r.note("finished")
	if r.onFinishedDownload != nil {
		r.onFinishedDownload(path)
	}
}
func (r *recorder) DidFinishCollectingMetrics(Task, Metrics) { r.note("metrics") }
func (r *recorder) DidComplete(t Task, err error) {
	if err == nil {
		r.note("done")
	} else {
		r.note("done(%d)", int(codeOf(err)))
	}
	r.mu.Lock()
	r.errs[t.ID()] = err
	r.mu.Unlock()
	r.done <- struct{}{}
}
func (r *recorder) DidReceiveChallenge(_ context.Context, t Task, c *Challenge) (Disposition, *Credential) {
	r.note("tchal(%s,%d)", c.Space.Method, c.PreviousFailureCount)
	if r.onChallenge != nil {
		return r.onChallenge(t, c)
	}
	return PerformDefaultHandling, nil
}
func (r *recorder) DidReceiveResponse(_ context.Context, t Task, resp *http.Response) ResponseDisposition {
	r.note("response(%d)", resp.StatusCode)
	if r.onResponse != nil {
		return r.onResponse(t, resp)
	}
	return Allow
}
func (r *recorder) WillPerformRedirection(_ context.Context, _ Task, resp *http.Response, next *http.Request) *http.Request {
	r.note("redirect(%d,%s)", resp.StatusCode, next.URL.Path)
	if r.onRedirect != nil {
		return r.onRedirect(next)
	}
	return next
}
func (r *recorder) NeedNewBodyStream(context.Context, Task) (io.ReadCloser, error) {
	r.note("newstream")
	return r.onBody()
}

// sessionRecorder also answers session-level challenges.
type sessionRecorder struct {
	*recorder
	onTrust func(*Challenge) (Disposition, *Credential)
}

func (r sessionRecorder) DidReceiveSessionChallenge(_ context.Context, _ *Session, _ Task, c *Challenge) (Disposition, *Credential) {
	r.note("schal(%s)", c.Space.Method)
	return r.onTrust(c)
}

func codeOf(err error) Code {
	if e, ok := err.(*Error); ok { //nolint:errorlint // DidComplete gives nothing else
		return e.Code
	}
	return 0
}

// open makes a session that the test closes, and waits for.
func open(t *testing.T, d Delegate, change func(*Configuration)) *Session {
	t.Helper()
	cfg := EphemeralConfiguration()
	cfg.TemporaryDirectory = t.TempDir()
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.InvalidateAndCancel()
		s.Wait()
	})
	return s
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// await fails the test when ch brings nothing for long.
func await[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came for 20 s")
		panic("unreachable")
	}
}

// content is n bytes that differ from place to place.
func content(n int, seed uint64) []byte {
	p := make([]byte, n)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = rand.NewChaCha8(key).Read(p) // it never fails
	return p
}

// fileServer serves one file with an entity tag and ranges, and can be told to
// misbehave. It writes down the requests.
type fileServer struct {
	mu       sync.Mutex
	body     []byte
	etag     string
	cutAt    int64 // of the body, once; 0 never
	stallAt  int64 // stops sending there until the client goes; 0 never
	no200    int   // status to answer instead, 0 none
	ignore   int   // how many range requests are answered with 200
	noRanges bool
	requests []*http.Request
}

func (f *fileServer) log() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*http.Request(nil), f.requests...)
}

func (f *fileServer) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r)
	body, etag, cut, stall, status := f.body, f.etag, f.cutAt, f.stallAt, f.no200
	f.cutAt = 0
	rng := r.Header.Get("Range")
	ignore := f.noRanges
	if rng != "" && f.ignore > 0 {
		f.ignore--
		ignore = true
	}
	f.mu.Unlock()
	if status != 0 {
		http.Error(w, "no", status)
		return
	}
	if !f.noRanges {
		w.Header().Set("Accept-Ranges", "bytes")
	}
	if etag != "" {
		w.Header().Set("Etag", etag)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	start := int64(0)
	if cond := r.Header.Get("If-Range"); rng != "" && !ignore && (cond == "" || cond == etag) {
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(rng, "bytes="), "-"), 10, 64)
		if err != nil || n >= int64(len(body)) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(body)))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		start = n
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(body)-1, len(body)))
		w.Header().Set("Content-Length", strconv.Itoa(len(body)-int(start)))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	switch {
	case cut > start:
		_, _ = w.Write(body[start:cut]) // the client sees it broken
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case stall > start:
		_, _ = w.Write(body[start:stall])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		_, _ = w.Write(body[start:])
	}
}

func sum(p []byte) string { return fmt.Sprintf("%x", sha256.Sum256(p)) }
