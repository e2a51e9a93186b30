package transfer

import (
	"io"
	"net/http"
)

// responseBody counts, times and holds still what is read from a response.
type responseBody struct {
	x    *Exchange
	body io.ReadCloser
	// untilClose says that only the end of the connection ends the body
	// (RFC 9112 section 6.3), so that how it ended has to be looked at.
	untilClose bool
	whole      bool // it was read to its end
	// framedByLength says that the body is so many bytes of an HTTP/1
	// connection with nothing in between.
	framedByLength bool
	gather         gatherer // while Copy reads, nil for none
	left           int64    // with gather: the bytes that are still to come
}

func newResponseBody(x *Exchange, resp *http.Response) *responseBody {
	b := &responseBody{x: x, body: resp.Body}
	b.untilClose = resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
	b.framedByLength = resp.ProtoMajor == 1 && resp.ContentLength > 0 && len(resp.TransferEncoding) == 0
	if resp.Body == http.NoBody {
		x.trace.bodyDone()
		b.whole = true
	}
	return b
}

func (b *responseBody) Read(p []byte) (int, error) {
	x := b.x
	if err := x.gate.Wait(x.ctx); err != nil {
		return 0, x.fail(PhaseBody, err)
	}
	x.watch.release(heldByCaller)
	if b.gather != nil {
		b.gather.await(b.left)
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	x.watch.hold(heldByCaller)
	x.trace.received.Add(int64(n))
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		if n == 0 {
			// What fails while the exchange is held still shows when it goes
			// on. If it ends before, fail says so.
			_ = x.gate.Wait(x.ctx)
		}
		return n, x.fail(PhaseBody, err)
	case b.untilClose && cutOff(x.trace.connection()):
		return n, x.fail(PhaseBody, io.EOF)
	}
	x.trace.bodyDone()
	b.whole = true
	return n, io.EOF
}

// Close ends the exchange. A body that was read to its end leaves the
// connection for others, else an HTTP/1.1 connection is closed.
func (b *responseBody) Close() error {
	if pin := b.x.request.Pin; pin != nil && !b.whole {
		// net/http closes the connection some time later; its holder has to
		// know now.
		pin.Close()
	}
	err := b.body.Close()
	b.x.close()
	return err
}
