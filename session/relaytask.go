package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// far is what a task of a background session has in place of a loader: the
// driver that turns the states that the agent sends into what a driver tells
// and asks. Fields without a remark are guarded by the task's mu.
type far struct {
	relay *relay
	t     *task
	// adopted: it was the agent's before this side had it. again and omitted
	// came with the request. None of them changes.
	adopted bool
	again   int64
	omitted []string
	// states has a value when there is a state that load has not seen.
	states chan struct{}

	latest      *wire.Task
	outstanding int // acts that the agent has not answered
	revision    uint64
	changing    int    // settings that it has not answered
	settled     uint64 // the revision of settings behind the last one that it has
	// The settings that the task itself does not have.
	place, rateLimit int64
	asking           *asked

	// Of load's goroutine.
	resumed       int   // Count of the last wire.Resumed that was told
	written, sent int64 // bytes that were told
	answered      uint64
	attempt       counter
}

// asked is a question that the delegate is thinking about.
type asked struct {
	number uint64
	end    context.CancelCauseFunc
}

func newFar(r *relay, t *task) *far {
	return &far{relay: r, t: t, states: make(chan struct{}, 1)}
}

// farTask makes this side of a task that the agent has.
func (s *Session) farTask(state *wire.Task) (*task, Task, error) {
	r, err := state.Request.HTTP()
	if err != nil {
		return nil, nil, err
	}
	k := kindDownload
	if state.Kind == wire.KindUpload {
		k = kindUpload
	}
	t, err := s.newTask(r, k)
	if err != nil {
		return nil, nil, err
	}
	t.remote = newFar(s.remote, t)
	t.remote.adopted, t.remote.again, t.remote.omitted = true, state.Again, state.Request.Omitted
	t.created, t.description = state.Created, state.Description
	t.priority.Store(priorityBits(state.Priority))
	t.partialPath = state.PartialFile
	// Every task that somebody made is listed, also one that was never
	// resumed: nobody else remembers it.
	t.machine.resumed = true
	if k == kindUpload {
		return t, &UploadTask{t}, nil
	}
	return t, &DownloadTask{t}, nil
}

// put takes a state in.
func (f *far) put(state *wire.Task) {
	t := f.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.latest != nil && f.latest.State == wire.StateEnded {
		return
	}
	f.show(state)
	if !standsAs(f.latest, state) {
		t.tellStanding()
	}
	f.latest = state
	f.follow()
	if state.State == wire.StateEnded && !t.machine.started {
		t.machine.started = true
		t.performHere(abort)
	}
	if a := f.asking; a != nil && (state.Question == nil || state.Question.Number != a.number) {
		a.end(ErrAnsweredElsewhere)
	}
	select {
	case f.states <- struct{}{}:
	default:
	}
}

// show makes what the task's methods return that of the agent. Bytes that an
// attempt of the agent's fetches or sends again do not count twice. The caller
// holds the task's mu.
func (f *far) show(s *wire.Task) {
	t := f.t
	if req, err := s.Current.HTTP(); err == nil {
		t.current = req
	}
	if s.Response != nil {
		t.response = s.Response.HTTP(bare(t.current))
	}
	// What was handed over with resume data has begun before the agent asks.
	t.begun, t.whyNot = t.kind == kindDownload && (s.Response != nil || s.Counts.Received > 0), s.CannotResume
	if f.latest == nil || resumedCount(s) > resumedCount(f.latest) {
		t.counts.Received = 0
	}
	t.counts = Counts{
		Received: max(t.counts.Received, s.Counts.Received), ExpectedToReceive: s.Counts.ExpectedReceived,
		Sent: max(t.counts.Sent, s.Counts.Sent), ExpectedToSend: s.Counts.ExpectedSent,
	}
	t.expected = expected{s.ExpectedSend, s.ExpectedReceive}
	f.showSettings(s)
	if at := s.Resumed; at != nil {
		t.continuation = Continuation{Offset: at.Offset, Rule: partial.Rule(at.Rule), Reason: at.Reason}
	}
}

