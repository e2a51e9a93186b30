package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"runtime/debug"

	"github.com/creachadair/jrpc2"

	"haul/session/internal/wire"
)

// Conn is a connection to an agent of this version, after the handshake. Safe
// for use by several goroutines.
type Conn struct {
	// Greeting is what the agent said of itself.
	Greeting wire.Greeting

	conn   net.Conn
	client *jrpc2.Client
	ended  chan struct{}
	at     Places // of the agent, zero where it was reached by Options.Dial
}

// CallError is an error that the agent returned.
type CallError struct {
	Code    int
	Message string
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
	c := &Conn{conn: conn, ended: make(chan struct{}), at: at}
	c.client = jrpc2.NewClient(&inbound{wire.NewChannel(conn), notify}, &jrpc2.ClientOptions{
		OnStop: func(*jrpc2.Client, error) { close(c.ended) },
	})
	err := c.Call(ctx, wire.MethodHello, wire.Hello{Protocol: wire.Protocol, Version: Version()}, &c.Greeting)
	if err == nil && c.Greeting.Protocol != wire.Protocol {
		return c, &ProtocolError{c.Greeting}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the agent does not answer: %w", err), c.Close())
	}
	return c, nil
}

// inbound is a channel that hands notifications over where they are read, and
// replies to the client of jrpc2, which delivers each message in a goroutine of
// its own: a state would be taken for newer than the one that followed it.
type inbound struct {
	*wire.Channel
	notify func(method string, params []byte)
}

// Recv reads the next reply.
func (in *inbound) Recv() ([]byte, error) {
	for {
		text, err := in.Channel.Recv()
		if err != nil {
			return nil, err
		}
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params json.RawMessage `json:"params"`
		}
		if json.Unmarshal(text, &m) != nil || m.ID != nil || m.Method == "" {
			return text, nil // what is none of these the client refuses
		}
		if in.notify != nil {
			in.notify(m.Method, m.Params)
		}
	}
}

// Call calls a method. params and result may be nil. Errors of the agent are
// *[CallError].
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	r, err := c.client.Call(ctx, method, params)
	var theirs *jrpc2.Error
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil && c.client.IsStopped():
		// Also what looks like an error of the agent's is the connection's.
		return fmt.Errorf("%w: %w", ErrLost, err)
	case errors.As(err, &theirs):
		return &CallError{Code: int(theirs.Code), Message: theirs.Message}
	case err != nil && json.Valid(encoded(params)):
		// It could not be sent. Whoever reads is to see that it is over.
		return fmt.Errorf("%w: %w", ErrLost, errors.Join(err, c.conn.Close()))
	case err != nil:
		return err
	case result == nil:
		return nil
	}
	if raw, ok := result.(*json.RawMessage); ok {
		*raw = json.RawMessage(r.ResultString())
		return nil
	}
	return r.UnmarshalResult(result)
}

// encoded is params as JSON, or nothing if it cannot be.
func encoded(params any) []byte {
	text, err := json.Marshal(params)
	if err != nil {
		return nil
	}
	return text
}

// ErrLost says that the connection ended before the answer came.
var ErrLost = errors.New("the connection to the agent was lost")

// Ended is closed when the connection has ended.
func (c *Conn) Ended() <-chan struct{} { return c.ended }

// Close ends the connection.
func (c *Conn) Close() error {
	err := c.client.Close()
	<-c.ended
	return err
}
