package background

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// attempt is one task of the session inside, and its delegate. Its goroutine is
// run; the delegate calls come on the session's queue.
type attempt struct {
	j    *job
	done chan error // what DidComplete was given

	// ctx ends when the attempt is to stop, for what comes before there is a
	// task.
	ctx  context.Context
	stop context.CancelFunc

	// The rest is guarded by the agent's mu.
	task     session.Task
	download *session.DownloadTask
	placed   bool   // counted among those that run
	anew     bool   // from the first byte
	finished string // the complete file
	tooLong  bool   // the response to an upload
	seen     *http.Response
}

// run is the attempt's goroutine.
func (at *attempt) run() {
	defer at.stop()
	err := at.load()
	at.j.over(at, err)
}

// load makes the task and waits for its end.
func (at *attempt) load() error {
	j, a := at.j, at.j.h.a
	if err := at.askLost(); err != nil {
		return err
	}
	if err := at.askDelayed(); err != nil {
		return err
	}
	a.mu.Lock()
	j.rec.Attempts++
	durable := j.saveNow()
	a.mu.Unlock()
	if err := durable(); err != nil {
		// A partial file that nobody knows to be the task's would be in its way.
		return &session.Error{Code: session.CannotWriteToFile, Err: fmt.Errorf("%w: %w", errNotDurable, err)}
	}
	task, err := at.make()
	for errors.Is(err, session.ErrInvalidated) && at.ctx.Err() == nil {
		task, err = at.make() // another session inside has taken the place
	}
	if err != nil {
		return err
	}
	if err := at.equip(task); err != nil {
		task.Cancel()
		return err
	}
	a.mu.Lock()
	at.task = task
	at.download, _ = task.(*session.DownloadTask)
	task.SetPriority(j.rec.Priority)
	if j.rec.State == wire.StateSuspended {
		// In the meantime: the resume below takes only this one back.
		task.Suspend()
	}
	if at.ctx.Err() != nil {
		task.Cancel()
	}
	a.mu.Unlock()
	task.Resume()
	return <-at.done
}

// errNotDurable says that the agent could not write down that an attempt
// begins. It is tried again.
var errNotDurable = errors.New("the agent's database cannot be written")

// make makes the task of the session inside.
func (at *attempt) make() (session.Task, error) {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	rec := j.rec
	s, err := j.h.session()
	a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	r, err := j.request()
	if err != nil {
		return nil, &session.Error{Code: session.BadURL, Err: err}
	}
	if rec.Kind == wire.KindUpload {
		if err := rec.unchanged(); err != nil {
			return nil, err
		}
		return s.UploadTaskFromFile(r, rec.Upload, nil)
	}
	data, err := rec.resumeData()
	if err != nil {
		return nil, err
	}
	if data != nil {
		t, err := s.DownloadTaskWithResumeData(data, nil)
		if err != nil {
			return nil, err
		}
		if len(j.secret) > 0 {
			if err := t.AddHeader(j.secret); err != nil {
				t.Cancel()
				return nil, err
			}
		}
		return t, nil
	}
	if rec.Attempts > 1 {
		// What an attempt before this one left cannot be continued.
		if err := rec.removePartial(a.files, j.h.identifier); err != nil {
			return nil, &session.Error{Code: session.CannotCreateFile, Err: err}
		}
	}
	at.anew = rec.Counts.Received > 0
	t, err := s.DownloadTask(r, nil)
	if err != nil {
		return nil, err
	}
	if err := t.SetPartialFile(rec.PartialFile); err != nil {
		t.Cancel()
		return nil, err
	}
	return t, nil
}

// equip makes the attempt the task's delegate, and gives it what the options
// have for its host.
func (at *attempt) equip(task session.Task) error {
	a := at.j.h.a
	a.mu.Lock()
	connections, wanted := a.o.Connections, at.j.rec.Connections
	site := at.j.site
	a.mu.Unlock()
	if wanted == nil && connections != nil {
		if n := connections(site); n != 0 {
			wanted = &n
		}
	}
	if d, ok := task.(*session.DownloadTask); ok {
		if wanted != nil {
			if err := d.SetConnections(*wanted); err != nil {
				return err
			}
		}
		if err := d.SetOwner(at.j.owner()); err != nil {
			return err
		}
	}
	if err := task.SetLimiters(a.limits.Of(at.j.rate)); err != nil {
		return err
	}
	return task.SetDelegate(at)
}

// take counts the attempt among those that run, release takes that back. The
// caller holds mu.
func (at *attempt) take() {
	if !at.placed {
		at.placed = true
		at.j.h.a.running++
		at.j.h.perHost[at.j.site]++
	}
}

func (at *attempt) release() {
	if at.placed {
		at.placed = false
		at.j.h.a.running--
		at.j.h.perHost[at.j.site]--
		at.j.h.a.place()
	}
}

// hold suspends or resumes the task.
func (at *attempt) hold(still bool) {
	switch {
	case at.task == nil:
	case still:
		at.task.Suspend()
	default:
		at.task.Resume()
	}
}

// pause cancels the download by producing resume data, which DidComplete will
// be given, without waiting for it.
func (at *attempt) pause() {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_, _ = at.download.CancelByProducingResumeData(over) // DidComplete has it
}

