package background

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/handler"

	"haul/session/internal/wire"
)

// The errors of methods. Each has a code of the protocol.
var (
	errNoTask  = jrpc2.Errorf(wire.CodeNoTask, "there is no such task")
	errNoHost  = jrpc2.Errorf(wire.CodeNoTask, "there is no such session")
	errInUse   = jrpc2.Errorf(wire.CodeInUse, "the session is in use by another program")
	errOrder   = jrpc2.Errorf(wire.CodeOrder, "agent.hello comes first")
	errNotOpen = jrpc2.Errorf(wire.CodeOrder, "no session is open, and no identifier was given")
	errOpened  = jrpc2.Errorf(wire.CodeOrder, "a session is open already on this connection")
	errTooLate = jrpc2.Errorf(wire.CodeTooLate, "the task was resumed or has ended")
)

func invalid(format string, args ...any) error {
	return jrpc2.Errorf(wire.CodeInvalid, format, args...)
}

// methods are what a peer may call.
func (p *peer) methods() jrpc2.Assigner {
	return handler.Map{
		wire.MethodHello:       handler.New(p.hello),
		wire.MethodStatus:      p.method(true, handler.New(p.status)),
		wire.MethodStop:        p.method(true, handler.New(p.stop)),
		wire.MethodOpen:        p.method(false, handler.New(p.open)),
		wire.MethodForget:      p.method(false, handler.New(p.forget)),
		wire.MethodSessions:    p.method(false, handler.New(p.sessions)),
		wire.MethodCreate:      p.method(false, handler.New(p.create)),
		wire.MethodCreateAll:   p.method(false, handler.New(p.createAll)),
		wire.MethodSet:         p.method(false, handler.New(p.set)),
		wire.MethodAct:         p.method(false, handler.New(p.act)),
		wire.MethodAgain:       p.method(false, handler.New(p.again)),
		wire.MethodLimit:       p.method(false, handler.New(p.limit)),
		wire.MethodAcknowledge: p.method(false, handler.New(p.acknowledge)),
		wire.MethodAnswer:      p.method(false, handler.New(p.answer)),
		wire.MethodTasks:       p.method(false, handler.New(p.tasks)),
		wire.MethodWait:        p.method(false, handler.New(p.wait)),
		wire.MethodLog:         p.method(false, handler.New(p.story)),
		wire.MethodHistory:     p.method(false, handler.New(p.history)),
	}
}

// method guards a method: the handshake comes first, and a program of another
// version may look and stop only.
func (p *peer) method(foreigners bool, h jrpc2.Handler) jrpc2.Handler {
	return func(ctx context.Context, r *jrpc2.Request) (any, error) {
		p.a.mu.Lock()
		ok := p.greeted || p.foreign && foreigners
		p.a.mu.Unlock()
		if !ok {
			return nil, errOrder
		}
		return h(ctx, r)
	}
}

func (p *peer) hello(_ context.Context, h wire.Hello) (wire.Greeting, error) {
	p.a.mu.Lock()
	defer p.a.mu.Unlock()
	if h.Protocol == wire.Protocol {
		p.greeted = true
	} else {
		p.foreign = true
	}
	return wire.Greeting{Protocol: wire.Protocol, Version: p.a.o.Version, PID: os.Getpid()}, nil
}

func (p *peer) status(context.Context) (wire.Status, error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	s := wire.Status{
		Version: a.o.Version, Protocol: wire.Protocol, PID: os.Getpid(), Started: a.started.UTC(),
		Sessions: len(a.hosts), Notices: slices.Clone(a.notices),
	}
	for _, h := range a.hosts {
		s.Attached += len(h.peers)
		for _, j := range h.jobs {
			switch {
			case j.ended():
				s.Ended++
			case j.question != nil:
				s.Asking++
			case j.attempt != nil && j.rec.State == wire.StateRunning:
				s.Running++
			case j.rec.State == wire.StateRunning:
				s.Waiting++
			}
		}
	}
	return s, nil
}

// stop ends the agent after the reply is out.
func (p *peer) stop(ctx context.Context, s wire.Stop) (bool, error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	active := 0
	for _, h := range a.hosts {
		active += h.active
	}
	if active > 0 && !s.Force {
		return false, jrpc2.Errorf(wire.CodeBusy, "%d tasks are under way", active)
	}
	context.AfterFunc(ctx, func() {
		// The server ends ctx and writes the reply without letting go of the lock
		// that this call takes, which is about nothing.
		p.srv.CancelRequest("")
		a.stop()
	})
	return true, nil
}

func (p *peer) open(_ context.Context, o wire.Open) (wire.Opened, error) {
	a := p.a
	if err := checkIdentifier(o.Identifier); err != nil {
		return wire.Opened{}, err
	}
	a.mu.Lock()
	if p.h != nil {
		a.mu.Unlock()
		return wire.Opened{}, errOpened
	}
	h := a.host(o.Identifier)
	if err := h.open(p, o); err != nil {
		a.mu.Unlock()
		return wire.Opened{}, err
	}
	p.h = h
	n := len(h.jobs)
	durable := h.save()
	select { // also if there is no task: the peer waits for the word that it knows all
	case p.wake <- struct{}{}:
	default:
	}
	a.mu.Unlock()
	return wire.Opened{Tasks: n}, stored(durable())
}

