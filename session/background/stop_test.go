package background_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/background"
	"haul/session/internal/wire"
)

// pipes is a listener to which connections in this process are given.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, open := <-p; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error {
	close(p)
	return nil
}

func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// TestAnAgentEndsBehindItsReply leaves the reply unread for longer than an agent
// takes to end.
func TestAnAgentEndsBehindItsReply(t *testing.T) {
	a, err := background.New(background.Options{
		Location: session.Agent{StateDirectory: t.TempDir(), RuntimeDirectory: t.TempDir()},
	})
	if err != nil {
		t.Fatal(err)
	}
	door, ended := make(pipes), make(chan error, 1)
	go func() { ended <- a.Serve(t.Context(), door) }()
	ours, theirs := net.Pipe()
	door <- theirs
	say(t, ours, `{"jsonrpc":"2.0","id":1,"method":"agent.hello","params":{"protocol":2,"version":"x"}}`)
	c := wire.NewChannel(ours)
	if err := c.Send([]byte(`{"jsonrpc":"2.0","id":2,"method":"agent.stop","params":{}}`)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Fatal("the agent has ended without a reply:", err)
	case <-time.After(300 * time.Millisecond):
	}
	if reply, err := c.Recv(); err != nil || !strings.Contains(string(reply), `"result":true`) {
		t.Errorf("%s, %v", reply, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := c.Recv(); !errors.Is(err, io.EOF) {
		t.Error("the connection ends with", err)
	}
}

// oldAgent is an agent of another version on a socket, which has nothing to do,
// and takes its time to end when it is told to.
func oldAgent(t *testing.T, socket string) {
	t.Helper()
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	stop, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(stop, func() {
				_ = ln.Close()   // its end
				_ = conn.Close() // also for a second time
			})
			go oldPeer(conn, func() { time.AfterFunc(300*time.Millisecond, cancel) })
		}
	}()
}

// oldPeer answers what a program says to an agent of another version.
func oldPeer(conn net.Conn, stop func()) {
	c := wire.NewChannel(conn)
	for {
		msg, err := c.Recv()
		if err != nil {
			return
		}
		var r struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		result := `{"protocol":0,"version":"0.1","pid":42}`
		if json.Unmarshal(msg, &r) == nil && r.Method == wire.MethodStop {
			result = "true"
			stop()
		}
		if c.Send(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":%s}`, r.ID, result)) != nil {
			return
		}
	}
}

func TestAnIdleAgentOfAnotherVersionMakesRoom(t *testing.T) {
	state, runtime := t.TempDir(), shortDir(t)
	oldAgent(t, filepath.Join(runtime, "agent.sock"))
	at := processAgent(state, runtime)
	c, err := background.Dial(t.Context(), at, true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Status(t.Context())
	if err != nil || s.Protocol != wire.Protocol {
		t.Errorf("%+v, %v", s, err)
	}
	if err := errors.Join(c.Stop(t.Context(), true), c.Close()); err != nil {
		t.Error(err)
	}
	awaitEnd(t, s.PID)
}

// awaitEnd waits until an agent that this process has started is gone.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	await(t, func() bool {
		p, err := os.FindProcess(pid)
		return err != nil || p.Signal(syscall.Signal(0)) != nil
	})
}

// TestAnAgentThatWasStoppedMayBeStartedAgain has a program there that starts
// the next agent at once: who has stopped this one does not wait for that one.
func TestAnAgentThatWasStoppedMayBeStartedAgain(t *testing.T) {
	at := processAgent(t.TempDir(), shortDir(t))
	cfg := session.BackgroundConfiguration("a")
	cfg.Agent = at
	rec := trace.New(t)
	rec.Background()
	s, err := session.New(cfg, rec)
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for n := range 2 {
		var c *background.Client
		var status background.Status
		await(t, func() bool { // the program starts it
			c, err = background.Dial(t.Context(), at, false)
			if err == nil {
				status, err = c.Status(t.Context())
			}
			return err == nil
		})
		pids = append(pids, status.PID)
		if n == 1 { // nobody starts a third one
			s.Detach()
			s.Wait()
		}
		if err := errors.Join(c.Stop(t.Context(), true), c.Close()); err != nil {
			t.Error(err)
		}
	}
	if pids[0] == pids[1] {
		t.Errorf("process %d was stopped twice", pids[0])
	}
	for _, pid := range pids {
		awaitEnd(t, pid)
	}
}

// TestWhoStopsAnAgentReturnsWhenItHasEnded has the agent wait for a hook before
// it ends.
func TestWhoStopsAnAgentReturnsWhenItHasEnded(t *testing.T) {
	server := serve(t, files())
	begun, proceed := make(chan struct{}), make(chan struct{})
	o := background.Options{Linger: -1, Hook: func(context.Context, background.Event) {
		close(begun)
		<-proceed
	}}
	o.Location.StateDirectory, o.Location.RuntimeDirectory = t.TempDir(), shortDir(t)
	ended := make(chan error, 1)
	go func() { ended <- background.Run(context.Background(), o) }()
	var c *background.Client
	await(t, func() (ok bool) {
		var err error
		c, err = background.Dial(t.Context(), o.Location, false)
		return err == nil
	})
	if _, err := c.Create(t.Context(), background.Create{
		Identifier: "a", Kind: "download", Start: true, Request: &background.Request{URL: server.URL + "/f"},
	}); err != nil {
		t.Fatal(err)
	}
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop(t.Context(), true) }()
	select {
	case err := <-stopped:
		t.Error("the agent is said to have ended:", err)
		stopped <- err
	case <-time.After(300 * time.Millisecond):
	}
	close(proceed)
	if err := errors.Join(<-stopped, <-ended, c.Close()); err != nil {
		t.Error(err)
	}
}
