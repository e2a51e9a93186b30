package background

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// finishedSuffix ends the name of a complete file that nobody has taken.
const finishedSuffix = ".haul-done"

// finishedPath is the name of the complete file that lies at part: beside it,
// and no other task's.
func (j *job) finishedPath(part string) string {
	stem := strings.TrimSuffix(part, partial.PartSuffix)
	return fmt.Sprintf("%s.%d-%d%s", stem, j.h.number, j.rec.ID, finishedSuffix)
}

// over decides what comes after an attempt.
func (j *job) over(at *attempt, err error) {
	a := j.h.a
	a.mu.Lock()
	j.attempt, j.question = nil, nil
	at.release()
	if j.forgotten {
		a.mu.Unlock()
		return
	}
	stopping := a.ctx.Err() != nil
	if stopping && err != nil && j.ending == notEnding {
		a.mu.Unlock()
		return // the next agent goes on
	}
	var failed *session.Error
	if err != nil && !errors.As(err, &failed) {
		failed = &session.Error{Code: session.Unknown, Err: err}
	}
	if failed != nil && len(failed.Resume) > 0 && json.Valid(failed.Resume) {
		j.rec.ResumeData = keepOrigin(j.rec.ResumeData, json.RawMessage(failed.Resume))
	}
	if failed != nil && j.ending == notEnding && j.again(failed) {
		if j.rec.State == wire.StateRunning {
			j.retry(failed)
		} else {
			j.doing = ""
		}
		j.saveLater()
		a.mu.Unlock()
		return
	}
	j.doing = wire.DoingFinish
	a.mu.Unlock()
	switch {
	case failed == nil && j.rec.Kind == wire.KindUpload:
		j.conclude(j.uploaded(at))
	case failed == nil:
		j.conclude(j.downloaded(at.finished))
	default:
		j.conclude(j.failed(failed))
	}
}

// keepOrigin keeps resume data only for a task that was made from some: any
// other one finds what it needs beside its partial file.
func keepOrigin(given, latest json.RawMessage) json.RawMessage {
	if len(given) == 0 {
		return nil
	}
	return latest
}

