package demo

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// End is how an exchange ended.
type End string

// The ends. Under way is the zero value.
const (
	UnderWay     End = ""
	Complete     End = "complete"      // all of the response was written
	ClientClosed End = "client closed" // the client went before that
	ServerCut    End = "server cut"    // the server broke it off on purpose, or was closed
)

// Entry is one request as it came over the wire and what became of it. It has
// no secret in it: of Authorization only the scheme is kept.
type Entry struct {
	Time       time.Time
	RemoteAddr string // tells connections apart
	Proto      string // "HTTP/1.1", "HTTP/2.0"
	TLS        bool
	Method     string
	Host       string
	Path       string // with the query, as it was sent
	// Header has the fields that a transfer is judged by, if they were sent:
	// see keptFields.
	Header http.Header
	// Authorization is the scheme, "" if the field was not sent.
	Authorization string
	Cookie        bool // whether one was sent

	Status   int   // 0 while there is no final response
	Written  int64 // bytes of the response's body
	Received int64 // bytes of the request's body that were read
	End      End
}

func keptFields() []string {
	return []string{
		"Range", "If-Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding",
		"Content-Type", "Content-Length", "Expect", "User-Agent", "Referer",
	}
}

// requestLog is the log of a server. It grows with every request.
type requestLog struct {
	mu      sync.Mutex
	entries []*Entry
	changed chan struct{} // closed at the next change
}

// start adds the entry of r and returns what keeps it up to date.
func (l *requestLog) start(w http.ResponseWriter, r *http.Request) *recorder {
	e := &Entry{
		Time: time.Now(), RemoteAddr: r.RemoteAddr, Proto: r.Proto, TLS: r.TLS != nil,
		Method: r.Method, Host: r.Host, Path: r.RequestURI,
		Header: make(http.Header), Cookie: r.Header.Get("Cookie") != "",
	}
	if value := r.Header.Get("Authorization"); value != "" {
		scheme, _, ok := strings.Cut(value, " ")
		if !ok {
			scheme = "malformed" // what stands there may be the secret
		}
		e.Authorization = scheme
	}
	for _, name := range keptFields() {
		if values := r.Header.Values(name); len(values) > 0 {
			e.Header[name] = slices.Clone(values)
		}
	}
	l.update(func() { l.entries = append(l.entries, e) })
	return &recorder{ResponseWriter: w, log: l, entry: e}
}

func (l *requestLog) update(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// snapshot returns a copy and a channel that is closed when it is outdated.
func (l *requestLog) snapshot() ([]Entry, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	entries := make([]Entry, len(l.entries))
	for i, e := range l.entries {
		entries[i] = *e
	}
	return entries, l.changed
}

// recorder is a ResponseWriter that keeps an Entry up to date.
type recorder struct {
	http.ResponseWriter
	log      *requestLog
	entry    *Entry
	writeErr error
	readErr  error
}

// Unwrap serves http.ResponseController.
func (c *recorder) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *recorder) WriteHeader(code int) {
	if code >= 200 {
		c.log.update(func() { c.entry.Status = code })
	}
	c.ResponseWriter.WriteHeader(code)
}

func (c *recorder) Write(p []byte) (int, error) {
	if c.entry.Status == 0 {
		c.WriteHeader(http.StatusOK)
	}
	n, err := c.ResponseWriter.Write(p)
	if err != nil {
		c.writeErr = err
	}
	if c.entry.Method != http.MethodHead {
		c.log.update(func() { c.entry.Written += int64(n) })
	}
	return n, err
}

// finish notes the end. client and server are the contexts of the connection
// and of the whole server; aborted tells that the handler broke off.
func (c *recorder) finish(client, server context.Context, aborted bool) {
	c.log.update(func() {
		e := c.entry
		whole := !aborted && c.writeErr == nil && c.readErr == nil && server.Err() == nil
		declared, err := strconv.ParseInt(c.Header().Get("Content-Length"), 10, 64)
		switch {
		case e.Status == 0: // the handler returned without an answer
			whole = whole && client.Err() == nil
			if whole {
				e.Status = http.StatusOK
			}
		case e.Method == http.MethodHead, e.Status == http.StatusNoContent, e.Status == http.StatusNotModified:
		case err == nil:
			whole = whole && e.Written == declared
		default:
			whole = whole && client.Err() == nil
		}
		switch {
		case whole:
			e.End = Complete
		case !aborted && (c.writeErr != nil || c.readErr != nil || client.Err() != nil) && server.Err() == nil:
			e.End = ClientClosed
		default:
			e.End = ServerCut
		}
	})
}

// counted is the body of a request on its way through the log.
type counted struct {
	io.ReadCloser
	recorder *recorder
}

func (b counted) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.recorder.readErr = err
	}
	if n > 0 {
		b.recorder.log.update(func() { b.recorder.entry.Received += int64(n) })
	}
	return n, err
}
