package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Options of a server. The zero value is usable.
type Options struct {
	// Seed decides the bytes of all files.
	Seed uint64
	// Speed multiplies all rates and divides all waits; 0 is 1.
	Speed float64
	// Certificate is presented over https. nil: a self-signed one for the
	// hosts of the server, made when it is first needed. See [SelfSigned].
	Certificate *tls.Certificate
}

// Server is the demo server. Its methods may be called from any goroutine. It
// belongs to the synctest bubble in which New was called, if any.
type Server struct {
	seed  uint64
	speed float64

	log    requestLog
	sums   sums
	digest digestAuth

	life context.Context // ends with Close
	kill context.CancelFunc

	mu        sync.Mutex
	closed    bool
	at        Addresses
	resources map[string]*resource
	cert      *tls.Certificate
	servers   []*http.Server

	serving  sync.WaitGroup // the accept loops
	conns    sync.WaitGroup // the connections, each with its goroutines
	handlers sync.WaitGroup // the handlers: HTTP/2 runs them beside the connection
}

// New returns a server that listens nowhere yet.
func New(opts Options) *Server {
	s := &Server{seed: opts.Seed, speed: opts.Speed, cert: opts.Certificate, resources: make(map[string]*resource)}
	if s.speed <= 0 {
		s.speed = 1
	}
	s.life, s.kill = context.WithCancel(context.Background())
	return s
}

// Handler returns the handler, for a server of one's own. Redirects to another
// host need addresses and so only work after Start or StartOn.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Log returns what was asked so far, in the order of arrival.
func (s *Server) Log() []Entry {
	entries, _ := s.log.snapshot()
	return entries
}

// Await waits until the log satisfies done and returns it, or fails with ctx's
// error. An entry changes while its exchange is under way.
func (s *Server) Await(ctx context.Context, done func([]Entry) bool) ([]Entry, error) {
	for {
		entries, changed := s.log.snapshot()
		if done(entries) {
			return entries, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return entries, ctx.Err()
		}
	}
}

// SHA256 returns the checksum, in hexadecimal, of the whole file at path (with
// its query), decoded, in the version that it has now. It is "" if path is not
// understood.
func (s *Server) SHA256(path string) string {
	u, p, err := parsePath(path)
	if err != nil {
		return ""
	}
	s.mu.Lock()
	version := s.resource(u).version(p)
	s.mu.Unlock()
	return s.sums.sha256(newContent(s.seed, p.name, version, p.size))
}

