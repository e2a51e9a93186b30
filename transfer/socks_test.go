package transfer

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// strictSOCKS is a SOCKS 5 proxy that wants a user and a password, and every
// byte as RFC 1928 and RFC 1929 have it. It answers the request with reply.
func strictSOCKS(t *testing.T, user, password, target string, reply byte) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	expect := func(conn net.Conn, want string) bool {
		got := make([]byte, len(want))
		_, err := io.ReadFull(conn, got)
		return err == nil && string(got) == want
	}
	serve := func(conn net.Conn) {
		defer conn.Close()
		var hello [2]byte
		if _, err := io.ReadFull(conn, hello[:]); err != nil || hello[0] != 5 {
			return
		}
		methods := make([]byte, hello[1])
		if _, err := io.ReadFull(conn, methods); err != nil {
			return
		}
		if !bytes.Contains(methods, []byte{2}) {
			conn.Write([]byte{5, 0xff})
			return
		}
		conn.Write([]byte{5, 2})
		if !expect(conn, "\x01"+string(rune(len(user)))+user+string(rune(len(password)))+password) {
			conn.Write([]byte{1, 1})
			return
		}
		conn.Write([]byte{1, 0})
		if !expect(conn, "\x05\x01\x00\x03\x0dfiles.example\x00\x50") && reply == 0 {
			t.Error("the request is not as it should be")
			return
		}
		conn.Write([]byte{5, reply, 0, 3, 1, 'x', 0, 0})
		if reply != 0 {
			return
		}
		out, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer out.Close()
		go func() { io.Copy(out, conn); out.Close() }()
		io.Copy(conn, out)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { serve(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
	})
	return &url.URL{Scheme: "socks5h", Host: ln.Addr().String()}
}

func TestSOCKSWithAPassword(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "" {
			t.Error("the server was shown a credential of the proxy")
		}
		w.Header().Set("Connection", "close")
		io.WriteString(w, "ok")
	})}
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(ln) })
	t.Cleanup(func() { srv.Close(); wg.Wait() })
	tests := []struct {
		name  string
		user  *url.Userinfo
		reply byte
		says  string // "" for success
		creds bool
	}{
		{name: "right", user: url.UserPassword("me", "geheim")},
		{name: "wrong", user: url.UserPassword("me", "gehxim"), says: "does not take the user and the password", creds: true},
		{name: "none", says: "does not take the user and the password", creds: true},
		{name: "too long", user: url.UserPassword("me", strings.Repeat("x", 256)), says: "1 to 255 bytes"},
		{name: "no user", user: url.UserPassword("", "x"), says: "1 to 255 bytes"},
		{name: "not allowed", user: url.UserPassword("me", "geheim"), reply: 2, says: "does not allow connections to that server"},
		{name: "unreachable", user: url.UserPassword("me", "geheim"), reply: 4, says: "could not reach the server"},
		{name: "refused", user: url.UserPassword("me", "geheim"), reply: 5, says: "the server refused its connection"},
		{name: "unknown", user: url.UserPassword("me", "geheim"), reply: 77, says: "failed with number 77"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			via := strictSOCKS(t, "me", "geheim", ln.Addr().String(), tt.reply)
			via.User = tt.user
			c := newClient(t, Config{Proxy: func(*http.Request) (*url.URL, error) { return via, nil }})
			req := get(t, "http://files.example/")
			req.Header.Set("Proxy-Authorization", "Basic by hand")
			x, err := c.Do(t.Context(), Request{HTTP: req})
			if tt.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := readAll(t, x); got != "ok" {
					t.Errorf("body %q", got)
				}
				return
			}
			wantError(t, err, PhaseConnect)
			var refused *ProxyError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "the proxy "+via.Host) || !strings.Contains(err.Error(), tt.says) ||
				errors.Is(err, ErrProxyCredential) != tt.creds || strings.Contains(err.Error(), "geh") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func FuzzSOCKS(f *testing.F) {
	f.Add([]byte{5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80})
	f.Add([]byte{5, 2, 1, 0, 5, 0, 0, 3, 1, 'x', 0, 80})
	f.Add([]byte{5, 0, 5, 0, 0, 3, 0, 0, 80})
	f.Add([]byte{5, 0xff})
	f.Add([]byte{5, 0, 5, 4, 0, 1})
	via := &url.URL{Scheme: "socks5", Host: "proxy:1080", User: url.UserPassword("u", "p")}
	f.Fuzz(func(t *testing.T, answer []byte) {
		rest := bytes.NewReader(answer)
		conn := struct {
			io.Reader
			io.Writer
		}{rest, io.Discard}
		if err := requestSOCKS(conn, via, via.User, "h.example:443"); err == nil && len(answer)-rest.Len() < 9 {
			t.Errorf("%x is an acceptance", answer)
		}
	})
}
