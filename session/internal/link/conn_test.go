package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/handler"

	"haul/session/internal/wire"
)

// agent is one end of a connection whose other end greets, and has methods.
func agent(t *testing.T, methods handler.Map) (*jrpc2.Server, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	methods[wire.MethodHello] = handler.New(func(context.Context, wire.Hello) (wire.Greeting, error) {
		return wire.Greeting{Protocol: wire.Protocol}, nil
	})
	srv := jrpc2.NewServer(methods, &jrpc2.ServerOptions{AllowPush: true, DisableBuiltin: true})
	srv.Start(wire.NewChannel(theirs))
	t.Cleanup(func() {
		srv.Stop()
		srv.WaitStatus()
	})
	return srv, ours
}

func TestNotificationsAreHeardInTheOrderInWhichTheyWereSent(t *testing.T) {
	const most = 5000
	srv, ours := agent(t, handler.Map{})
	heard := make(chan string, most)
	c, err := handshake(t.Context(), ours, Places{}, func(_ string, params []byte) { heard <- string(params) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	for n := range most {
		if err := srv.Notify(t.Context(), wire.NotifyTasks, []int{n}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range most {
		if got := <-heard; got != fmt.Sprintf("[%d]", n) {
			t.Fatalf("notification %d is %s", n, got)
		}
	}
}

// TestAReplyIsHeardAlthoughTheConnectionEndsBehindIt has the other end close at
// once after its reply, as an agent does that was told to stop.
func TestAReplyIsHeardAlthoughTheConnectionEndsBehindIt(t *testing.T) {
	for _, end := range []struct {
		name, reply string
		holds       func(result json.RawMessage, err error) bool
	}{
		{"a result", `"result":true`, func(r json.RawMessage, err error) bool { return err == nil && string(r) == "true" }},
		{"an error", `"error":{"code":5,"message":"busy"}`, func(_ json.RawMessage, err error) bool {
			var e *CallError
			return errors.As(err, &e) && e.Code == 5
		}},
	} {
		t.Run(end.name, func(t *testing.T) {
			for range 300 {
				ours, theirs := net.Pipe()
				ended := make(chan error, 1)
				go func() {
					ch := wire.NewChannel(theirs)
					_, err := ch.Recv()
					ended <- errors.Join(err, ch.Send([]byte(`{"jsonrpc":"2.0","id":1,`+end.reply+`}`)), ch.Close())
				}()
				c := &Conn{client: newClient(ours, nil)}
				var result json.RawMessage
				err := c.Call(t.Context(), wire.MethodStop, nil, &result)
				if !end.holds(result, err) {
					t.Fatalf("%s, %v", result, err)
				}
				<-c.Ended()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
