package demo

import (
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"time"
)

// serve is the handler: it keeps the log, ties the request to the life of the
// server and follows the plan in the URL.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stop := context.AfterFunc(s.life, cancel)
	defer stop()

	rec := s.log.start(w, r)
	aborted := true // until the handler has returned, it has panicked
	defer func() { rec.finish(r.Context(), s.life, aborted) }()
	inner := r.WithContext(ctx)
	inner.Body = counted{ReadCloser: r.Body, recorder: rec}
	s.follow(rec, inner)
	aborted = false
	if ctx.Err() != nil {
		// The handler gave up half way. Returning would end its response as
		// if that were all of it.
		panic(http.ErrAbortHandler)
	}
}

// follow does what the URL asks for, in the order in which a server would.
func (s *Server) follow(w http.ResponseWriter, r *http.Request) {
	p, err := parsePlan(r.URL)
	if err != nil {
		page(w, http.StatusBadRequest, err.Error())
		return
	}
	if p.behaviour == "redirect" {
		s.redirect(w, r, p)
		return
	}
	if !s.authorized(w, r, p) {
		return
	}
	n, version := s.count(r, p)
	faulty := p.faulty(n)
	for _, code := range p.info {
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(code)
		w.Header().Del("Link")
	}
	if sleep(r.Context(), s.scaled(p.wait)) != nil {
		return
	}
	if faulty && p.hang {
		<-r.Context().Done()
		return
	}
	if faulty && p.fail != 0 {
		if p.retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(p.retry))
		}
		page(w, p.fail, "This is an error page, not the file that you asked for.")
		return
	}
	switch {
	case p.behaviour == "upload":
		s.upload(w, r, p)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		page(w, http.StatusMethodNotAllowed, "Files are read with GET.")
	case p.behaviour == "mixed":
		s.mixed(s.limited(r.Context(), w, p, faulty), r, p)
	default:
		s.serveFile(s.limited(r.Context(), w, p, faulty), r, p, version, faulty)
	}
}

// mixed answers with versions 1, 2, 3 of the file, each replacing the last.
func (s *Server) mixed(w http.ResponseWriter, r *http.Request, p plan) {
	m := multipart.NewWriter(w)
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+m.Boundary())
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	for i := range p.parts {
		if i > 0 && sleep(r.Context(), s.scaled(p.every)) != nil {
			return
		}
		part, err := m.CreatePart(textproto.MIMEHeader{
			"Content-Type":   {"application/octet-stream"},
			"Content-Length": {strconv.FormatInt(p.size, 10)},
		})
		if err != nil {
			return // the client has gone
		}
		send(part, newContent(s.seed, p.name, i+1, p.size).reader())
		if flush(w) != nil {
			return
		}
	}
	if err := m.Close(); err != nil {
		return // the client has gone
	}
}

// scaled returns a wait of the plan as long as it is on this server.
func (s *Server) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.speed)
}

// resource is what the server remembers of one URL (path and query).
type resource struct {
	gets  int // that were authorised
	bumps int // calls of Change
}

func resourceKey(u *url.URL) string { return fmt.Sprintf("%s?%s", u.Path, u.RawQuery) }

// count counts r if it is a GET (or an upload), and returns its number, from 1,
// and the version of the file that it gets.
func (s *Server) count(r *http.Request, p plan) (n, version int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	res := s.resource(r.URL)
	if r.Method != http.MethodHead {
		res.gets++
	}
	return max(res.gets, 1), res.version(p)
}

// resource returns the state of u; s.mu must be held.
func (s *Server) resource(u *url.URL) *resource {
	key := resourceKey(u)
	res := s.resources[key]
	if res == nil {
		res = &resource{}
		s.resources[key] = res
	}
	return res
}

// version returns the version that the last GET got.
func (r *resource) version(p plan) int {
	if p.version > 0 {
		return p.version
	}
	v := 1 + r.bumps
	if p.changes > 0 {
		v += (max(r.gets, 1) - 1) / p.changes
	}
	return v
}
