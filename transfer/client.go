package transfer

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
)

// Config says how connections are made. The zero value is usable.
type Config struct {
	// Dial makes the connection below TLS and proxies. nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is the base of every TLS configuration, cloned. nil: system roots,
	// TLS 1.2 and newer.
	TLS *tls.Config
	// VerifyServer decides on a server's certificate, in the handshake, after
	// the chain and the name were evaluated. ctx carries the values of the
	// request that caused the dial. Its error is returned by Do, unwrappable.
	// nil: id.Err decides.
	VerifyServer func(ctx context.Context, id ServerIdentity) error
	// ClientCertificate answers a request for a client certificate. nil, or a
	// nil certificate: none is sent.
	ClientCertificate func(ctx context.Context, addr string, info *tls.CertificateRequestInfo) (*tls.Certificate, error)
	// Proxy picks the proxy of a request. nil: none.
	Proxy func(*http.Request) (*url.URL, error)
	// MaxConnsPerHost bounds HTTP/1.1 connections to one host, exactly.
	// 0: no bound.
	MaxConnsPerHost int
	// MaxResponseHeaderBytes bounds a response's head. 0: 1 MiB.
	MaxResponseHeaderBytes int64
	// DisableHTTP2 keeps to HTTP/1.1.
	DisableHTTP2 bool
}

// ServerIdentity is what a server proved in a TLS handshake.
type ServerIdentity struct {
	// Host is the name that was dialled, Addr is host:port.
	Host, Addr string
	// State is the connection's state; its chains are the server's own words
	// unless Err is nil.
	State tls.ConnectionState
	// Err is the result of the default evaluation (roots, dates, host name);
	// nil when the server is to be trusted.
	Err error
}

// Client makes connections and keeps idle ones for reuse. It is safe for use
// by several goroutines.
type Client struct{}

// NewClient returns a client that makes connections as cfg says.
func NewClient(cfg Config) *Client { panic("contract") }

// Close closes idle connections and waits for what the client started itself.
// Exchanges under way are not cut: their context does that.
func (c *Client) Close() { panic("contract") }

// Do sends r and returns when the head of the final response is there. Errors
// are *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Exchange, error) { panic("contract") }