func resumedCount(s *wire.Task) int {
	if s.Resumed == nil {
		return 0
	}
	return s.Resumed.Count
}

// follow makes the task's state that of the agent, where another session has
// changed it; while acts of this one are on their way it is ahead of the agent.
// The caller holds the task's mu.
func (f *far) follow() {
	s := f.latest
	if s == nil || f.outstanding > 0 || s.Revision <= f.revision || s.State == wire.StateEnded {
		return
	}
	f.revision = s.Revision
	if e := f.t.machine.follow(s.State == wire.StateRunning); e != nothing {
		f.t.performHere(e)
		f.t.tellStanding()
	}
}

// acted takes note that the agent has done one act, after which the state has
// the given revision; 0 if it did not.
func (f *far) acted(revision uint64) {
	f.t.mu.Lock()
	defer f.t.mu.Unlock()
	f.outstanding--
	f.revision = max(f.revision, revision)
	f.follow()
}

// counts are those that were told so far.
func (f *far) counts() wire.Counts {
	c := f.t.Counts()
	return wire.Counts{Received: c.Received, ExpectedReceived: c.ExpectedToReceive, Sent: c.Sent, ExpectedSent: c.ExpectedToSend}
}

// forward tells the agent of an effect that the app's call has had on the task.
// The caller holds the task's mu.
func (f *far) forward(e effect) {
	switch e {
	case start, release:
		f.relay.out.act(f.t, wire.ActResume)
	case hold:
		f.relay.out.act(f.t, wire.ActSuspend)
	case stop, abort:
		act := wire.ActCancel
		if errors.Is(context.Cause(f.t.ctx), errPaused) {
			act = wire.ActPause
		}
		f.relay.out.act(f.t, act)
	case nothing:
	}
}

// load runs the task to its outcome. It returns false if the session has left
// the task to the agent.
func (f *far) load() (outcome, bool) {
	ended := f.t.ctx.Done()
	for {
		select {
		case <-f.relay.ctx.Done():
			return outcome{}, false
		case <-ended:
			cause := context.Cause(f.t.ctx)
			var panicked *PanicError
			switch {
			case errors.Is(cause, errAbandoned):
				return outcome{}, false
			case errors.As(cause, &panicked):
				f.t.mu.Lock()
				f.relay.out.act(f.t, wire.ActCancel)
				f.t.mu.Unlock()
			}
			ended = nil
		case <-f.states:
			f.t.mu.Lock()
			state := f.latest
			f.t.mu.Unlock()
			f.tell(state)
			if state.State == wire.StateEnded {
				return f.outcome(state), true
			}
			if q := state.Question; q != nil && ended != nil && q.Number != f.answered {
				f.answered = q.Number
				f.ask(q)
			}
		}
	}
}

// tell tells what is new in a state.
func (f *far) tell(s *wire.Task) {
	t := f.t
	if at := s.Resumed; at != nil && at.Count > f.resumed {
		f.resumed, f.written = at.Count, at.Offset
		t.tellResumed(at.Offset, at.Expected)
	}
	if n := s.Counts.Sent - f.sent; n > 0 {
		f.sent = s.Counts.Sent
		t.tellSent(&f.attempt, n, s.Counts.Sent, s.Counts.ExpectedSent)
	}
	// Before it goes on, what has been received is what the resume data had.
	atHand := t.from != nil && s.Resumed == nil && s.Response == nil
	if n := s.Counts.Received - f.written; n > 0 && t.kind == kindDownload && !atHand {
		f.written = s.Counts.Received
		t.mu.Lock()
		t.tellWrote(n, s.Counts.Received, s.Counts.ExpectedReceived)
		t.mu.Unlock()
	}
}