// Facts.

// DidSendBodyData notes bytes of an upload.
func (at *attempt) DidSendBodyData(_ session.Task, _, sent, expected int64) {
	at.note(func(r *record) {
		at.j.failures = 0
		r.Counts.Sent, r.Counts.ExpectedSent = sent, expected
	})
}

// DidWriteData notes bytes of a download.
func (at *attempt) DidWriteData(_ *session.DownloadTask, _, written, expected int64) {
	at.note(func(r *record) {
		at.j.failures = 0
		if at.anew {
			at.anew = false
			at.j.restarted(session.Continuation{}, expected)
		}
		r.Counts.Received, r.Counts.ExpectedReceived = written, expected
	})
}

// DidResumeAtOffset notes where a download goes on. Whoever made the task is
// told of it only if it was made from resume data, or if bytes that were told
// are lost.
func (at *attempt) DidResumeAtOffset(t *session.DownloadTask, offset, expected int64) {
	at.note(func(r *record) {
		switch {
		case len(r.ResumeData) > 0 && r.At == nil, offset == 0 && r.Counts.Received > 0:
			at.j.restarted(t.Continuation(), expected)
		}
		r.Counts.Received, r.Counts.ExpectedReceived = offset, expected
	})
}

// restarted takes note of an offset that has to be told.
func (j *job) restarted(c session.Continuation, expected int64) {
	count := 1
	if j.rec.At != nil {
		count += j.rec.At.Count
	}
	j.rec.At = &wire.Resumed{Count: count, Offset: c.Offset, Expected: expected, Rule: string(c.Rule), Reason: c.Reason}
	j.saveLater()
}

// note takes a fact in.
func (at *attempt) note(change func(r *record)) {
	a := at.j.h.a
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&at.j.rec)
	at.head()
	at.j.changed()
}

// head takes in the head of the response and the request of the latest hop.
func (at *attempt) head() {
	if at.task == nil {
		return
	}
	resp := at.task.Response()
	if resp == nil || at.seen == resp {
		return
	}
	at.seen = resp
	at.j.rec.Response = wire.ResponseOf(resp)
	current := wire.RequestOf(at.task.CurrentRequest())
	current.Header, _ = partial.Redact(current.Header)
	at.j.rec.Current = current
	at.j.saveLater()
}

// mostBody bounds what is kept of the response to an upload, in bytes.
const mostBody = 1 << 20

// DidReceiveData keeps the response to an upload.
func (at *attempt) DidReceiveData(_ session.Task, p []byte) {
	at.note(func(r *record) {
		r.Counts.Received += int64(len(p))
		if len(r.Body)+len(p) > mostBody {
			at.tooLong, p = true, p[:mostBody-len(r.Body)]
		}
		r.Body = append(r.Body, p...)
	})
}

// DidFinishDownloading gives the complete file a name of its own. That is
// written down first, so that whoever finds the file knows what it is.
func (at *attempt) DidFinishDownloading(_ *session.DownloadTask, path string) {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	at.head()
	j.rec.Finished = j.finishedPath(path)
	durable, to := j.saveNow(), j.rec.Finished
	a.mu.Unlock()
	// If it cannot be written the file is kept for as long as the agent lives.
	_ = durable()
	files := a.files
	if err := files.Rename(path, to); err != nil {
		a.log.Error("the finished file cannot be renamed", "error", err)
		return
	}
	if err := files.SyncDir(filepath.Dir(to)); err != nil {
		a.log.Warn("the directory of a finished file cannot be synced", "error", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	at.finished = to
}

// DidFinishCollectingMetrics keeps the measurements.
func (at *attempt) DidFinishCollectingMetrics(_ session.Task, m session.Metrics) {
	at.note(func(*record) { at.j.measure(m) })
}

// mostTransactions bounds the measurements of a task.
const mostTransactions = 100

// measure puts the measurements of an attempt with those before.
func (j *job) measure(m session.Metrics) {
	all := &j.metrics
	if all.Created.IsZero() {
		all.Created = j.rec.Created
	}
	all.Completed = m.Completed
	all.Redirects += m.Redirects
	all.Transactions = append(all.Transactions, m.Transactions...)
	if n := len(all.Transactions); n > mostTransactions {
		all.Transactions = all.Transactions[n-mostTransactions:]
	}
}

// DidComplete ends the attempt.
func (at *attempt) DidComplete(_ session.Task, err error) {
	a := at.j.h.a
	a.mu.Lock()
	at.head()
	a.mu.Unlock()
	at.done <- err
}

// encodedMetrics are the measurements as they go to the app.
func (j *job) encodedMetrics() json.RawMessage {
	if j.metrics.Created.IsZero() {
		j.metrics.Created = j.rec.Created
	}
	text, err := json.Marshal(j.metrics)
	if err != nil {
		return nil // times and text only: it cannot fail
	}
	return text
}

// status is that of the response; a download that was whole already has none.
func (j *job) status() int {
	if j.rec.Response == nil {
		return http.StatusOK
	}
	return j.rec.Response.StatusCode
}
