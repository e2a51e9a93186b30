package model

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"haul/session"
)

// The facts. They run on the delegate queue and return at once, with one
// exception: DidFinishDownloading has to put the file in its place before it
// returns, and hashes it first if a checksum was asked for. While it hashes,
// other tasks' facts wait and their progress is merged; no socket waits.

// DidBecomeInvalid is the session's last call.
func (o *Observer) DidBecomeInvalid(*session.Session, error) { o.tell() }

// DidWriteData notes progress of a download.
func (o *Observer) DidWriteData(t *session.DownloadTask, n, written, expected int64) {
	if s := o.slot(t.ID()); s != nil {
		o.progress(s, n, written, expected)
	}
}

// DidSendBodyData notes progress of an upload.
func (o *Observer) DidSendBodyData(t session.Task, n, sent, expected int64) {
	if s := o.slot(t.ID()); s != nil {
		o.progress(s, n, sent, expected)
	}
}

// DidReceiveData keeps what a data task brings. What an upload is answered with
// is not looked at. A task that brings more than is kept has done its work.
func (o *Observer) DidReceiveData(t session.Task, p []byte) {
	s := o.slot(t.ID())
	if s == nil || s.content == nil {
		return
	}
	c := t.Counts()
	if !s.content.take(p) {
		t.Cancel()
	}
	o.progress(s, int64(len(p)), c.Received, c.ExpectedToReceive)
}

// DidResumeAtOffset notes where a resumed download goes on.
func (o *Observer) DidResumeAtOffset(t *session.DownloadTask, offset, expected int64) {
	s := o.slot(t.ID())
	if s == nil {
		return
	}
	s.position.Store(offset)
	s.expected.Store(expected)
	s.moved.Store(true)
	o.fact(s, fact{
		Event:    Event{Name: "DidResumeAtOffset", Bytes: offset, Total: expected},
		stimulus: factMoved,
	})
}

// wantsHTTPS is why a request goes to https that was for http.
const wantsHTTPS = "the host wants https only (HSTS)"

// DidUpgradeToHTTPS notes that a request goes to https. Where that is the row's
// own, what the user gave for its origin is for the new one.
func (o *Observer) DidUpgradeToHTTPS(t session.Task, from, to *url.URL) {
	s := o.slot(t.ID())
	if s == nil {
		return
	}
	s.lineage.move(originOf(from), originOf(to))
	hop := Hop{From: redacted(from), To: redacted(to), Answer: wantsHTTPS}
	o.fact(s, fact{Event: Event{Name: "DidUpgradeToHTTPS", Text: hop.To + " " + wantsHTTPS}, hop: &hop})
}

// move makes to the row's own origin, if from is.
func (l *lineage) move(from, to origin) {
	if own := l.origin.Load(); own != nil && *own == from {
		l.origin.Store(&to)
	}
}

// DidReceiveInformationalResponse notes a 1xx response.
func (o *Observer) DidReceiveInformationalResponse(t session.Task, resp *http.Response) {
	if s := o.slot(t.ID()); s != nil {
		o.fact(s, fact{Event: Event{
			Name: "DidReceiveInformationalResponse", Status: resp.StatusCode, Text: http.StatusText(resp.StatusCode),
		}})
	}
}

// DidFinishDownloading puts the file where it belongs.
func (o *Observer) DidFinishDownloading(t *session.DownloadTask, path string) {
	s := o.slot(t.ID())
	if s == nil {
		return
	}
	if t.Placed() {
		out := done(statusOf(t), path)
		o.fact(s, fact{
			Event:    Event{Name: "DidFinishDownloading", Text: path},
			stimulus: factResult,
			outcome:  &out,
		})
		return
	}
	out := s.lineage.place(t, path, s.resumed, o.opt, o.publisher)
	o.fact(s, fact{
		Event:    Event{Name: "DidFinishDownloading", Text: out.text(), Status: out.status},
		stimulus: factResult,
		outcome:  &out,
	})
}

// DidFinishCollectingMetrics notes the measurements of a task.
func (o *Observer) DidFinishCollectingMetrics(t session.Task, m session.Metrics) {
	s := o.slot(t.ID())
	if s == nil {
		return
	}
	text := strconv.Itoa(len(m.Transactions)) + " transactions"
	if len(m.Transactions) == 1 {
		text = "1 transaction"
	}
	o.fact(s, fact{Event: Event{Name: "DidFinishCollectingMetrics", Text: text}, metrics: &m})
}

// DidComplete notes the end of a task.
func (o *Observer) DidComplete(t session.Task, err error) {
	s := o.slot(t.ID())
	if s == nil {
		return
	}
	defer poke(o.room)
	f := fact{Event: Event{Name: "DidComplete"}, stimulus: factEnded, err: err}
	if resp := t.Response(); resp != nil {
		f.Status = resp.StatusCode
	}
	if s.content != nil {
		if _, cut := s.content.read(); cut {
			err, f.err = nil, nil // it was ended here
		}
	}
	if err == nil {
		if !s.lineage.spec.stores() {
			out := outcome{result: Refused, status: f.Status}
			if success(f.Status) {
				out.result = Done
			}
			f.outcome = &out
		}
		o.fact(s, f)
		return
	}
	f.stimulus = factFailed
	f.Code = session.Unknown
	var se *session.Error
	if errors.As(err, &se) {
		f.Code = se.Code
	}
	if f.Code == session.Cancelled {
		f.stimulus = factCancelled
	}
	f.Text = words(err)
	if _, ok := session.ResumeDataFrom(err); ok {
		f.Text += ", resumable"
	}
	o.fact(s, f)
}

// success tells the statuses that mean that the file is the file.
func success(status int) bool { return status >= 200 && status < 300 }

// words says what went wrong without the URL, which the row has already.
func words(err error) string {
	var e *session.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	short := *e
	short.URL = ""
	return short.Error()
}

// statusOf is the status of a task's response, 0 if it has none.
func statusOf(t session.Task) int {
	if r := t.Response(); r != nil {
		return r.StatusCode
	}
	return 0
}
