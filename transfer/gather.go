package transfer

import "time"

// gatherer lets the bytes of a body come together in the socket that they come
// in by, so that few calls and few wake-ups bring many of them. What has come is
// never held back for longer than gatherPause.
type gatherer interface {
	// await returns when it is worth reading, of a body of which left bytes are
	// still to come, or would fail.
	await(left int64)
	// more is called after each Read. It tells whether the next one, of a body
	// under TLS, will find all that it needs.
	more() bool
	// end leaves the connection as it was.
	end()
}

// waiting is the connection of a small body.
type waiting interface {
	// waits tells whether a Read has to wait for one of the left bytes that
	// are still to come.
	waits(left int) bool
}

const (
	gatherPause = 15 * time.Millisecond
	// gatherBytes are worth a wake-up. The socket has room for them twice, so
	// that a fast sender is not held up.
	gatherBytes = 512 << 10
	// gatherLast bytes before the end of a body are not waited for: they may be
	// in the buffers of TLS and net/http already.
	gatherLast = 128 << 10
)