// again tells whether a failure is one that passes: of the network, or of a disk
// without room for a note, while the time for the whole resource has not passed.
// A request that may not be
// repeated is not, once the server may have seen it (RFC 9110 section 9.2.2).
func (j *job) again(e *session.Error) bool {
	if errors.Is(e, errNotDurable) {
		return true
	}
	switch e.Code {
	case session.CannotFindHost, session.CannotConnectToHost, session.DNSLookupFailed, session.NotConnectedToInternet:
		return true
	case session.TimedOut:
		if e.Resource {
			return false
		}
	case session.NetworkConnectionLost:
	default:
		return false
	}
	switch j.rec.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// downloaded is the result of a download whose complete file lies at path.
func (j *job) downloaded(at string) wire.Result {
	if at == "" {
		return j.broken(session.CannotMoveFile, errors.New("the finished file could not be given its name"))
	}
	r := wire.Result{Path: at}
	status := j.status()
	if j.rec.Destination == "" || status < 200 || status > 299 {
		return r
	}
	placed, err := partial.Publish(j.h.a.files, at, j.destination(), j.rec.Overwrite)
	if placed == "" {
		failed := j.broken(session.CannotMoveFile, fmt.Errorf("the file is complete, at %s: %w", at, err))
		failed.Path, failed.Placed = at, true
		return failed
	}
	if err != nil {
		j.h.a.log.Warn("tidying up after a finished file", "error", err)
	}
	r.Path, r.Placed = placed, true
	return r
}

// destination is where the file goes.
func (j *job) destination() string {
	dest := j.rec.Destination
	if !os.IsPathSeparator(dest[len(dest)-1]) {
		return dest
	}
	name := path.Base(j.rec.Request.URL)
	if req, err := j.rec.Current.HTTP(); err == nil {
		resp := j.rec.Response.HTTP(req)
		if resp == nil {
			resp = &http.Response{Header: http.Header{}, Request: req}
		}
		name = partial.SuggestedName(resp)
	}
	return filepath.Join(dest, partial.SafeName(name))
}

// uploaded is the result of an upload.
func (j *job) uploaded(at *attempt) wire.Result {
	var changed *session.Error
	if errors.As(j.rec.unchanged(), &changed) {
		return j.failed(changed)
	}
	r := wire.Result{Body: j.rec.Body}
	if at.tooLong {
		r.Error = &wire.Error{
			Code: int(session.DataLengthExceedsMaximum),
			Text: fmt.Sprintf("the file was sent; its response is longer than the %d bytes that are kept", mostBody),
		}
	}
	return r
}

// failed is the result of a task that ended with an error.
func (j *job) failed(e *session.Error) wire.Result {
	if j.ending == timedOut {
		e = &session.Error{Code: session.TimedOut, Resource: true, URL: e.URL, Resume: e.Resume}
	}
	w := &wire.Error{Code: int(e.Code), URL: e.URL, Resource: e.Resource, NoResume: j.noResume, Causes: causes(e)}
	if j.byUser && e.Code == session.Cancelled {
		w.CancelledBy = string(session.CancelledByUser)
	}
	if e.Err != nil {
		w.Text = e.Err.Error()
	}
	if len(e.Resume) > 0 {
		w.Resume, w.NoResume = json.RawMessage(e.Resume), ""
	}
	return wire.Result{Error: w}
}

// broken is the result of a task that failed in the agent.
func (j *job) broken(code session.Code, err error) wire.Result {
	return j.failed(&session.Error{Code: code, URL: j.shownURL(), Err: err})
}

// unattempted is the result of a task that is ended while it has no attempt.
func (j *job) unattempted(why ending) wire.Result {
	e := &session.Error{Code: session.Cancelled, URL: j.shownURL()}
	began := j.rec.Attempts > 0
	switch {
	case why == cancelled && j.rec.Kind == wire.KindDownload && began:
		if err := j.rec.removePartial(j.h.a.files, j.h.identifier); err != nil {
			e.Err = err
		}
	case why != cancelled && j.rec.Kind == wire.KindDownload:
		data, err := j.rec.resumeData()
		e.Resume = data
		if data == nil {
			j.noResume = "nothing has arrived yet"
		}
		if err != nil {
			j.noResume = err.Error()
		}
	}
	return j.failed(e)
}

// causes are the names of what errors.Is finds in err.
func causes(err error) (names []string) {
	for name, target := range map[string]error{
		wire.CauseExists: fs.ErrExist, wire.CauseNotExists: fs.ErrNotExist, wire.CauseForbidden: fs.ErrPermission,
		wire.CauseNoSpace: syscall.ENOSPC, wire.CauseSpent: partial.ErrSpent, wire.CauseLocked: partial.ErrLocked,
		wire.CauseOtherFile: session.ErrOtherFile, wire.CauseDigest: session.ErrDigest,
	} {
		if errors.Is(err, target) {
			names = append(names, name)
		}
	}
	return names
}

// diskRetry is the wait before a result that could not be written down is tried
// again.
const diskRetry = 5 * time.Second

// conclude ends a task: its result is written down, then told.
func (j *job) conclude(r wire.Result) {
	a := j.h.a
	a.mu.Lock()
	r.Metrics = j.encodedMetrics()
	r.Ended = time.Now().UTC()
	a.lastEnd++
	r.Number = a.lastEnd
	j.holdClock()
	wasActive := j.rec.State == wire.StateRunning
	j.result = &r
	a.mu.Unlock()
	for {
		a.mu.Lock()
		told := a.store.now(saveTask(j.h.number, j.saved()))
		a.mu.Unlock()
		err := <-told
		if err == nil {
			break
		}
		a.mu.Lock()
		a.notice("a result cannot be written down, and waits: " + err.Error())
		j.reason = err.Error()
		j.changed()
		a.mu.Unlock()
		select {
		case <-time.After(diskRetry):
		case <-a.ctx.Done():
			return
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	j.rec.State, j.rec.Result = wire.StateEnded, &r
	j.rec.Revision++
	j.doing, j.reason, j.next = "", "", time.Time{}
	if wasActive {
		j.h.active--
	}
	if r.Error != nil {
		j.tell("ended: " + endText(r))
	} else {
		j.tell("finished " + r.Path)
	}
	if j.succeeded() {
		j.removeUpload()
	}
	j.changed()
	j.hookEnd()
	if j.h.identifier == CommandIdentifier && len(j.h.jobs) > mostEnded {
		j.h.tidy()
	}
	a.ring()
	a.place()
	a.rest()
}

func (a *Agent) inSpool(path string) bool { return filepath.Dir(path) == a.at.Spool() }

func endText(r wire.Result) string {
	text := session.Code(r.Error.Code).String()
	if r.Error.Text != "" {
		text += ": " + r.Error.Text
	}
	return text
}

// retire takes a task that everybody who is there has acknowledged to the
// history. The caller holds mu.
func (j *job) retire() {
	h := j.h
	if !j.ended() || !j.acknowledged {
		return
	}
	for p := range h.peers {
		if !j.acked[p] {
			return
		}
	}
	delete(h.jobs, j.rec.ID)
	delete(h.tokens, j.rec.Token)
	h.a.store.later(retireTask(h.number, j.past()))
	j.removeFile()
	if !j.succeeded() {
		h.keep(j)
	}
	h.a.ring()
}

// lookForFile takes note of a finished file that somebody took who was killed
// before saying so.
func (j *job) lookForFile() {
	if r := j.rec.Result; r != nil && r.Path != "" && !r.Placed && !exists(r.Path) {
		j.rec.FileTaken = true
	}
}

// removeFile removes a finished file that is not in a place of its own.
func (j *job) removeFile() {
	r := j.rec.Result
	if r == nil || r.Path == "" || r.Placed {
		return
	}
	if err := j.h.a.files.Remove(r.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		j.h.a.log.Warn("a finished file stays", "error", err)
	}
}

// discard ends a task of a session that is forgotten, with all that it has on
// the disk but files in places of their own. The caller holds mu.
func (j *job) discard() {
	j.unwait()
	j.holdClock()
	if !j.ended() && j.rec.State == wire.StateRunning {
		j.h.active--
	}
	j.ending, j.forgotten = cancelled, true
	j.removeFile()
	if at := j.attempt; at != nil {
		at.stop()
		if at.task != nil {
			at.task.Cancel()
		}
		return
	}
	if !j.ended() && j.rec.Attempts > 0 && j.rec.Kind == wire.KindDownload {
		if err := j.rec.removePartial(j.h.a.files, j.h.identifier); err != nil {
			j.h.a.log.Warn("a partial file stays", "error", err)
		}
	}
	j.removeUpload()
}

// removeUpload removes the agent's file of what is sent. If it stays, the next
// start of the agent removes it.
func (j *job) removeUpload() {
	upload := j.rec.Upload
	if upload == "" || !j.h.a.inSpool(upload) {
		return
	}
	if err := os.Remove(upload); err != nil && !errors.Is(err, fs.ErrNotExist) {
		j.h.a.log.Warn("the file of an upload stays", "error", err)
	}
}

// succeeded tells whether a task that has ended is done.
func (j *job) succeeded() bool { return j.rec.Result.Error == nil && j.status() < 300 }

// past is the task in the history.
func (j *job) past() wire.Past {
	r := j.rec.Result
	p := wire.Past{
		Identifier: j.h.identifier, ID: j.rec.ID, Kind: j.rec.Kind, URL: j.shownURL(),
		Bytes: j.rec.Counts.Received, Created: j.rec.Created, Ended: r.Ended, Result: "done",
	}
	if j.rec.Kind == wire.KindUpload {
		p.Bytes = j.rec.Counts.Sent
	}
	if u, err := url.Parse(j.rec.Request.URL); err == nil {
		p.Host, p.Name = strings.ToLower(u.Hostname()), partial.SafeName(path.Base(u.Path))
	}
	if r.Placed { // else it lay in the spool until it was taken
		p.Path, p.Name = r.Path, filepath.Base(r.Path)
	}
	if j.rec.Response != nil {
		p.Status = j.rec.Response.StatusCode
	}
	switch {
	case r.Error != nil && session.Code(r.Error.Code) == session.Cancelled:
		p.Result = "cancelled"
	case r.Error != nil:
		p.Result, p.Reason = "failed", endText(*r)
	case p.Status >= 300:
		p.Result = "refused"
	}
	return p
}
