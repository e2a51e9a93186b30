package transfer

import (
	"context"
	"net/http"
	"time"
)

// Request is one request with what watches it.
type Request struct {
	// HTTP is the request. Its body, if any, is read once and closed. Nothing
	// is added to its header but what HTTP itself demands; no content coding
	// is asked for or undone.
	HTTP *http.Request
	// IdleTimeout is the longest time without a byte in either direction.
	// 0: no limit.
	IdleTimeout time.Duration
	// Gate holds the exchange still while it is shut. nil: always open.
	Gate *Gate
	// Sent is told the bytes of the body handed to the transport.
	Sent func(n int64)
	// Informational is told each 1xx response but 101.
	Informational func(code int, header http.Header)
}

// Exchange is one exchange whose response head has arrived.
type Exchange struct {
	// Response is the response; reading its Body counts, watches the idle
	// time and obeys the gate. A body that ends before its declared length,
	// or without the end that its framing or TLS demands, fails with
	// io.ErrUnexpectedEOF.
	Response *http.Response
}

// Transaction returns what has been measured so far.
func (x *Exchange) Transaction() Transaction { panic("contract") }

// Transaction is the life of one request and its response. A zero time means
// that the step was not done (a reused connection has no DNS, connect or TLS).
type Transaction struct {
	URL    string // redacted
	Method string
	Status int

	FetchStart, DNSStart, DNSDone, ConnectStart, ConnectDone, TLSStart, TLSDone,
	RequestStart, RequestDone, ResponseStart, ResponseDone time.Time

	Protocol              string // "HTTP/1.1", "HTTP/2.0"
	LocalAddr, RemoteAddr string // address:port
	Reused, Proxied       bool
	TLSVersion, TLSCipher string

	BodySent, BodyReceived int64 // bytes
}

// Gate is open or shut; what passes it waits while it is shut.
type Gate struct{}

// NewGate returns an open gate.
func NewGate() *Gate { panic("contract") }

// Shut closes the gate, Open opens it. Both may be called at any time.
func (g *Gate) Shut() { panic("contract") }

// Open lets everything through that waits.
func (g *Gate) Open() { panic("contract") }

// Wait returns nil once the gate is open, or ctx's error.
func (g *Gate) Wait(ctx context.Context) error { panic("contract") }
