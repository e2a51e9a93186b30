package wire

import (
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
)

// received is what a channel makes of what a peer writes.
func received(text string) ([]byte, error) {
	a, b := net.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = io.WriteString(a, text) // the reader may have had enough
		_ = a.Close()
	}()
	c := NewChannel(b)
	msg, err := c.Recv()
	_ = b.Close()
	<-written
	return msg, err
}

func TestAFrameIsALengthAndAText(t *testing.T) {
	for _, text := range []string{
		"Content-Length: 2\r\n\r\n{}", "content-length:2\n\n{}",
		"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	} {
		if msg, err := received(text); err != nil || string(msg) != "{}" {
			t.Errorf("%q: %q, %v", text, msg, err)
		}
	}
}

func TestAFrameThatCannotBeIsRefused(t *testing.T) {
	for _, text := range []string{
		"Content-Length: 1073741824\r\n\r\n{}", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999\r\n\r\n",
		"\r\n{}", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "{\"jsonrpc\":\"2.0\"}\n",
		"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", strings.Repeat("A", 4096) + ": b\r\n\r\n",
	} {
		if msg, err := received(text); !errors.Is(err, ErrFrame) {
			t.Errorf("%.60q: %q, %v", text, msg, err)
		}
	}
}

func TestAFrameThatBreaksOffIsNoFrame(t *testing.T) {
	for _, text := range []string{"Content-Le", "Content-Length: 5\r\n\r\n{}"} {
		if msg, err := received(text); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %q, %v", text, msg, err)
		}
	}
	if _, err := received(""); !errors.Is(err, io.EOF) {
		t.Errorf("a connection that ends between frames ends with %v", err)
	}
}

func TestAFrameOfAGibibyteTakesNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := received("Content-Length: 1073741824\r\n\r\n"); !errors.Is(err, ErrFrame) {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > MaxFrame {
		t.Errorf("%d bytes were allocated", grown)
	}
}

func TestALongMessageIsNotSent(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if err := NewChannel(a).Send(make([]byte, MaxFrame+1)); !errors.Is(err, ErrFrame) {
		t.Error(err)
	}
}

func FuzzChannel(f *testing.F) {
	f.Add("Content-Length: 2\r\n\r\n{}")
	f.Add("Content-Length: 4194305\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		msg, err := received(text)
		if err == nil && !strings.Contains(text, string(msg)) {
			t.Errorf("%q became %q", text, msg)
		}
	})
}
