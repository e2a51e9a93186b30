package session

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

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

// Queue runs functions later, on a goroutine of its own.
type Queue interface{ Submit(func()) }

// DefaultConfiguration keeps cookies and credentials for as long as the
// session lives, with the defaults named at the fields.
func DefaultConfiguration() Configuration { panic("contract") }

// EphemeralConfiguration is like DefaultConfiguration with stores of its own
// and nothing written to disk but the bodies of downloads.
func EphemeralConfiguration() Configuration { panic("contract") }
