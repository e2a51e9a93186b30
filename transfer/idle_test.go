package transfer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const okHead = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"

// In these tests the idle time is 10 s.
func TestIdleTimeRunsOutOnlyWhenNothingMoves(t *testing.T) {
	tests := []struct {
		name  string
		phase Phase // "" when the exchange has to go well
		took  time.Duration
		dial  func(context.Context, string, string) (net.Conn, error)
	}{
		{name: "connecting", phase: PhaseConnect, took: 10 * time.Second,
			dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}},
		{name: "waiting for the head", phase: PhaseHead, took: 10 * time.Second,
			dial: pipeDial(drain)},
		{name: "in the middle of the head", phase: PhaseHead, took: 13 * time.Second,
			dial: pipeDial(func(c net.Conn) {
				readHead(c)
				time.Sleep(3 * time.Second)
				io.WriteString(c, "HTTP/1.1 200 OK\r\n")
				drain(c)
			})},
		{name: "in the middle of the body", phase: PhaseBody, took: 13 * time.Second,
			dial: pipeDial(func(c net.Conn) {
				readHead(c)
				io.WriteString(c, okHead)
				time.Sleep(3 * time.Second)
				io.WriteString(c, "abc")
				drain(c)
			})},
		{name: "a byte now and then", took: 63 * time.Second,
			dial: pipeDial(func(c net.Conn) {
				readHead(c)
				time.Sleep(9 * time.Second)
				io.WriteString(c, okHead)
				for _, b := range "abcdef" {
					time.Sleep(9 * time.Second)
					io.WriteString(c, string(b))
				}
				drain(c)
			})},
		{name: "1xx now and then", took: 45 * time.Second,
			dial: pipeDial(func(c net.Conn) {
				readHead(c)
				for range 5 {
					time.Sleep(9 * time.Second)
					io.WriteString(c, "HTTP/1.1 102 Processing\r\n\r\n")
				}
				io.WriteString(c, okHead+"abcdef")
				drain(c)
			})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewClient(Config{Dial: tt.dial})
				defer c.Close()
				start := time.Now()
				x, err := c.Do(t.Context(), Request{HTTP: get(t, "http://h/"), IdleTimeout: 10 * time.Second})
				if err == nil {
					_, err = io.ReadAll(x.Response.Body)
					x.Response.Body.Close()
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if tt.phase == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				wantError(t, err, tt.phase)
				if !errors.Is(err, ErrTimeout) || errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestIdleTimeRunsWhileTheServerTakesNoBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			readHead(conn) // and then nothing more
			<-over
			conn.Close()
		})})
		defer c.Close()
		defer close(over)
		req := get(t, "http://h/")
		req.Method, req.Body, req.ContentLength = "PUT", io.NopCloser(&endless{}), 1<<20
		_, err := c.Do(t.Context(), Request{HTTP: req, IdleTimeout: 10 * time.Second})
		wantError(t, err, PhaseSend)
		if !errors.Is(err, ErrTimeout) {
			t.Errorf("error %v", err)
		}
	})
}

type endless struct{}

func (*endless) Read(p []byte) (int, error) { return len(p), nil }

func TestNoIdleTimeRunsWhileTheSourceOfTheBodyIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			readHead(conn)
			io.ReadFull(conn, make([]byte, 4))
			io.WriteString(conn, okHead+"abcdef")
			drain(conn)
		})})
		defer c.Close()
		pr, pw := io.Pipe()
		go func() {
			for range 4 {
				time.Sleep(time.Hour)
				io.WriteString(pw, "x")
			}
			pw.Close()
		}()
		req := get(t, "http://h/")
		req.Method, req.Body, req.ContentLength = "PUT", pr, 4
		readAll(t, do(t, c, Request{HTTP: req, IdleTimeout: 10 * time.Second}))
	})
}

func TestNoIdleTimeRunsWhileTheCallerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			readHead(conn)
			io.WriteString(conn, okHead+"abcdef")
			drain(conn)
		})})
		defer c.Close()
		x := do(t, c, Request{HTTP: get(t, "http://h/"), IdleTimeout: 10 * time.Second})
		time.Sleep(time.Hour)
		if _, err := io.ReadFull(x.Response.Body, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := readAll(t, x); got != "def" {
			t.Errorf("rest %q", got)
		}
	})
}

func TestQueueingForAConnectionIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{MaxConnsPerHost: 1, Dial: pipeDial(func(conn net.Conn) {
			for readHead(conn) {
				io.WriteString(conn, okHead+"abcdef")
			}
			conn.Close()
		})})
		defer c.Close()
		first := do(t, c, Request{HTTP: get(t, "http://h/"), IdleTimeout: 10 * time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			x, err := c.Do(t.Context(), Request{HTTP: get(t, "http://h/"), IdleTimeout: 10 * time.Second})
			if err != nil {
				t.Error(err)
				return
			}
			readAll(t, x)
		})
		time.Sleep(time.Hour)
		readAll(t, first)
		wg.Wait()
	})
}

