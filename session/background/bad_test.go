package background_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/session"
	"haul/session/background"
	"haul/session/internal/wire"
)

// raw is a connection that keeps to no rule.
func (f *fixture) raw() net.Conn {
	f.t.Helper()
	conn, err := f.location().Dial(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.Close() }) // it may be closed
	return conn
}

// say sends a text as a frame and returns the reply.
func say(t *testing.T, conn net.Conn, text string) string {
	t.Helper()
	c := wire.NewChannel(conn)
	if err := c.Send([]byte(text)); err != nil {
		t.Fatal(err)
	}
	msg, err := c.Recv()
	if err != nil {
		return err.Error()
	}
	return string(msg)
}

// works checks that the agent does its work for others.
func (f *fixture) works(url string) {
	f.t.Helper()
	rec := f.recorder()
	s := f.session("works", rec)
	d, err := s.DownloadTask(get(f.t, url), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created wrote* finished metrics done(nil)")
	s.FinishTasksAndInvalidate()
	s.Wait()
}

func TestNonsenseOnAConnectionDisturbsNobody(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	for _, text := range []string{
		"GET / HTTP/1.1\r\n\r\n", "Content-Length: 1073741824\r\n\r\n", strings.Repeat("x", 5000),
		"Content-Length: -5\r\n\r\n",
	} {
		conn := f.raw()
		_, _ = io.WriteString(conn, text) // it may be closed under our hands
		// It ends, because the agent closes it.
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":`: "-32700",
		`[]`:                                "-32600",
		`{"jsonrpc":"2.0","id":1,"method":"agent.status"}`:                                    "agent.hello comes first",
		`{"jsonrpc":"2.0","id":1,"method":"no.such"}`:                                         "-32601",
		`{"jsonrpc":"2.0","id":1,"method":"agent.hello","params":[{"protocol":"one"}]}`:       "-32602",
		`{"jsonrpc":"2.0","id":1,"method":"agent.hello","params":{"protocol":2,"version":7}}`: "-32602",
	} {
		if got := say(t, f.raw(), text); !strings.Contains(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
	f.works(server.URL + "/f")
}

func TestBadParametersAreRefusedInWords(t *testing.T) {
	f := newFixture(t, background.Options{})
	c := f.client()
	for params, want := range map[string]string{
		`{"identifier":"a","kind":"data","request":{"url":"http://h/"}}`:                                  "no tasks of kind",
		`{"identifier":"a","kind":"download"}`:                                                            "no request",
		`{"identifier":"a","kind":"download","request":{"url":"ftp://h/"}}`:                               "http or https",
		`{"identifier":"a","kind":"download","request":{"url":"http://h/\u0000"}}`:                        "cannot be parsed",
		`{"identifier":"a","kind":"download","request":{"url":"http://h/","header":{"A":["b\r\nc: d"]}}}`: "not legal",
		`{"identifier":"a","kind":"download","request":{"url":"http://h/","method":"A B"}}`:               "not legal",
		`{"identifier":"","kind":"download","request":{"url":"http://h/"}}`:                               "identifier",
		`{"identifier":"a","kind":"download","request":{"url":"http://h/"},"partial_file":"/etc/passwd"}`: ".haul-part",
		`{"identifier":"a","kind":"download","request":{"url":"http://h/"},"destination":"relative"}`:     "absolute",
		`{"identifier":"a","kind":"upload","request":{"url":"http://h/"},"file":"relative"}`:              "absolute",
		`{"identifier":"a","kind":"upload","request":{"url":"http://h/"},"file":"/no/such/file"}`:         "FileDoesNotExist",
		`{"identifier":"a","kind":"upload","request":{"url":"http://h/"},"file":"/"}`:                     "FileIsDirectory",
		`{"identifier":"a","kind":"download","resume_data":{"haul":1}}`:                                   "resume data",
	} {
		_, err := c.Call(t.Context(), "task.create", json.RawMessage(params))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", params, err)
		}
	}
	if list, err := c.Tasks(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestAProgramOfAnotherVersionIsToldSo(t *testing.T) {
	f := newFixture(t, background.Options{})
	conn := f.raw()
	if got := say(t, conn, `{"jsonrpc":"2.0","id":1,"method":"agent.hello","params":{"protocol":3,"version":"9.0"}}`); !strings.Contains(got, `"protocol":2`) {
		t.Error(got)
	}
	if got := say(t, conn, `{"jsonrpc":"2.0","id":2,"method":"task.list","params":{}}`); !strings.Contains(got, "agent.hello") {
		t.Error(got)
	}
	if got := say(t, conn, `{"jsonrpc":"2.0","id":3,"method":"agent.status"}`); !strings.Contains(got, `"running":0`) {
		t.Error(got)
	}
}

// otherAgent answers the handshake as an agent of another version, and refuses to
// stop.
func otherAgent(t *testing.T, protocol int) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			c := wire.NewChannel(theirs)
			for {
				msg, err := c.Recv()
				if err != nil {
					return
				}
				var r struct {
					ID     json.RawMessage `json:"id"`
					Method string          `json:"method"`
				}
				if err := json.Unmarshal(msg, &r); err != nil {
					t.Error(err)
				}
				reply := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":5,"message":"3 tasks are under way"}}`, r.ID)
				if r.Method == wire.MethodHello {
					reply = fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"protocol":%d,"version":"7.7","pid":42}}`, r.ID, protocol)
				}
				if c.Send([]byte(reply)) != nil {
					return
				}
			}
		}()
		return ours, nil
	}
}

func TestABusyAgentOfAnotherVersionIsLeftAlone(t *testing.T) {
	for protocol, want := range map[int]string{wire.Protocol + 1: "newer haul, 7.7", wire.Protocol - 1: "older haul, 7.7"} {
		at := session.Agent{Dial: otherAgent(t, protocol)}
		if _, err := background.Dial(t.Context(), at, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("protocol %d: %v", protocol, err)
		}
	}
}

func TestAClientThatNeverReadsSlowsNobody(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	deaf := f.raw()
	for n, text := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"agent.hello","params":{"protocol":2,"version":"x"}}`,
		`{"jsonrpc":"2.0","id":2,"method":"session.open","params":{"identifier":"a","shared":true,"configuration":{}}}`,
	} {
		if n == 0 {
			say(t, deaf, text)
			continue
		}
		if err := wire.NewChannel(deaf).Send([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	await(t, func() bool { s, err := f.client().Status(t.Context()); return err == nil && s.Attached == 1 })
	rec := f.recorder()
	s := f.session("a", rec, func(c *session.Configuration) { c.Shared = true })
	for range 20 {
		d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Resume()
		rec.Expect(d, "created wrote* finished metrics done(nil)")
	}
}

func TestAClientThatDiesWhileItWaitsLeavesNothing(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	c, err := background.Dial(t.Context(), f.location(), false)
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Create(t.Context(), background.Create{
		Identifier: "a", Kind: "download", Request: &background.Request{URL: server.URL + "/f"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	calls.Go(func() {
		if _, _, err := c.Wait(t.Context(), 0, "a", id); err == nil {
			t.Error("a task that was never resumed has ended")
		}
	})
	calls.Go(func() {
		if _, _, err := c.Log(t.Context(), "a", id, 0, true); err == nil {
			t.Error("a task without a story has lines")
		}
	})
	// Another call is answered when these two are under way: they were sent
	// before it, or they fail just the same.
	if _, err := c.Status(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	calls.Wait()
	f.works(server.URL + "/f")
}

func TestAThousandClients(t *testing.T) {
	f := newFixture(t, background.Options{})
	const clients = 1000
	list := make([]*background.Client, clients)
	var all sync.WaitGroup
	for n := range list {
		all.Go(func() {
			c, err := background.Dial(t.Context(), f.location(), false)
			if err != nil {
				t.Error(err)
				return
			}
			list[n] = c
			if _, err := c.Status(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, c := range list {
		if c != nil {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestADatabaseOfANewerHaulIsLeftAlone(t *testing.T) {
	f := newFixture(t, background.Options{})
	f.stop()
	db := filepath.Join(f.o.Location.StateDirectory, "agent.db")
	setUserVersion(t, db, 99)
	if _, err := background.New(f.o); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("%v", err)
	}
	setUserVersion(t, db, 2)
}

func TestTheAgentGoesWhenNothingIsLeft(t *testing.T) {
	o := background.Options{Linger: 50 * time.Millisecond}
	o.Location.StateDirectory, o.Location.RuntimeDirectory = t.TempDir(), shortDir(t)
	server := serve(t, files())
	ended := make(chan error, 1)
	run := func() { ended <- background.Run(context.Background(), o) }
	go run()
	at := o.Location
	var c *background.Client
	await(t, func() bool {
		select {
		case err := <-ended: // before anybody came
			if err != nil {
				t.Error(err)
			}
			go run()
		default:
		}
		var err error
		c, err = background.Dial(t.Context(), at, false)
		return err == nil
	})
	dest := filepath.Join(t.TempDir(), "f")
	if _, err := c.Create(t.Context(), background.Create{
		Identifier: "a", Kind: "download", Start: true, Request: &background.Request{URL: server.URL + "/f", Method: http.MethodGet},
		Settings: background.Settings{Destination: &dest},
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(dest); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := background.Dial(t.Context(), at, false); !errors.Is(err, background.ErrNotRunning) {
		t.Errorf("%v", err)
	}
}

func TestOfTwoAgentsOneWins(t *testing.T) {
	o := background.Options{Linger: -1}
	o.Location.StateDirectory, o.Location.RuntimeDirectory = t.TempDir(), shortDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	const agents = 5
	ended := make(chan error, agents)
	for range agents {
		go func() { ended <- background.Run(ctx, o) }()
	}
	for range agents - 1 {
		if err := <-ended; !errors.Is(err, background.ErrRunning) {
			t.Errorf("%v", err)
		}
	}
	await(t, func() bool {
		c, err := background.Dial(t.Context(), o.Location, false)
		return err == nil && c.Close() == nil
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAStaleSocketIsTakenOverAndAFileInItsPlaceIsNot(t *testing.T) {
	o := background.Options{Linger: time.Millisecond}
	o.Location.StateDirectory, o.Location.RuntimeDirectory = t.TempDir(), shortDir(t)
	path := filepath.Join(o.Location.RuntimeDirectory, "agent.sock")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := background.Run(context.Background(), o); err != nil {
		t.Errorf("over a stale socket: %v", err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := background.Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("over a file: %v", err)
	}
}
