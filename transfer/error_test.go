package transfer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRefusedRequests(t *testing.T) {
	tests := []struct {
		name string
		req  *http.Request
	}{
		{"no URL", &http.Request{}},
		{"no host", &http.Request{URL: &url.URL{Scheme: "http", Path: "/x"}}},
		{"port alone", &http.Request{URL: &url.URL{Scheme: "http", Host: ":80"}}},
		{"other scheme", &http.Request{URL: &url.URL{Scheme: "file", Path: "/etc/passwd"}}},
		{"port too large", &http.Request{URL: &url.URL{Scheme: "http", Host: "h:999999"}}},
		{"port 0", &http.Request{URL: &url.URL{Scheme: "http", Host: "h:0"}}},
		{"bad method", &http.Request{Method: "G ET", URL: &url.URL{Scheme: "http", Host: "h"}}},
		{"line break in a field", &http.Request{URL: &url.URL{Scheme: "http", Host: "h"}, Header: http.Header{"X": {"a\r\nB: c"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Config{Dial: func(context.Context, string, string) (net.Conn, error) {
				t.Error("dialled")
				return nil, errors.New("no")
			}})
			_, err := c.Do(t.Context(), Request{HTTP: tt.req})
			wantError(t, err, PhaseRequest)
		})
	}
}

func TestFailedDialsHaveTheirPhase(t *testing.T) {
	dnsErr := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}}
	slow := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ETIMEDOUT)}
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	tests := []struct {
		err   error
		phase Phase
		is    error
	}{
		{dnsErr, PhaseResolve, nil},
		{&net.DNSError{Err: "timeout", IsTimeout: true}, PhaseResolve, ErrTimeout},
		{refused, PhaseConnect, syscall.ECONNREFUSED},
		{slow, PhaseConnect, ErrTimeout},
		{slow, PhaseConnect, syscall.ETIMEDOUT},
	}
	for _, tt := range tests {
		for _, scheme := range []string{"http", "https"} {
			c := newClient(t, Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, tt.err }})
			_, err := c.Do(t.Context(), Request{HTTP: get(t, scheme+"://h/")})
			e := wantError(t, err, tt.phase)
			if !errors.Is(err, tt.err) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v: cause lost in %v", tt.err, err)
			}
			if e.Reused {
				t.Error("reused")
			}
		}
	}
}

func TestRefusedPortIsAConnectError(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	_, err = newClient(t, Config{}).Do(t.Context(), Request{HTTP: get(t, "http://u:topsecret@"+addr+"/p?token=topsecret")})
	wantError(t, err, PhaseConnect)
	if !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "topsecret") || strings.Contains(err.Error(), "/p") {
		t.Errorf("error %v", err)
	}
}

func TestDeadlineOfTheCallerIsNoIdleTimeout(t *testing.T) {
	addr := rawServer(t, drain)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := newClient(t, Config{}).Do(ctx, Request{HTTP: get(t, "http://"+addr)})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) {
		t.Errorf("error %v", err)
	}
}

func TestBrokenHeads(t *testing.T) {
	tests := []struct{ name, send string }{
		{"nothing", ""},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Len"},
		{"not HTTP", "220 ftp\x1b]0;owned\x07\r\n\r\n"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy"},
		{"length that is none", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx"},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"},
		{"bad field", "HTTP/1.1 200 OK\r\n\x1b[31m\u202e no colon\r\n\r\n"},
		{"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := rawServer(t, func(c net.Conn) {
				io.WriteString(c, tt.send)
				c.(*net.TCPConn).CloseWrite()
				drain(c)
			})
			_, err := newClient(t, Config{}).Do(t.Context(), Request{HTTP: get(t, "http://"+addr)})
			wantError(t, err, PhaseHead)
			if strings.ContainsAny(err.Error(), "\x1b\x07\u202e") {
				t.Errorf("raw bytes in %q", err.Error())
			}
			if tt.send == "" && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestBrokenBodies(t *testing.T) {
	tests := []struct {
		name, send string
		want       string // what arrives
		err        error  // nil: any error; io.EOF: none
	}{
		{"short of its length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "abc", io.ErrUnexpectedEOF},
		{"cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "abc", io.ErrUnexpectedEOF},
		{"cut between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc", io.ErrUnexpectedEOF},
		{"bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n-4\r\n", "abc", nil},
		{"to the end, plain", "HTTP/1.1 200 OK\r\n\r\nabc", "abc", io.EOF},
		{"to the end, HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nabc", "abc", io.EOF},
		{"bytes behind the end", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabcdef", "abc", io.EOF},
		{"length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc", io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := rawServer(t, func(c net.Conn) {
				io.WriteString(c, tt.send)
				c.(*net.TCPConn).CloseWrite()
				drain(c)
			})
			x := do(t, newClient(t, Config{}), Request{HTTP: get(t, "http://"+addr)})
			defer x.Response.Body.Close()
			got, err := io.ReadAll(x.Response.Body)
			if string(got) != tt.want || int64(len(got)) != x.Transaction().BodyReceived {
				t.Errorf("body %q, counted %d", got, x.Transaction().BodyReceived)
			}
			if tt.err == io.EOF {
				if err != nil || x.Transaction().ResponseDone.IsZero() {
					t.Errorf("error %v", err)
				}
				return
			}
			wantError(t, err, PhaseBody)
			if tt.err != nil && !errors.Is(err, tt.err) || !x.Transaction().ResponseDone.IsZero() {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestErrorTimeouts(t *testing.T) {
	var timeout interface{ Timeout() bool }
	if !errors.As(&Error{Phase: PhaseHead, Err: ErrTimeout}, &timeout) || !timeout.Timeout() {
		t.Error("ErrTimeout is no timeout")
	}
	if got := (&Error{Phase: PhaseHead, Err: ErrTimeout}).Error(); got != "head: timed out" {
		t.Errorf("text %q", got)
	}
}
