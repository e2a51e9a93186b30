package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"runtime/debug"

	"haul/session/internal/wire"
)

// Conn is a connection to an agent of this version, after the handshake. Safe
// for use by several goroutines.
type Conn struct {
	// Greeting is what the agent said of itself.
	Greeting wire.Greeting

	client *client
	at     Places // of the agent, zero where it was reached by Options.Dial
}

// CallError is an error that the agent returned.
type CallError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *CallError) Error() string { return e.Message }

// ProtocolError says that the agent is of another version than this program.
type ProtocolError struct{ Greeting wire.Greeting }

func (e *ProtocolError) Error() string {
	which, what := "a newer", "use that one here too"
	if e.Greeting.Protocol < wire.Protocol {
		which, what = "an older", "stop it with `haul agent stop` when its transfers are done"
	}
	return fmt.Sprintf("the agent (process %d) is of %s haul, %s: it speaks protocol %d, this program %d; %s",
		e.Greeting.PID, which, e.Greeting.Version, e.Greeting.Protocol, wire.Protocol, what)
}

// Version is the version of this program, for people.
func Version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(unknown)"
}

// handshake makes a connection out of conn. at is zero where no agent can be
// started. notify may be nil; it is called by the goroutine that reads, in the
// order in which the agent spoke, and must not wait for a call.
func handshake(ctx context.Context, conn net.Conn, at Places, notify func(method string, params []byte)) (*Conn, error) {
	c := &Conn{client: newClient(conn, notify), at: at}
	err := c.Call(ctx, wire.MethodHello, wire.Hello{Protocol: wire.Protocol, Version: Version()}, &c.Greeting)
	if err == nil && c.Greeting.Protocol != wire.Protocol {
		return c, &ProtocolError{c.Greeting}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the agent does not answer: %w", err), c.Close())
	}
	return c, nil
}

// Call calls a method. params and result may be nil. Errors of the agent are
// *[CallError].
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	text, err := c.client.call(ctx, method, params)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(text, result)
}

// ErrLost says that the connection ended before the answer came.
var ErrLost = errors.New("the connection to the agent was lost")

// Ended is closed when the connection has ended.
func (c *Conn) Ended() <-chan struct{} { return c.client.ended }

// Close ends the connection.
func (c *Conn) Close() error {
	err := c.client.ch.Close()
	<-c.client.ended
	if errors.Is(err, net.ErrClosed) {
		return nil // it had ended
	}
	return err
}