func TestShutGateKeepsAQueuedExchangeFromDialling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		answer := pipeDial(func(conn net.Conn) {
			for readHead(conn) {
				io.WriteString(conn, okHead+"abcdef")
			}
			conn.Close()
		})
		c := NewClient(Config{MaxConnsPerHost: 1, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return answer(ctx, network, addr)
		}})
		defer c.Close()
		first := do(t, c, Request{HTTP: get(t, "http://h/")})
		gate := NewGate()
		done := make(chan error, 1)
		go func() {
			x, err := c.Do(t.Context(), Request{HTTP: get(t, "http://h/"), Gate: gate, IdleTimeout: 10 * time.Second})
			if err == nil {
				err = x.Response.Body.Close()
			}
			done <- err
		}()
		synctest.Wait()
		gate.Shut()
		first.Response.Body.Close() // and with it the connection
		time.Sleep(time.Hour)
		if dials != 1 {
			t.Errorf("%d dials", dials)
		}
		gate.Open()
		if err := <-done; err != nil || dials != 2 {
			t.Errorf("%v, %d dials", err, dials)
		}
	})
}

func TestShutGateStopsTheIdleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			readHead(conn)
			io.WriteString(conn, okHead+"abc")
			drain(conn)
		})})
		defer c.Close()
		gate := NewGate()
		x := do(t, c, Request{HTTP: get(t, "http://h/"), IdleTimeout: 10 * time.Second, Gate: gate})
		var opened time.Time
		go func() {
			time.Sleep(9 * time.Second)
			gate.Shut()
			time.Sleep(time.Hour)
			opened = time.Now()
			gate.Open()
		}()
		_, err := io.ReadAll(x.Response.Body)
		x.Response.Body.Close()
		if !errors.Is(err, ErrTimeout) {
			t.Fatalf("error %v", err)
		}
		if since := time.Since(opened); since != 10*time.Second {
			t.Errorf("%v after opening, want the whole time afresh", since)
		}
	})
}

func TestShutGateStopsTheReadingAndTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		written := 0
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			readHead(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
			for {
				n, err := conn.Write(make([]byte, 1000))
				mu.Lock()
				written += n
				mu.Unlock()
				if err != nil {
					conn.Close()
					return
				}
			}
		})})
		defer c.Close()
		gate := NewGate()
		ctx, cancel := context.WithCancel(t.Context())
		x, err := c.Do(ctx, Request{HTTP: get(t, "http://h/"), Gate: gate, IdleTimeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		gate.Shut()
		done := make(chan error, 1)
		go func() {
			_, err := Copy(ctx, &memory{}, 0, x.Response.Body, CopyOptions{Want: 10000000})
			done <- err
		}()
		synctest.Wait()
		mu.Lock()
		before := written
		mu.Unlock()
		time.Sleep(time.Hour)
		mu.Lock()
		after := written
		mu.Unlock()
		if before != after || x.Transaction().BodyReceived != 0 {
			t.Errorf("sent %d, then %d; received %d", before, after, x.Transaction().BodyReceived)
		}
		cancel() // gets through a shut gate
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		x.Response.Body.Close()
	})
}

func TestShutGateHoldsTheUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate()
		var got int
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			readHead(conn)
			gate.Shut()
			got, _ = io.ReadFull(conn, make([]byte, 100_000))
			io.WriteString(conn, okHead+"abcdef")
			drain(conn)
		})})
		defer c.Close()
		req := get(t, "http://h/")
		req.Method, req.Body, req.ContentLength = "PUT", io.NopCloser(io.LimitReader(&endless{}, 100_000)), 100_000
		start := time.Now()
		go func() {
			time.Sleep(time.Hour)
			gate.Open()
		}()
		readAll(t, do(t, c, Request{HTTP: req, Gate: gate, IdleTimeout: time.Second}))
		if got != 100_000 || time.Since(start) != time.Hour {
			t.Errorf("%d bytes after %v", got, time.Since(start))
		}
	})
}

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var zero Gate
		var none *Gate
		for _, g := range []*Gate{NewGate(), &zero, none} {
			if err := g.Wait(t.Context()); err != nil {
				t.Errorf("open gate: %v", err)
			}
		}
		g := NewGate()
		g.Shut()
		g.Shut()
		passed := 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := g.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				passed++
				mu.Unlock()
			})
		}
		synctest.Wait()
		if passed != 0 {
			t.Errorf("%d passed a shut gate", passed)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := g.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		g.Open()
		g.Open()
		wg.Wait()
		if passed != 3 {
			t.Errorf("%d passed", passed)
		}
	})
}

// Concurrency of gate, watchdog and exchange; for the race detector.
func TestGateMayBeMovedAtAnyTime(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			w.Write(make([]byte, 10_000))
		}
	})
	c := newClient(t, Config{})
	gate := NewGate()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				gate.Shut()
				gate.Open()
			}
		}
	})
	for range 20 {
		x := do(t, c, Request{HTTP: get(t, s.URL), Gate: gate, IdleTimeout: time.Minute})
		if got := readAll(t, x); len(got) != 1_000_000 {
			t.Errorf("%d bytes", len(got))
		}
	}
	close(stop)
	wg.Wait()
}