// Change puts a new version at path (with its query), of the same size: bytes
// and validators differ from the next request on.
func (s *Server) Change(path string) error {
	u, _, err := parsePath(path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resource(u).bumps++
	return nil
}

func parsePath(path string) (*url.URL, plan, error) {
	u, err := url.Parse(path)
	if err != nil {
		return nil, plan{}, err
	}
	p, err := parsePlan(u)
	return u, p, err
}

// Start listens on free loopback ports. The files are at 127.0.0.1, the mirror
// at localhost, whichever address that has.
func (s *Server) Start() (Addresses, error) {
	var groups [4][]net.Listener
	for i := range groups {
		group, err := loopback()
		if err != nil {
			for _, g := range groups {
				closeAll(g)
			}
			return Addresses{}, err
		}
		groups[i] = group
	}
	var ports [4]int
	for i, group := range groups {
		ports[i] = port(group[0])
	}
	a := Addresses{
		Files:     fmt.Sprintf("http://127.0.0.1:%d", ports[0]),
		Mirror:    fmt.Sprintf("http://localhost:%d", ports[1]),
		OtherPort: fmt.Sprintf("http://127.0.0.1:%d", ports[1]),
		FilesTLS:  fmt.Sprintf("https://127.0.0.1:%d", ports[2]),
		MirrorTLS: fmt.Sprintf("https://localhost:%d", ports[3]),
	}
	return a, s.start(a, slices.Concat(groups[0], groups[1]), slices.Concat(groups[2], groups[3]))
}

// StartOn listens on n: on ports 80, 443 and 8080 of files.demo.test, and on
// 80 and 443 of mirror.demo.test.
func (s *Server) StartOn(n *Network) (Addresses, error) {
	var plain, secure []net.Listener
	for _, addr := range []string{"files.demo.test:80", "mirror.demo.test:80", "files.demo.test:8080", "files.demo.test:443", "mirror.demo.test:443"} {
		l, err := n.Listen(addr)
		if err != nil {
			closeAll(plain)
			closeAll(secure)
			return Addresses{}, err
		}
		if _, p, err := net.SplitHostPort(addr); err == nil && p == "443" {
			secure = append(secure, l)
		} else {
			plain = append(plain, l)
		}
	}
	a := Addresses{
		Files: "http://files.demo.test", FilesTLS: "https://files.demo.test",
		Mirror: "http://mirror.demo.test", MirrorTLS: "https://mirror.demo.test",
		OtherPort: "http://files.demo.test:8080",
	}
	return a, s.start(a, plain, secure)
}

func (s *Server) start(a Addresses, plain, secure []net.Listener) error {
	s.mu.Lock()
	s.at = a
	s.mu.Unlock()
	var failed error
	for _, l := range plain {
		failed = errors.Join(failed, s.Serve(l))
	}
	for _, l := range secure {
		failed = errors.Join(failed, s.ServeTLS(l))
	}
	if failed != nil {
		return errors.Join(failed, s.Close())
	}
	return nil
}

func (s *Server) addresses() Addresses {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// Serve serves on l until Close, which closes l too. It does not block.
func (s *Server) Serve(l net.Listener) error {
	return s.serveOn(l, nil)
}

// ServeTLS is Serve with TLS, HTTP/2 included.
func (s *Server) ServeTLS(l net.Listener) error {
	cert, err := s.certificate()
	if err != nil {
		closeAll([]net.Listener{l})
		return err
	}
	return s.serveOn(l, &tls.Config{Certificates: []tls.Certificate{*cert}})
}

func (s *Server) serveOn(l net.Listener, config *tls.Config) error {
	hs := &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         config,
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return s.life },
		// A client that distrusts the certificate is an everyday event here,
		// and the terminal belongs to the monitor.
		ErrorLog: log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew: // on the accept loop, which serving waits for
				s.conns.Add(1)
			case http.StateClosed:
				s.conns.Done()
			}
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		closeAll([]net.Listener{l})
		return http.ErrServerClosed
	}
	s.servers = append(s.servers, hs)
	s.serving.Go(func() {
		// The only end is Close: an in-memory or loopback listener does not
		// fail for another reason.
		if config != nil {
			_ = hs.ServeTLS(l, "", "")
			return
		}
		_ = hs.Serve(l)
	})
	return nil
}

// Close cuts all connections and returns when every goroutine of the server
// has ended.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	servers := s.servers
	s.servers = nil
	s.mu.Unlock()
	s.kill()
	var failed error
	for _, hs := range servers {
		failed = errors.Join(failed, hs.Close())
	}
	s.serving.Wait()
	s.conns.Wait()
	s.handlers.Wait()
	return failed
}

// enter lets a handler in, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// certificate returns the one of the options, or makes one.
func (s *Server) certificate() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cert == nil {
		hosts := []string{"files.demo.test", "mirror.demo.test", "localhost", "127.0.0.1", "::1"}
		cert, err := SelfSigned(hosts, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
		if err != nil {
			return nil, err
		}
		s.cert = &cert
	}
	return s.cert, nil
}

// Roots returns a pool that trusts the server's certificate.
func (s *Server) Roots() (*x509.CertPool, error) {
	cert, err := s.certificate()
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return pool, nil
}

// loopback listens on a free port of 127.0.0.1 and, where there is IPv6, on the
// same port of ::1, because "localhost" may mean either.
func loopback() ([]net.Listener, error) {
	for try := 0; ; try++ {
		four, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port(four)))
		switch {
		case err == nil:
			return []net.Listener{four, six}, nil
		case errors.Is(err, syscall.EADDRINUSE) && try < 20:
			closeAll([]net.Listener{four}) // somebody else's: not the same server
		default:
			return []net.Listener{four}, nil // no IPv6 here
		}
	}
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// closeAll closes listeners that were never used, which cannot fail in a way
// that anybody could act upon.
func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}
