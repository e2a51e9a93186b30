package link

import (
	"context"
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
