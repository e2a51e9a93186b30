package session

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// payload handles the final response by the kind of the task (guide step 7).
func (l *loader) payload(x *exchange) outcome {
	t := l.t
	resp := head(x.Response, x.req)
	t.mu.Lock()
	t.response = resp
	download, handled := t.kind == kindDownload, t.dataHandler != nil
	_, isData := t.self.(*DataTask)
	t.mu.Unlock()
	if download {
		return l.download(x)
	}
	disposition, err := t.disposition(l.ctx, resp)
	switch {
	case err != nil:
	case disposition == CancelResponse:
		err = &Error{Code: Cancelled, Err: errors.New("the response was cancelled")}
	case disposition == BecomeDownload && isData && !handled:
		t.becomeDownload()
		return l.download(x)
	}
	if err != nil {
		x.close()
		return outcome{err: err}
	}
	return l.data(x)
}

// dataChunk is the most bytes of a body that the delegate gets at once.
const dataChunk = 64 << 10

// data hands the body to the delegate, or keeps it for the completion handler
// (guide step 10); the cache takes it on the way (step 11).
func (l *loader) data(x *exchange) outcome {
	defer x.close()
	stored := l.store(x)
	defer stored.abort()
	body, length := l.decoded(x, CannotDecodeRawData, CannotDecodeRawData)
	t := l.t
	t.mu.Lock()
	t.counts.ExpectedToReceive = length
	t.mu.Unlock()

	collected := []byte{}
	buf := make([]byte, dataChunk)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if t.dataHandler != nil {
				collected = append(collected, buf[:n]...)
			}
			if err := t.didReceive(l.ctx, buf[:n]); err != nil {
				return outcome{err: err}
			}
		}
		switch {
		case err == io.EOF: //nolint:errorlint // io.Reader returns the bare io.EOF
			if err := stored.ask(); err != nil {
				return outcome{err: err}
			}
			if err := t.settle(); err != nil {
				return outcome{err: err}
			}
			stored.commit()
			return outcome{data: collected}
		case err != nil:
			return outcome{err: err}
		}
	}
}

func statusLine(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
