package model

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"time"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// change lets a fact of the live task change the row's state.
func (m *Model) change(r *row, s *slot, f *fact, now time.Time) {
	switch f.stimulus {
	case factResult:
		m.result(r, f.outcome)
	case factEnded:
		if f.outcome != nil { // an upload's response is its result
			m.head(r, s.task)
			m.result(r, f.outcome)
		} else if m.opt.Attached && r.life.result == Queued {
			m.head(r, s.task)
			m.result(r, takenElsewhere(f.Status))
		}
		m.finish(r, s, f)
		m.leftover(r, s)
		m.step(r, factEnded)
		m.tryAgain(r, failure{status: r.status, repeatable: repeatable(r.spec.method()),
			after: transfer.RetryAfter(r.responseHeader(), now)}, now)
	case factCancelled, factFailed:
		m.finish(r, s, f)
		data, resumable := session.ResumeDataFrom(f.err)
		switch {
		case resumable:
			r.resume, r.can, r.had = data, true, traceOf(data)
		case !isDisk(f.Code): // a disk that fails leaves what it likes
			m.spent(r, s)
		}
		held := r.state == Held
		m.step(r, f.stimulus)
		switch {
		case r.state == Failed:
			m.failed(r, s, f, now)
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
		r.path, r.file = o.path, o.file
		if m.opt.Attached && r.spec.Upload == "" && o.path != "" {
			m.named(r, filepath.Base(o.path))
		}
	case Mismatch:
		r.path = o.path
		r.reason = "the checksum differs: " + o.text()
	case Refused:
		r.reason = join(r.refusal(), o.text())
	case Expired:
		why := "the link has run out"
		if r.status < 400 {
			why = "the link leads to something else now"
		}
		r.reason = join(fmt.Sprintf("%s (%d %s); the bytes at hand are kept, a fresh link goes on from there",
			why, r.status, http.StatusText(r.status)), o.text())
	case Failed:
		r.disk = true
		r.reason, r.code = o.text(), session.CannotMoveFile
	}
	m.step(r, factResult, o.result)
}

// takenElsewhere is the result of a download whose file another terminal has
// taken, the body of a refusal too.
func takenElsewhere(status int) *outcome {
	if status == 0 || success(status) {
		return &outcome{result: Done, status: status}
	}
	return &outcome{result: Refused, status: status}
}

// finish lets go of the row's live task.
func (m *Model) finish(r *row, s *slot, f *fact) {
	if t, ok := s.task.(*session.DownloadTask); ok {
		r.destination = t.Destination()
	}
	m.head(r, s.task)
	m.latest(r, s)
	m.mirrorsEnded(r, s.task)
	if seg := r.segment(s.task.ID()); seg != nil {
		seg.Running = false
		seg.Outcome = f.Text
		data, resumable := session.ResumeDataFrom(f.err)
		switch {
		case f.err == nil:
			seg.Outcome = fmt.Sprintf("%d %s", r.status, http.StatusText(r.status))
		case resumable && f.stimulus == factCancelled:
			seg.Outcome = pausedOutcome(data)
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

// pausedOutcome says of a segment that it was left with resume data.
func pausedOutcome(d session.ResumeData) string {
	return fmt.Sprintf("paused, resume data %d B", len(d))
}

// failed says how a transfer failed and lets the policy decide what follows.
func (m *Model) failed(r *row, s *slot, f *fact, now time.Time) {
	r.code, r.ran.failedAt = f.Code, now
	unanswered := failure{code: f.Code}.ofNetwork() && r.ran.headOf != s.task.ID()
	if unanswered && m.queue.answered(r, 0) {
		m.sendBack(r.queueHost)
	}
	r.reason = join(words(f.err), advice(f.Code, f.err))
	var e *session.Error
	resource := errors.As(f.err, &e) && e.Resource
	taken := isTaken(f.err)
	r.disk = isDisk(r.code) && !taken && !errors.Is(f.err, partial.ErrCorrupt) && !errors.Is(f.err, partial.ErrVersion)
	appeared := errors.Is(f.err, partial.ErrAppeared)
	if appeared {
		m.disclaim(r)
		appeared = !r.ran.surprised
	}
	m.tryAgain(r, failure{
		code: r.code, appeared: appeared, resource: resource, taken: taken, repeatable: repeatable(r.spec.method()),
		reached: r.ran.response != nil, local: isLocal(s.task),
	}, now)
}

// tryAgain asks the retry policy about a row that has just failed or been
// refused. Retries count in a row: bytes that came in between begin the count
// anew, because then trying again gets somewhere.
func (m *Model) tryAgain(r *row, f failure, now time.Time) {
	if r.state != Failed && r.state != Refused || r.disk || r.removed || m.leaving || m.opt.Attached {
		return
	}
	if r.can && r.done > r.best {
		r.best, r.attempt = r.done, 0
	}
	f.again = r.attempt > 0 && f.code == r.failedWith
	r.failedWith = f.code
	if f.appeared {
		r.ran.surprised = true
		m.step(r, stepBackOff)
		m.retryWhen(r, now)
		m.setAlarm(now)
		return
	}
	m.askNetwork(r, &f)
	g, ok := m.policy.next(f, r.attempt)
	if !ok {
		return
	}
	r.notBefore = now.Add(g.least)
	m.step(r, stepBackOff)
	if g.offline {
		m.awaitNetwork(r)
		return
	}
	if r.attempt++; r.attempt == 1 {
		r.ran.waits = nil
	}
	r.ran.waits = keepLast(r.ran.waits, g.wait, mostWaits)
	m.retryWhen(r, now.Add(g.wait))
	m.setAlarm(now)
}

// isTaken tells whether the partial file was not as the model knew it, because
// another process has it or had it: the next attempt looks at the disk anew.
func isTaken(err error) bool {
	return errors.Is(err, partial.ErrLocked) || errors.Is(err, partial.ErrSpent) || errors.Is(err, fs.ErrExist)
}

// isDisk tells the codes of failures of the file system.
func isDisk(c session.Code) bool {
	switch c {
	case session.CannotCreateFile, session.CannotOpenFile, session.CannotCloseFile, session.CannotWriteToFile,
		session.CannotRemoveFile, session.CannotMoveFile:
		return true
	default:
		return false
	}
}

func (r *row) responseHeader() http.Header {
	if r.ran.response == nil {
		return nil
	}
	return r.ran.response.Header
}

// refusal says what the row's error status means.
func (r *row) refusal() string {
	text := meaning(r.status, r.ran.refused)
	if n := len(r.ran.hops); n > 0 && r.status >= 300 && r.status < 400 {
		last := r.ran.hops[n-1]
		text += ": redirect to " + last.To + " " + last.Answer
	}
	return text
}

// meaning says what an error status means. refused is how a credential was given
// that did not do, "" for none.
func meaning(status int, refused session.Method) string {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	switch {
	case status == http.StatusUnauthorized:
		return text + ": the server " + wants(refused)
	case status == http.StatusProxyAuthRequired:
		return text + ": the proxy " + wants(refused)
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

// wants says what whoever asks for a credential wants, or has against the one given.
func wants(refused session.Method) string {
	switch refused {
	case "":
		return "wants a user name and a password"
	case session.MethodBearer:
		return "refused the token: check it"
	}
	return "refused the user name or the password: check them"
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}
