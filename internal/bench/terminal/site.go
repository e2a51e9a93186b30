//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// site serves one file under any name, whole or in ranges. All connections
// that fetch one name share its rate, so that a program that opens many has no
// more work than one that opens one.
type site struct {
	url    string
	server *http.Server
	path   string
	rate   int          // bytes per second of each name, 0 for no limit
	active sync.Map     // name to *name
	moved  atomic.Int64 // bytes sent of limited names
	served chan error

	mu   sync.Mutex
	held chan struct{} // closed when answers may go on; nil while none is held
}

// name is one file as a client sees it.
type name struct {
	limit   *rate.Limiter
	started atomic.Bool
}

// newSite serves size bytes, which are a hole in a file below dir, at rate bytes
// per second.
func newSite(dir string, size int64, rate int) (*site, error) {
	s := &site{path: filepath.Join(dir, "source"), rate: rate, served: make(chan error, 1)}
	if err := os.WriteFile(s.path, nil, 0o600); err != nil {
		return nil, err
	}
	if err := os.Truncate(s.path, size); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: patience}
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

func (s *site) close() error {
	err := s.server.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// urls are so many names.
func (s *site) urls(n int) []string {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = fmt.Sprintf("%s/row-%05d.bin", s.url, i)
	}
	return urls
}

// hold keeps answers back until release is called, which can be done twice.
func (s *site) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := make(chan struct{})
	s.held = held
	return sync.OnceFunc(func() { close(held) })
}

// await waits while answers are held.
func (s *site) await(ctx context.Context) {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held == nil {
		return
	}
	select {
	case <-held:
	case <-ctx.Done():
	}
}

// asked is how many names were asked for.
func (s *site) asked() (n int) {
	s.active.Range(func(any, any) bool { n++; return true })
	return n
}

// running is how many names something was sent of.
func (s *site) running() (n int) {
	s.active.Range(func(_, v any) bool {
		if v.(*name).started.Load() {
			n++
		}
		return true
	})
	return n
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, err := os.Open(s.path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer f.Close()
	made := &name{limit: rate.NewLimiter(rate.Inf, 0)}
	if s.rate > 0 {
		made.limit = rate.NewLimiter(rate.Limit(s.rate), chunk)
	}
	v, _ := s.active.LoadOrStore(r.URL.Path, made)
	n := v.(*name)
	s.await(r.Context())
	w.Header().Set("ETag", `"1"`)
	if s.rate > 0 {
		w = slow{w, r, n, &s.moved}
	} else {
		n.started.Store(true)
	}
	http.ServeContent(w, r, r.URL.Path, time.Unix(1_700_000_000, 0), f)
}

// chunk is how much is sent at once of a limited name.
const chunk = 32 << 10

// slow sends at the rate of its name.
type slow struct {
	http.ResponseWriter
	r     *http.Request
	n     *name
	moved *atomic.Int64
}

func (s slow) Write(p []byte) (sent int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), chunk)]
		if err := s.n.limit.WaitN(s.r.Context(), len(part)); err != nil {
			return sent, err
		}
		n, err := s.ResponseWriter.Write(part)
		sent += n
		s.moved.Add(int64(n))
		if err != nil {
			return sent, err
		}
		s.n.started.Store(true)
		p = p[n:]
	}
	return sent, nil
}
