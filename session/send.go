package session

import (
	"io"
	"sync"
)

// sentBody is a body under way. It tells a failure of the source, which is the
// task's fault, from one of the network; and it is not closed before it was
// read, so that a request that never left can be sent again with it.
type sentBody struct {
	io.ReadCloser

	mu           sync.Mutex
	read, closed bool
}

// sourceError is a failure to read the body that is to be sent.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "read the body: " + e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

func (b *sentBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	b.read = true
	b.mu.Unlock()
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader returns the bare io.EOF
		err = &sourceError{err}
	}
	return n, err
}

// Close closes the source unless nothing was read of it.
func (b *sentBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.read || b.closed {
		return nil
	}
	b.closed = true
	return b.ReadCloser.Close()
}

func (b *sentBody) touched() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.read
}

// finish closes the source in any case. What was not read can have nothing to
// tell.
func (b *sentBody) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		_ = b.ReadCloser.Close()
	}
}

// counter counts the bytes of one attempt to send a body, from 0 again for
// each. What the transport still sends when its attempt is over counts no
// more.
type counter struct {
	mu      sync.Mutex
	sent    int64
	stopped bool
}

func (c *counter) reporter(t *task, expected int64) func(int64) {
	return func(n int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.stopped {
			return
		}
		c.sent += n
		t.didSend(c, n, c.sent, expected)
	}
}

func (c *counter) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
}
