package session

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"haul/session/internal/wire"
	"haul/transfer"
)

// DataHandler receives the result of a data or upload task: on success data is
// not nil. On failure data is nil; resp is not nil if a head had arrived. It is
// called once, on the delegate queue.
type DataHandler func(data []byte, resp *http.Response, err error)

// DownloadHandler receives the result of a download task. The file at path is
// removed when the handler returns, unless it was moved. It is called once, on
// the delegate queue; on failure path is "".
type DownloadHandler func(path string, resp *http.Response, err error)

// DataTask makes a task that delivers the body to the delegate, or to h. The
// request is copied: its context's end is not watched, Cancel ends a task. A
// bad URL shows when the task runs, as its error; a method or header field that
// breaks the syntax of HTTP is an error here. A body that the request has is
// sent; to send it again, if that is needed, GetBody or a
// [BodyStreamDelegate] is asked.
func (s *Session) DataTask(r *http.Request, h DataHandler) (*DataTask, error) {
	if s.remote != nil {
		return nil, errBackgroundOnly
	}
	t, err := s.newTask(r, kindData)
	if err != nil {
		return nil, err
	}
	t.send(requestBody(r))
	t.dataHandler = h
	d := &DataTask{t}
	if err := s.adopt(t, d); err != nil {
		return nil, err
	}
	return d, nil
}

// DownloadTask makes a task that stores the body in a file.
func (s *Session) DownloadTask(r *http.Request, h DownloadHandler) (*DownloadTask, error) {
	t, err := s.newTask(r, kindDownload)
	if err != nil {
		return nil, err
	}
	t.send(requestBody(r))
	return s.newDownload(t, h)
}

// DownloadTaskWithResumeData makes a task that goes on where the one that
// produced d ended (guide step 10). Damaged data gives a task that fails with
// [UnsupportedURL], data that was used before or whose partial file is gone one
// that fails with [CannotOpenFile].
func (s *Session) DownloadTaskWithResumeData(d ResumeData, h DownloadHandler) (*DownloadTask, error) {
	from, badData := decodeResume(d)
	r := &http.Request{URL: new(url.URL)}
	var at *url.URL
	if badData == nil {
		var err error
		if r.URL, err = url.Parse(from.state.OriginalURL); err == nil {
			at, err = url.Parse(from.state.URL)
		}
		badData = err
		r.Header = from.state.Header.Clone()
	}
	if badData != nil {
		from, at = nil, nil
		r.URL = new(url.URL)
	}
	t, err := s.newTask(r, kindDownload)
	if err != nil {
		return nil, err
	}
	if badData != nil {
		t.fromErr = &Error{Code: UnsupportedURL, Err: badData}
		return s.newDownload(t, h)
	}
	t.from = from
	if from.fresh != nil {
		at = from.fresh
	}
	t.current = firstHop(t.original, at, from.fresh != nil)
	return s.newDownload(t, h)
}

// firstHop is the request that a resumed task begins with, at the place that
// served the bytes. What was meant for the original place does not go there, as
// after a redirect; a fresh link was given by the app, together with the fields.
func firstHop(original *http.Request, at *url.URL, fresh bool) *http.Request {
	r := original.Clone(original.Context())
	if at == nil {
		return r
	}
	r.URL = at
	if !fresh && at.String() != original.URL.String() {
		stripHeader(r.Header, originOf(original.URL), originOf(at), true)
	}
	return r
}

func (s *Session) newDownload(t *task, h DownloadHandler) (*DownloadTask, error) {
	t.downloadHandler = h
	d := &DownloadTask{t}
	if s.remote != nil {
		far := wire.Create{Kind: wire.KindDownload}
		if t.from != nil {
			far.ResumeData = json.RawMessage(t.from.data)
		}
		if t.fromErr != nil {
			return nil, t.fromErr
		}
		if t.body != nil {
			return nil, errBackgroundOnly
		}
		if err := s.adoptFar(t, d, far); err != nil {
			return nil, err
		}
		return d, nil
	}
	if err := s.adopt(t, d); err != nil {
		return nil, err
	}
	return d, nil
}

// UploadTaskFromData makes a task that sends body, which must not be changed
// any more. A body that r has is ignored, here and in the other two.
func (s *Session) UploadTaskFromData(r *http.Request, body []byte, h DataHandler) (*UploadTask, error) {
	return s.newUpload(r, bytesBody(body), h)
}

// UploadTaskFromFile makes a task that sends the file at path as it is when
// the task runs. It fails with [FileDoesNotExist], [FileIsDirectory] or
// [NoPermissionsToReadFile]; and with [RequestBodyStreamExhausted] if the file
// changes its size while it is sent. A background session keeps the file as it
// is now, by a hard link or a copy, so that the app may remove its own.
func (s *Session) UploadTaskFromFile(r *http.Request, path string, h DataHandler) (*UploadTask, error) {
	return s.newUpload(r, fileBody(path), h)
}

// UploadTaskWithStreamedRequest makes a task that asks the delegate for its
// body ([BodyStreamDelegate]), again after each failed authentication. A
// Content-Length that r declares is sent, else the body is sent in chunks.
func (s *Session) UploadTaskWithStreamedRequest(r *http.Request, h DataHandler) (*UploadTask, error) {
	size := int64(-1)
	if r != nil {
		size = declaredLength(r)
	}
	return s.newUpload(r, &streamBody{size: size}, h)
}

func (s *Session) newUpload(r *http.Request, body bodySource, h DataHandler) (*UploadTask, error) {
	t, err := s.newTask(r, kindUpload)
	if err != nil {
		return nil, err
	}
	t.send(body)
	t.dataHandler = h
	u := &UploadTask{t}
	if s.remote != nil {
		file, ok := body.(fileBody)
		if !ok {
			return nil, errBackgroundOnly
		}
		path, err := filepath.Abs(string(file))
		if err != nil {
			return nil, err
		}
		if err := s.adoptFar(t, u, wire.Create{Kind: wire.KindUpload, File: path}); err != nil {
			return nil, err
		}
		return u, nil
	}
	if err := s.adopt(t, u); err != nil {
		return nil, err
	}
	return u, nil
}

// newTask makes what all kinds of task have in common.
func (s *Session) newTask(r *http.Request, k kind) (*task, error) {
	req, user, err := snapshot(r, s.cfg.AdditionalHeaders)
	if err != nil {
		return nil, err
	}
	t := &task{
		session: s, kind: k, machine: newMachine(), gate: transfer.NewGate(),
		original: req, current: req, userinfo: user, created: time.Now(),
		counts: Counts{ExpectedToReceive: -1}, connections: s.cfg.Connections,
		mail: mailbox{queue: s.queue, pacer: &s.pacer},
	}
	t.priority.Store(math.Float32bits(PriorityDefault))
	t.ctx, t.end = context.WithCancelCause(context.Background())
	limit := s.cfg.TimeoutForResource
	if s.cfg.Background() {
		limit = 0 // the agent has the clock
	}
	t.clock = newResourceClock(limit, func() { t.end(errResource) })
	return t, nil
}

// send makes body what the task sends.
func (t *task) send(body bodySource) {
	t.body = body
	if body != nil {
		t.counts.ExpectedToSend = body.length()
	}
}