// stored is the reply to what could not be written down.
func stored(err error) error {
	if err == nil {
		return nil
	}
	return jrpc2.Errorf(wire.CodeStore, "the agent cannot write it down: %v", err)
}

func (p *peer) forget(_ context.Context, f wire.Forget) (bool, error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.hosts[f.Identifier]
	if h == nil {
		return false, errNoHost
	}
	if len(h.peers) > 0 {
		return false, errInUse
	}
	h.forget()
	return true, nil
}

func (p *peer) sessions(context.Context) ([]wire.Session, error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	list := []wire.Session{}
	for _, h := range a.hosts {
		if len(h.jobs) > 0 || len(h.peers) > 0 {
			list = append(list, h.info())
		}
	}
	slices.SortFunc(list, func(x, y wire.Session) int { return cmp.Compare(x.Identifier, y.Identifier) })
	return list, nil
}

// subject is the session that a call is about. The caller holds mu.
func (p *peer) subject(identifier string) (*host, error) {
	switch {
	case identifier == "" && p.h != nil:
		return p.h, nil
	case identifier == "":
		return nil, errNotOpen
	case p.a.hosts[identifier] == nil:
		return nil, errNoHost
	}
	return p.a.hosts[identifier], nil
}

// job is the task that a call is about. The caller holds mu.
func (p *peer) job(identifier string, id int64) (*job, error) {
	h, err := p.subject(identifier)
	if err != nil {
		return nil, err
	}
	j := h.jobs[id]
	if j == nil {
		return nil, errNoTask
	}
	return j, nil
}

func (p *peer) set(_ context.Context, s wire.Set) (wire.Changed, error) {
	changed, durable, err := p.change(s)
	if err != nil {
		return wire.Changed{}, err
	}
	return changed, stored(durable())
}

// change is set but for the wait for the disk, which only a name is worth.
func (p *peer) change(s wire.Set) (changed wire.Changed, durable func() error, err error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	j, err := p.job(s.Identifier, s.ID)
	if err != nil {
		return changed, nil, err
	}
	if err := j.set(s.Settings); err != nil {
		return changed, nil, err
	}
	j.settings++
	changed.SettingsRevision = j.settings
	if at := j.attempt; at != nil && at.task != nil && s.Priority != nil {
		at.task.SetPriority(j.rec.Priority)
	}
	j.changed()
	if s.Name != nil {
		return changed, j.saveNow(), nil
	}
	j.saveLater()
	return changed, func() error { return nil }, nil
}

// everything names all tasks of all sessions.
const everything = "*"

func (p *peer) act(_ context.Context, w wire.Act) (wire.Acted, error) {
	if !slices.Contains([]string{wire.ActResume, wire.ActSuspend, wire.ActCancel, wire.ActPause}, w.Act) {
		return wire.Acted{}, invalid("there is no act %q", w.Act)
	}
	a := p.a
	a.mu.Lock()
	jobs, err := p.chosen(w.Identifier, w.IDs)
	if err != nil {
		a.mu.Unlock()
		return wire.Acted{}, err
	}
	acted := wire.Acted{Revisions: make(map[int64]uint64)}
	var durable []func() error
	for _, j := range jobs {
		j.act(w.Act, p.h != j.h)
		acted.Revisions[j.rec.ID] = j.rec.Revision
		if !j.ended() && j.ending == notEnding {
			durable = append(durable, j.saveNow())
		}
	}
	a.place()
	a.mu.Unlock()
	for _, wait := range durable {
		err = errors.Join(err, wait())
	}
	return acted, stored(err)
}

// chosen are the tasks that a call names. A task that is gone is passed over,
// unless it is the only one. The caller holds mu.
func (p *peer) chosen(identifier string, ids []int64) (jobs []*job, err error) {
	var hosts []*host
	if identifier == everything && len(ids) == 0 {
		for _, h := range p.a.hosts {
			hosts = append(hosts, h)
		}
	} else {
		h, err := p.subject(identifier)
		if err != nil {
			return nil, err
		}
		hosts = []*host{h}
	}
	for _, h := range hosts {
		if len(ids) == 0 {
			jobs = append(jobs, h.inOrder()...)
		}
		for _, id := range ids {
			if j := h.jobs[id]; j != nil {
				jobs = append(jobs, j)
			}
		}
	}
	if len(jobs) == 0 && len(ids) > 0 {
		return nil, errNoTask
	}
	return jobs, nil
}

func (p *peer) acknowledge(_ context.Context, w wire.Acknowledge) (bool, error) {
	if err := p.acknowledged(w); err != nil {
		return false, err
	}
	// Nobody is told again what this reply confirms.
	return true, stored(<-p.a.store.now(nothing))
}

