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
	t.mu.Lock()
	download := t.kind == kindDownload
	t.mu.Unlock()
	if download {
		l.show(head(x.Response, x.req))
		return l.download(x)
	}
	if out, multipart := l.parts(x); multipart {
		return out
	}
	become, err := l.respond(head(x.Response, x.req))
	switch {
	case err != nil:
		x.close()
		return outcome{err: err}
	case become:
		return l.download(x)
	}
	return l.data(x)
}

// show makes resp the response of the task.
func (l *loader) show(resp *http.Response) {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	l.t.response = resp
}

// respond shows a response and asks what to do with it. It returns true if the
// task has become a download.
func (l *loader) respond(resp *http.Response) (become bool, err error) {
	t := l.t
	l.show(resp)
	t.mu.Lock()
	_, isData := t.self.(*DataTask)
	handled := t.dataHandler != nil
	t.mu.Unlock()
	disposition, err := t.disposition(l.ctx, resp)
	switch {
	case err != nil:
		return false, err
	case disposition == CancelResponse:
		return false, &Error{Code: Cancelled, Err: errors.New("the response was cancelled")}
	case disposition == BecomeDownload && isData && !handled:
		t.becomeDownload()
		return true, nil
	}
	return false, nil
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
	l.t.mu.Lock()
	l.t.counts.ExpectedToReceive = length
	l.t.mu.Unlock()
	collected, err := l.deliver(body)
	if err == nil {
		err = x.proven()
	}
	if err == nil {
		err = stored.ask()
	}
	if err != nil {
		return outcome{err: err}
	}
	out := l.settled(collected)
	if out.err == nil {
		stored.commit()
	}
	return out
}

// deliver hands on a body to its end. It returns the bytes if the task has a
// completion handler.
func (l *loader) deliver(body io.Reader) ([]byte, error) {
	t := l.t
	collected := []byte{}
	buf := make([]byte, dataChunk)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if t.dataHandler != nil {
				collected = append(collected, buf[:n]...)
			}
			if err := t.didReceive(l.ctx, buf[:n]); err != nil {
				return nil, err
			}
		}
		switch {
		case err == io.EOF: //nolint:errorlint // io.Reader returns the bare io.EOF
			return collected, nil
		case err != nil:
			return nil, err
		}
	}
}

// settled is the outcome of a body that is complete.
func (l *loader) settled(data []byte) outcome {
	if err := l.t.settle(); err != nil {
		return outcome{err: err}
	}
	return outcome{data: data}
}

func statusLine(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
