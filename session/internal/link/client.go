package link

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"sync"

	"haul/session/internal/wire"
)

// client calls methods by JSON-RPC 2.0. One goroutine reads, and hands over what
// it reads in the order in which the agent spoke: a state is not taken for newer
// than the one behind it, and a reply is not lost to the end of the connection
// that follows it. Safe for use by several goroutines.
type client struct {
	ch     *wire.Channel
	notify func(method string, params []byte) // nil: nobody wants to know

	sending sync.Mutex

	mu      sync.Mutex
	last    int64 // number of the latest call
	waiting map[string]chan reply

	ended chan struct{} // closed when the connection has ended
	why   error         // of the end
}

// request is a call as it is sent.
type request struct {
	Version string `json:"jsonrpc"`
	ID      int64  `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
}

// message is what the agent says: a reply, or without an ID a notification.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	reply
}

// reply has an error, or a result.
type reply struct {
	Result json.RawMessage `json:"result"`
	Error  *CallError      `json:"error"`
}

// newClient makes a client on conn, which it closes. notify is called by the
// goroutine that reads and must not wait for a call.
func newClient(conn net.Conn, notify func(method string, params []byte)) *client {
	c := &client{ch: wire.NewChannel(conn), notify: notify, waiting: make(map[string]chan reply), ended: make(chan struct{})}
	go c.read()
	return c
}

// read takes in what the agent says until the connection ends.
func (c *client) read() {
	defer close(c.ended)
	for {
		var m message
		text, err := c.ch.Recv()
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		switch {
		case err != nil:
			c.why = err
			_ = c.ch.Close() // it is of no use any more
			return
		case m.ID != nil && m.Method == "":
			if ch := c.forget(string(m.ID)); ch != nil { // else nobody waits any more
				ch <- m.reply
			}
		case m.ID == nil && m.Method != "" && c.notify != nil:
			c.notify(m.Method, m.Params)
		}
	}
}

// forget lets nobody wait for a reply, and returns where somebody did.
func (c *client) forget(id string) chan reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := c.waiting[id]
	delete(c.waiting, id)
	return ch
}

// call calls a method and returns the result.
func (c *client) call(ctx context.Context, method string, params any) (json.RawMessage, error) {
	ch := make(chan reply, 1) // whoever reads does not wait for whoever called
	c.mu.Lock()
	c.last++
	number := c.last
	id := strconv.FormatInt(number, 10)
	c.waiting[id] = ch
	c.mu.Unlock()
	defer c.forget(id)
	text, err := json.Marshal(request{Version: "2.0", ID: number, Method: method, Params: params})
	if err != nil {
		return nil, err
	}
	c.sending.Lock()
	err = c.ch.Send(text)
	c.sending.Unlock()
	if err != nil {
		_ = c.ch.Close() // whoever reads is to see that it is over
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	select {
	case r := <-ch:
		return r.unpack()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
	}
	select {
	case r := <-ch: // it came before the end
		return r.unpack()
	default:
		return nil, fmt.Errorf("%w: %w", ErrLost, c.why)
	}
}

func (r reply) unpack() (json.RawMessage, error) {
	if r.Error != nil {
		return nil, r.Error
	}
	return r.Result, nil
}