// ask asks the delegate and sends the answer.
func (f *far) ask(q *wire.Question) {
	t := f.t
	c, self := t.table()
	ctx, end := context.WithCancelCause(t.ctx)
	defer end(nil)
	t.mu.Lock()
	f.asking = &asked{q.Number, end}
	gone := f.latest.Question == nil || f.latest.Question.Number != q.Number
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		f.asking = nil
		t.mu.Unlock()
	}()
	if gone {
		return
	}
	answer := wire.Answer{ID: int64(t.id), Question: q.Number, Disposition: wire.Default}
	switch q.Kind {
	case wire.AskDelayed:
		if c.willBeginDelayed == nil {
			return
		}
		if !f.askDelayed(ctx, c, self, &answer) {
			return
		}
	case wire.AskChallenge:
		if !f.askChallenge(ctx, c, q, &answer) {
			return
		}
	}
	f.relay.out.put(letter{t: t, id: t.id, call: func(r *relay) error { return r.call(wire.MethodAnswer, answer, nil) }})
}

func (f *far) askChallenge(ctx context.Context, c *calls, q *wire.Question, answer *wire.Answer) bool {
	ch, err := decodeChallenge(q, f.t.CurrentRequest())
	if err != nil {
		return false
	}
	somebody := c.challenge != nil || c.sessionChallenge != nil && ch.Space.Method.SessionLevel()
	if !somebody && f.t.session.cfg.Shared {
		return false // another one may have somebody to ask
	}
	ch.Candidates = candidates(f.t.session.cfg.Identities, ch.DistinguishedNames)
	var a challengeAnswer
	for {
		if a, err = f.t.answerChallenge(ctx, ch); err != nil {
			return false
		}
		if a.disposition != UseCredential || a.credential == nil || a.credential.Identity == nil {
			break
		}
		if answer.Identity, ch.Err = encodeIdentity(a.credential.Identity); ch.Err == nil {
			break
		}
		ch.PreviousFailureCount++
	}
	switch a.disposition {
	case UseCredential:
		answer.Disposition = wire.Use
		if cred := a.credential; cred != nil {
			answer.User, answer.Password, answer.Keep = cred.User, cred.Password, cred.Persistence != PersistenceNone
			answer.Permanent = cred.Persistence == PersistencePermanent
			if cred.Trust != nil && ch.Trust != nil && keyOf(cred.Trust) == keyOf(ch.Trust) {
				answer.Trust = fingerprint(ch.Trust)
			}
		}
	case CancelChallenge:
		answer.Disposition = wire.CancelIt
	case RejectProtectionSpace:
		answer.Disposition = wire.Reject
	case PerformDefaultHandling:
	}
	return true
}

func (f *far) askDelayed(ctx context.Context, c *calls, self Task, answer *wire.Answer) bool {
	type choice struct {
		d    DelayedDisposition
		next *http.Request
	}
	a, err := decide(ctx, f.t, "WillBeginDelayedRequest", func(ctx context.Context) choice {
		d, next := c.willBeginDelayed(ctx, self, f.t.OriginalRequest())
		return choice{d, next}
	})
	if err != nil {
		return false
	}
	switch {
	case a.d == CancelDelayed:
		answer.Disposition = wire.CancelIt
	case a.d == UseNewRequest && a.next != nil:
		if checkURL(a.next.URL) == nil && checkHeader(a.next.Header.Clone()) == nil {
			answer.Disposition, answer.Request = wire.Use, wire.RequestOf(a.next)
		}
	}
	return true
}

// outcome is how a task ended in the agent.
func (f *far) outcome(s *wire.Task) outcome {
	t, r := f.t, s.Result
	if len(r.Body) > 0 {
		// A delegate that never returns keeps nobody else waiting, and the
		// session's end ends this.
		_ = t.didReceive(f.relay.ctx, r.Body)
	}
	var m Metrics
	if json.Unmarshal(r.Metrics, &m) == nil {
		t.mu.Lock()
		t.redirects, t.transactions = m.Redirects, m.Transactions
		t.mu.Unlock()
	}
	if r.Error != nil {
		return outcome{err: decodeError(r.Error), resume: ResumeData(r.Error.Resume), reason: r.Error.NoResume}
	}
	out := outcome{reason: ReasonEnded}
	if r.Path != "" {
		t.mu.Lock()
		t.placed = r.Placed
		t.mu.Unlock()
		out.file = &finishedFile{path: r.Path, taken: func() { f.relay.out.acknowledge(t.id, wire.AckFile) }}
	}
	return out
}
