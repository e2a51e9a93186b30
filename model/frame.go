package model

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"haul/session"
)

// frame takes in everything that happened since the last one.
func (m *Model) frame(now time.Time) {
	m.drain(now)
	for r := range m.moving {
		if r.task != nil && r.ran.headOf != r.task.ID() {
			m.head(r, r.task)
		}
		if r.ran != nil && r.ran.meter.sample(now, r.done) {
			m.version++
			m.list.touch(progressed)
		}
	}
	if len(m.moving) > 0 {
		m.in.sample(now, m.inMoved)
		m.out.sample(now, m.outNow)
	}
	if m.counts[Retrying] > 0 || len(m.prompts) > 0 {
		m.version++ // seconds are counted
	}
	m.readPrompts()
	if m.list.settle(now, m.all) {
		m.version++
	}
}

// readPrompts takes the open questions over from the desk.
func (m *Model) readPrompts() {
	prompts, version, changed := m.o.desk.snapshot(m.promptVersion)
	if !changed {
		return
	}
	for i := range prompts {
		p := &prompts[i]
		for _, id := range p.Rows {
			if r := m.rows[id]; r != nil {
				p.Names = append(p.Names, r.name)
			}
		}
	}
	m.prompts, m.promptVersion = prompts, version
	m.version++
}

// drain takes the facts and the progress out of the dirty slots.
func (m *Model) drain(now time.Time) {
	list := m.o.takeDirty(m.dirty)
	for _, s := range list {
		r := m.rows[s.lineage.row]
		if r == nil {
			continue
		}
		for _, f := range s.take(now) {
			m.fact(r, s, f, now)
		}
		if r.slot == s {
			m.progress(r, s)
		}
	}
	clear(list)
	m.dirty = list
}

// progress takes the latest counts over from the slot of the row's live task.
func (m *Model) progress(r *row, s *slot) {
	if !s.moved.Load() {
		return
	}
	m.head(r, s.task)
	position, expected := s.position.Load(), s.expected.Load()
	if expected >= 0 {
		r.size = expected
	}
	if position != r.done {
		r.done = position
		m.list.touch(progressed)
	}
	m.account(r)
	if seg := r.segment(s.task.ID()); seg != nil {
		seg.End = position
	}
	if t, ok := s.task.(*session.DownloadTask); ok {
		r.can, r.why = t.Resumability()
	}
	m.step(r, factMoved)
}

// segment is the row's segment of a task.
func (r *row) segment(id session.TaskID) *Segment {
	for i := len(r.ran.segments) - 1; i >= 0; i-- {
		if r.ran.segments[i].Task == id {
			return &r.ran.segments[i]
		}
	}
	return nil
}

// fact takes in one delegate call. Of a task that is not the row's live one
// any more it only keeps the record.
func (m *Model) fact(r *row, s *slot, f fact, now time.Time) {
	live := r.slot == s
	switch {
	case f.Name == "DidWriteData":
		m.inMoved += f.Bytes
	case f.Name == "DidSendBodyData":
		m.outNow += f.Bytes
	case f.metrics != nil:
		for _, t := range f.metrics.Transactions {
			r.ran.metrics = keepLast(r.ran.metrics, t, mostTransactions)
		}
	case f.hop != nil:
		r.ran.hops = keepLast(r.ran.hops, *f.hop, mostHops)
	case f.unasked != nil:
		m.unanswered = append(m.unanswered, *f.unasked)
	}
	if f.insecure {
		r.insecure, r.ran.trust = true, f.trust
	}
	if live {
		if f.Name == "DidResumeAtOffset" {
			m.continued(r, s, f, now)
		}
		m.change(r, s, f, now)
	}
	if f.stimulus == factEnded || f.stimulus == factCancelled || f.stimulus == factFailed {
		m.o.forget(s)
		m.afterEnd(r, s.task.ID())
	}
	m.note(r, f.Event)
}

// continued takes in how a resumed download went on.
func (m *Model) continued(r *row, s *slot, f fact, now time.Time) {
	r.done = f.Bytes
	r.ran.meter.begin(now, f.Bytes)
	if seg := r.segment(s.task.ID()); seg != nil {
		seg.Start, seg.End = f.Bytes, f.Bytes
	}
	t, ok := s.task.(*session.DownloadTask)
	if !ok {
		return
	}
	c := t.Continuation()
	r.ran.rule = c.Rule
	r.reason = ""
	if c.Reason != "" {
		r.reason = "started over: " + c.Reason
	}
	r.renewed = false
}

