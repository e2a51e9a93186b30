package session

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	"golang.org/x/net/publicsuffix"

	"haul/transfer"
	"haul/transfer/partial"
)

// Configuration says how a session behaves. [New] copies it; a change after
// that has no effect. Make one with [DefaultConfiguration] or
// [EphemeralConfiguration] and change fields (guide step 1).
type Configuration struct {
	// TimeoutForRequest is the longest time in which nothing moves, 60 s by
	// default. 0: no limit.
	TimeoutForRequest time.Duration
	// TimeoutForResource is the longest time for the whole task, redirects,
	// retries and waiting included, 7 days by default. 0: no limit.
	TimeoutForResource time.Duration
	// AdditionalHeaders go on every request that does not have the field.
	AdditionalHeaders http.Header
	// MaxConnectionsPerHost bounds HTTP/1.1 connections to one host, 6 by
	// default. 0: no bound.
	MaxConnectionsPerHost int
	// RootCAs are the roots of server trust. nil: the system's.
	RootCAs *x509.CertPool
	// Credentials is the storage that challenges are answered from and
	// accepted credentials are kept in. nil: none is kept.
	Credentials *CredentialStorage
	// Cookies keeps cookies. nil: none are kept or sent.
	Cookies http.CookieJar
	// Dial makes connections. nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy picks the proxy of a request. nil: none.
	Proxy func(*http.Request) (*url.URL, error)
	// DisableHTTP2 keeps to HTTP/1.1.
	DisableHTTP2 bool
	// Limiter bounds the rate of all downloads together. nil: none.
	Limiter transfer.Limiter
	// TemporaryDirectory is where bodies of downloads are kept whose task
	// names no partial file. "": a directory of the session's own, removed
	// when the session becomes invalid.
	TemporaryDirectory string
	// Files is the file system of partial files. nil: the machine's.
	Files partial.FS
	// Checkpoint bounds what a crash can lose of a download.
	Checkpoint partial.CheckpointPolicy
	// DelegateQueue runs facts and completion handlers. nil: a private
	// serial queue. A queue of one's own is not serialised by the session.
	DelegateQueue Queue
}

// DefaultConfiguration keeps cookies and credentials in memory for as long as
// it lives itself: sessions made with one configuration share them.
func DefaultConfiguration() Configuration { return EphemeralConfiguration() }

// EphemeralConfiguration is a configuration with stores of its own and nothing
// written to disk but the bodies of downloads.
func EphemeralConfiguration() Configuration {
	// New fails only on options that are not given here.
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	return Configuration{
		TimeoutForRequest:     60 * time.Second,
		TimeoutForResource:    7 * 24 * time.Hour,
		MaxConnectionsPerHost: 6,
		Credentials:           NewCredentialStorage(),
		Cookies:               jar,
	}
}

// snapshot copies the configuration, so that a change of the original does not
// reach the session. Stores, pools, limiters and queues stay shared.
func (c Configuration) snapshot() Configuration {
	c.AdditionalHeaders = c.AdditionalHeaders.Clone()
	return c
}

type requestTimeoutKey struct{}

// WithTimeout returns a copy of r whose task uses d instead of
// [Configuration.TimeoutForRequest], on every hop of a redirect too. 0: no
// limit.
func WithTimeout(r *http.Request, d time.Duration) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestTimeoutKey{}, d))
}

// requestTimeout is the idle limit of r.
func (c Configuration) requestTimeout(r *http.Request) time.Duration {
	if d, ok := r.Context().Value(requestTimeoutKey{}).(time.Duration); ok {
		return d
	}
	return c.TimeoutForRequest
}
