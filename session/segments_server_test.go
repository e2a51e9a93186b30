package session_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// share is one answer of a shareServer, for a script to spoil.
type share struct {
	number     int // of the request, from 1 on
	others     int // answers under way besides this one
	first      bool
	etag       string
	start, end int64 // of the body
	total      int64 // that is claimed
	ranged     bool  // answer with 206
	status     int   // to answer instead, 0 none
	cut        int64 // bytes after which the connection is closed, 0 never
	after      time.Duration
	silent     bool // send no body, and hold the connection
}

// shareServer serves a file at 1.6 MB/s a connection, or all of them together
// over one line, the worse kinds of it by a script. The counts are what its log
// says.
type shareServer struct {
	content []byte
	spoil   func(s *share)
	oneLine bool

	mu             sync.Mutex
	requests, now  int
	most           int // answers under way at once
	sent           int64
	remotes        map[string]bool
	withoutIfRange int
	free           time.Time // when the line has carried all that was sent
}

// Sizes of a shareServer, and the time that one connection needs for the file.
const (
	shareSize = 8 << 20
	sharePart = 16 << 10
	shareTick = 10 * time.Millisecond
	shareTime = shareSize / sharePart * shareTick
)

func newShareServer(spoil func(*share)) *shareServer {
	return &shareServer{content: bytesOf(77, shareSize), spoil: spoil, remotes: map[string]bool{}}
}

func (f *shareServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := f.begin(r)
	if s.status != 0 {
		text(w, s.status, "no")
		return
	}
	// A client that has closed its connection is gone, although the handler
	// will not notice before its next Write.
	over := sync.OnceFunc(f.end)
	defer over()
	defer context.AfterFunc(r.Context(), over)()
	if s.silent {
		<-r.Context().Done()
		return
	}
	time.Sleep(s.after)
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Accept-Ranges", "bytes")
	h.Set("ETag", s.etag)
	h.Set("Content-Length", strconv.FormatInt(s.end-s.start, 10))
	if s.ranged {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", s.start, s.end-1, s.total))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		h.Set("Content-Length", strconv.FormatInt(s.total, 10))
	}
	begun := time.Now()
	for at := s.start; at < s.end; at += sharePart {
		n := min(at+sharePart, s.end)
		if s.cut > 0 && n-s.start > s.cut {
			n = s.start + s.cut
		}
		if _, err := w.Write(f.content[at:n]); err != nil {
			return
		}
		f.mu.Lock()
		f.sent += n - at
		f.mu.Unlock()
		if s.cut > 0 && n-s.start == s.cut {
			_ = http.NewResponseController(w).Flush() // the client sees it broken in any case
			panic(http.ErrAbortHandler)
		}
		if f.oneLine {
			f.carry(n - at)
			continue
		}
		time.Sleep(time.Until(begun.Add(time.Duration((n-s.start)/sharePart) * shareTick)))
	}
}

// carry waits until the line, which others may be using, has carried n bytes
// more.
func (f *shareServer) carry(n int64) {
	f.mu.Lock()
	if now := time.Now(); f.free.Before(now) {
		f.free = now
	}
	f.free = f.free.Add(time.Duration(n) * shareTick / sharePart)
	until := f.free
	f.mu.Unlock()
	time.Sleep(time.Until(until))
}

// begin notes a request and decides how it is answered.
func (f *shareServer) begin(r *http.Request) *share {
	time.Sleep(time.Nanosecond) // the bubble's: connections that were closed before this are gone then
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	s := &share{
		number: f.requests, others: f.now, first: f.requests == 1, etag: `"one"`, end: int64(len(f.content)), total: int64(len(f.content)),
	}
	f.remotes[r.RemoteAddr] = true
	if from, to, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"); ok {
		s.ranged = true
		s.start, _ = strconv.ParseInt(from, 10, 64)
		if n, err := strconv.ParseInt(to, 10, 64); err == nil {
			s.end = n + 1
		}
		if r.Header.Get("If-Range") != `"one"` {
			f.withoutIfRange++
		}
	}
	if f.spoil != nil {
		f.spoil(s)
	}
	if s.status == 0 {
		f.now++
		f.most = max(f.most, f.now)
	}
	if held := r.Header.Get("If-Range"); held != "" && held != s.etag || !s.ranged {
		s.ranged, s.start, s.end = false, 0, int64(len(f.content))
	}
	return s
}

func (f *shareServer) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
}

// log returns what the server has seen.
func (f *shareServer) log() (requests, most int, sent int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests, f.most, f.sent
}

// shared is a session on a stage with f behind it.
func shared(t *testing.T, f http.HandlerFunc, change func(*session.Configuration)) (*session.Session, *trace.Recorder) {
	t.Helper()
	return sharedBy(t, f, false, change)
}

// sharedBy is shared, with a certificate that is trusted without a question or
// not.
func sharedBy(t *testing.T, f http.HandlerFunc, trusted bool, change func(*session.Configuration)) (*session.Session, *trace.Recorder) {
	t.Helper()
	st := newStage(t, f)
	rec := trace.New(t)
	rec.Answers.Challenge, rec.Answers.SessionChallenge = password, trust
	cfg := st.configuration()
	cfg.Connections = session.Auto
	cfg.MaxConnectionsPerHost = 16
	if trusted {
		cfg.RootCAs = st.roots
	}
	if change != nil {
		change(&cfg)
	}
	return newSession(t, cfg, rec, rec), rec
}

// openConns counts connections from the client's side, where it is certain
// when one is closed.
type openConns struct {
	mu        sync.Mutex
	now, most int
}

// dial is a Configuration.Dial that counts.
func (o *openConns) dial(next func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := next(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.now++
		o.most = max(o.most, o.now)
		return &countedConn{Conn: c, closed: sync.OnceFunc(func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.now--
		})}, nil
	}
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
}
