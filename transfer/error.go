package transfer

// Phase is the step of an exchange in which it failed.
type Phase string

// The phases, in order.
const (
	PhaseRequest Phase = "request" // the request itself is no good
	PhaseResolve Phase = "resolve" // the name
	PhaseConnect Phase = "connect" // TCP, or the proxy
	PhaseTLS     Phase = "tls"     // the handshake, certificates
	PhaseSend    Phase = "send"    // request head or body
	PhaseHead    Phase = "head"    // waiting for or reading the head
	PhaseBody    Phase = "body"    // reading the body
	PhaseFile    Phase = "file"    // writing the file
)

// Error is a failed exchange. Err keeps the cause for errors.Is and errors.As;
// a cancelled context shows as context.Canceled, an idle or connect timeout as
// [ErrTimeout].
type Error struct {
	Phase Phase
	// Reused tells that the connection had served a request before, so that
	// the server may simply have closed it.
	Reused bool
	Err    error
}

func (e *Error) Error() string { panic("contract") }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

type timeoutError struct{}

func (timeoutError) Error() string { return "timed out" }
func (timeoutError) Timeout() bool { return true }

// ErrTimeout is the cause when nothing moved for Request.IdleTimeout. It is
// also a net.Error-like timeout.
var ErrTimeout error = timeoutError{}