// change lets a fact of the live task change the row's state.
func (m *Model) change(r *row, s *slot, f fact, now time.Time) {
	switch f.stimulus {
	case factResult:
		m.result(r, f.outcome)
	case factEnded:
		if f.outcome != nil { // an upload's response is its result
			m.head(r, s.task)
			m.result(r, f.outcome)
		}
		m.finish(r, s, f)
		m.step(r, factEnded)
		m.tryAgain(r, failure{status: r.status, repeatable: repeatable(r.spec.method()),
			after: retryAfter(r.responseHeader(), now)}, now)
	case factCancelled, factFailed:
		m.finish(r, s, f)
		if data, ok := session.ResumeDataFrom(f.err); ok {
			r.resume, r.can = data, true
		}
		held := r.state == Held
		m.step(r, f.stimulus)
		switch {
		case r.state == Failed:
			m.failed(r, f, now)
		case held && r.state == Paused:
			r.reason = "the connection that was held is lost: it starts from the beginning"
		}
	default:
		if f.stimulus != nothing {
			m.step(r, f.stimulus)
		}
	}
}

// result takes in what DidFinishDownloading made of the file.
func (m *Model) result(r *row, o *outcome) {
	if o.status != 0 {
		r.status = o.status
	}
	r.path = ""
	switch o.result {
	case Done:
		r.path = o.path
	case Mismatch:
		r.path = o.path
		r.reason = "the checksum differs: " + o.text()
	case Refused:
		r.reason = join(meaning(r.status), o.text())
	case Expired:
		r.reason = join(fmt.Sprintf("the link has run out (%d %s); the bytes at hand are kept, a fresh link goes on from there",
			r.status, http.StatusText(r.status)), o.text())
	case Failed:
		r.disk = true
		r.reason, r.code = o.text(), session.CannotMoveFile
	}
	m.step(r, factResult, o.result)
}

// finish lets go of the row's live task.
func (m *Model) finish(r *row, s *slot, f fact) {
	m.head(r, s.task)
	if seg := r.segment(s.task.ID()); seg != nil {
		seg.Running = false
		seg.Outcome = f.Text
		if f.err == nil {
			seg.Outcome = fmt.Sprintf("%d %s", r.status, http.StatusText(r.status))
		}
	}
	if r.life.result == Done {
		if r.size < 0 || r.spec.Upload == "" && r.done < r.size {
			// Without a length, or whole before it began.
			r.size = max(r.size, r.done)
			r.done = r.size
		}
		m.release(r)
	}
	if seg := r.segment(s.task.ID()); seg != nil && r.life.result == Done {
		seg.End = r.done
	}
	m.account(r)
	r.task, r.slot = nil, nil
}

// failed says how a transfer failed and lets the policy decide what follows.
func (m *Model) failed(r *row, f fact, now time.Time) {
	r.code = f.Code
	r.reason = f.err.Error()
	var e *session.Error
	resource := errors.As(f.err, &e) && e.Resource
	switch r.code {
	case session.CannotCreateFile, session.CannotOpenFile, session.CannotCloseFile, session.CannotWriteToFile,
		session.CannotRemoveFile, session.CannotMoveFile:
		r.disk = true
	default:
	}
	m.tryAgain(r, failure{
		code: r.code, resource: resource, repeatable: repeatable(r.spec.method()), reached: r.ran.response != nil,
	}, now)
}

// tryAgain asks the retry policy about a row that has just failed or been
// refused. Retries count in a row: bytes that came in between begin the count
// anew, because then trying again gets somewhere.
func (m *Model) tryAgain(r *row, f failure, now time.Time) {
	if r.state != Failed && r.state != Refused || r.disk || r.removed || m.leaving {
		return
	}
	if r.can && r.done > r.best {
		r.best, r.attempt = r.done, 0
	}
	wait, ok := m.policy.next(f, r.attempt)
	if !ok {
		return
	}
	r.attempt++
	r.retryAt = now.Add(wait)
	m.step(r, stepBackOff)
	m.retries.push(due{r.retryAt, r})
	m.setAlarm(now)
}

func (r *row) responseHeader() http.Header {
	if r.ran.response == nil {
		return nil
	}
	return r.ran.response.Header
}

// meaning says what an error status means.
func meaning(status int) string {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	switch {
	case status >= 300 && status < 400:
		return text + ": the redirect was not followed"
	case status == http.StatusUnauthorized:
		return text + ": the server wants a user name and a password"
	case status == http.StatusForbidden:
		return text + ": the server does not allow it"
	case status == http.StatusNotFound:
		return text + ": there is no such file"
	case status == http.StatusGone:
		return text + ": the file was taken away for good"
	case status == http.StatusTooManyRequests:
		return text + ": the server is asked too often"
	case status >= 500:
		return text + ": the server is in trouble"
	}
	return text
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}
