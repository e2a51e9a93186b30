package session

import (
	"context"
	"net/http"
)

// The methods in this file make a task, run it and return its result. The end
// of ctx cancels the task, and the error is then [Cancelled] with the cause of
// ctx inside. own, which may be nil, is the task's delegate: it hears
// everything, the response and the data included, and then the result is
// returned as well; the session's delegate hears what it hears of a task with a
// completion handler. They must not be called from a delegate call on the
// session's own queue, because the last call of the task comes there.

// Data loads r and returns the body. A status of 404 is no error. If a head had
// arrived the response is not nil, also on failure.
func (s *Session) Data(ctx context.Context, r *http.Request, own any) ([]byte, *http.Response, error) {
	return wait(ctx, own, func(h func([]byte, *http.Response, error)) (*task, error) {
		d, err := s.DataTask(r, h)
		if err != nil {
			return nil, err
		}
		return d.task, nil
	})
}

// Upload sends body with r and returns the body of the response.
func (s *Session) Upload(ctx context.Context, r *http.Request, body []byte, own any) ([]byte, *http.Response, error) {
	return wait(ctx, own, func(h func([]byte, *http.Response, error)) (*task, error) {
		u, err := s.UploadTaskFromData(r, body, h)
		if err != nil {
			return nil, err
		}
		return u.task, nil
	})
}

// UploadFile sends the file at path with r and returns the body of the
// response.
func (s *Session) UploadFile(ctx context.Context, r *http.Request, path string, own any) ([]byte, *http.Response, error) {
	return wait(ctx, own, func(h func([]byte, *http.Response, error)) (*task, error) {
		u, err := s.UploadTaskFromFile(r, path, h)
		if err != nil {
			return nil, err
		}
		return u.task, nil
	})
}

// UploadStreamed sends with r the body that own opens ([BodyStreamDelegate]),
// or the session's delegate, and returns the body of the response.
func (s *Session) UploadStreamed(ctx context.Context, r *http.Request, own any) ([]byte, *http.Response, error) {
	return wait(ctx, own, func(h func([]byte, *http.Response, error)) (*task, error) {
		u, err := s.UploadTaskWithStreamedRequest(r, h)
		if err != nil {
			return nil, err
		}
		return u.task, nil
	})
}

// Download stores the body in a file and returns its path. The file is the
// caller's, to move or to remove; DidFinishDownloading is not called.
func (s *Session) Download(ctx context.Context, r *http.Request, own any) (path string, resp *http.Response, err error) {
	return wait(ctx, own, func(h func(string, *http.Response, error)) (*task, error) {
		d, err := s.DownloadTask(r, h)
		if err != nil {
			return nil, err
		}
		return d.task, nil
	})
}

// DownloadWithResumeData goes on where the task that produced d ended, else it
// is as Download. The response is nil if the file was whole already.
func (s *Session) DownloadWithResumeData(ctx context.Context, d ResumeData, own any) (path string, resp *http.Response, err error) {
	return wait(ctx, own, func(h func(string, *http.Response, error)) (*task, error) {
		d, err := s.DownloadTaskWithResumeData(d, h)
		if err != nil {
			return nil, err
		}
		return d.task, nil
	})
}

// wait runs the task that start makes and returns what its handler was given.
func wait[T any](ctx context.Context, own any, start func(h func(T, *http.Response, error)) (*task, error)) (T, *http.Response, error) {
	type result struct {
		value T
		resp  *http.Response
		err   error
	}
	var none T
	table, err := resolve(own)
	if err != nil {
		return none, nil, err
	}
	ended := make(chan result, 1)
	t, err := start(func(v T, resp *http.Response, err error) { ended <- result{v, resp, err} })
	if err != nil {
		return none, nil, err
	}
	t.block(table)
	stop := context.AfterFunc(ctx, func() { t.cancelWith(&contextEnded{context.Cause(ctx)}) })
	defer stop()
	t.Resume()
	r := <-ended
	return r.value, r.resp, r.err
}

// block makes a task whose handler is that of a blocking helper tell its own
// delegate everything. A task that has ended meanwhile stays as it is.
func (t *task) block(own *calls) {
	above := t.session.table()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.machine.ended() {
		t.blocking = true
		t.calls = own.over(above.withoutResults())
	}
}

// contextEnded is the cause with which the context of a blocking helper cancels
// its task.
type contextEnded struct{ cause error }

func (e *contextEnded) Error() string        { return e.cause.Error() }
func (e *contextEnded) Unwrap() error        { return e.cause }
func (e *contextEnded) Is(target error) bool { return target == errCancelled } //nolint:errorlint // a sentinel