func (p *peer) acknowledged(w wire.Acknowledge) error {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	h, err := p.subject(w.Identifier)
	if err != nil {
		return err
	}
	for _, id := range w.IDs {
		j := h.jobs[id]
		if j == nil || !j.ended() {
			continue
		}
		switch w.What {
		case wire.AckFile:
			// Others who share the session may not have had it yet.
			if r := j.rec.Result; !r.Placed && (!j.h.record.Shared || !exists(r.Path)) {
				j.rec.FileTaken = true
				j.saveLater()
			}
		case wire.AckDone:
			j.acknowledged = true
			if p.h == h {
				j.acked[p] = true
			}
			j.retire()
		default:
			return invalid("there is no acknowledgement of %q", w.What)
		}
	}
	return nil
}

func (p *peer) answer(_ context.Context, w wire.Answer) (wire.Answered, error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	j, err := p.job(w.Identifier, w.ID)
	if err != nil {
		return wire.Answered{}, err
	}
	if !slices.Contains([]string{wire.Use, wire.Default, wire.CancelIt, wire.Reject}, w.Disposition) {
		return wire.Answered{}, invalid("there is no disposition %q", w.Disposition)
	}
	return wire.Answered{First: j.reply(w)}, nil
}

func (p *peer) tasks(_ context.Context, l wire.List) (wire.Tasks, error) {
	a := p.a
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []*job
	for _, h := range a.hosts {
		if l.Identifier != "" && h.identifier != l.Identifier {
			continue
		}
		h.tidy()
		for _, j := range h.jobs {
			if l.After == nil || comparePlaces(j, l.After.Identifier, l.After.ID) > 0 {
				all = append(all, j)
			}
		}
	}
	slices.SortFunc(all, func(x, y *job) int { return comparePlaces(x, y.h.identifier, y.rec.ID) })
	page := wire.Tasks{Tasks: []wire.Task{}}
	page.More = len(all) > pushTasks
	for _, j := range all[:min(len(all), pushTasks)] {
		page.Tasks = append(page.Tasks, j.listed())
	}
	return page, nil
}

func (p *peer) wait(ctx context.Context, w wire.Wait) (wire.Waited, error) {
	var late <-chan time.Time
	if w.Timeout > 0 {
		timer := time.NewTimer(w.Timeout)
		defer timer.Stop()
		late = timer.C
	}
	a := p.a
	a.mu.Lock()
	identifier := w.Identifier
	if identifier == "" {
		identifier = everything
	}
	if identifier == everything && len(w.IDs) > 0 {
		a.mu.Unlock()
		return wire.Waited{}, errNotOpen
	}
	jobs, err := p.chosen(identifier, w.IDs)
	a.mu.Unlock()
	if err != nil {
		return wire.Waited{}, err
	}
	for {
		a.mu.Lock()
		bell := a.bell
		over := !slices.ContainsFunc(jobs, func(j *job) bool { return !j.ended() })
		a.mu.Unlock()
		timedOut := false
		if !over {
			select {
			case <-bell:
				continue
			case <-late:
				timedOut = true
			case <-ctx.Done():
				return wire.Waited{}, ctx.Err()
			}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		result := wire.Waited{TimedOut: timedOut, Tasks: []wire.Task{}}
		for _, j := range jobs[:min(len(jobs), pushTasks)] {
			result.Tasks = append(result.Tasks, j.listed())
		}
		return result, nil
	}
}

func (p *peer) story(ctx context.Context, q wire.LogQuery) (wire.LogLines, error) {
	a := p.a
	for {
		a.mu.Lock()
		bell := a.bell
		h, err := p.subject(q.Identifier)
		ended := true
		identifier := q.Identifier
		if err == nil {
			identifier = h.identifier
			j := h.jobs[q.ID]
			ended = j == nil || j.ended()
		} else if identifier == "" {
			a.mu.Unlock()
			return wire.LogLines{}, err
		}
		a.mu.Unlock()
		// The lines so far are in the database when this is.
		if err := <-a.store.now(nothing); err != nil {
			return wire.LogLines{}, stored(err)
		}
		lines, err := a.store.story(identifier, q.ID, q.After)
		if err != nil {
			return wire.LogLines{}, stored(err)
		}
		if len(lines) > 0 || ended || !q.Follow {
			return wire.LogLines{Lines: lines, Ended: ended}, nil
		}
		select {
		case <-bell:
		case <-ctx.Done():
			return wire.LogLines{}, ctx.Err()
		}
	}
}

func (p *peer) history(_ context.Context, q wire.HistoryQuery) (wire.History, error) {
	if err := <-p.a.store.now(nothing); err != nil {
		return wire.History{}, stored(err)
	}
	past, err := p.a.store.history(q)
	if err != nil {
		return wire.History{}, stored(err)
	}
	return wire.History{Past: past}, nil
}
