package model

import (
	"net/url"
	"sync"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// Attached is the delegate of a shared background session, whose tasks are in
// the agent: an Observer that makes a row of each task that there is, whoever
// made it. Give it to session.New and its Observer to [New], with the same
// options. A row has the number of its first task: one that is tried again has
// further ones.
//
// What a model of its own session decides is the agent's there: when a row
// starts, whether it is tried again, where its file goes, which rates hold.
// Pausing suspends the task, quitting leaves everything running.
type Attached struct {
	*Observer
	dir string
	// rows are those of the tasks; only calls of the delegate queue use it.
	rows map[session.TaskID]RowID

	lost chan struct{}
	once sync.Once
	err  error
}

// NewAttached returns the delegate. dir takes the files of tasks that have no
// destination.
func NewAttached(opt Options, dir string) *Attached {
	a := &Attached{Observer: NewObserver(), dir: dir, rows: make(map[session.TaskID]RowID), lost: make(chan struct{})}
	a.opt = opt.withDefaults()
	return a
}

// DidCreateTask makes the slot of a task that the agent has; its row comes with
// the next frame.
func (a *Attached) DidCreateTask(t session.Task) {
	spec := &Spec{Dir: a.dir}
	var at origin
	if r := t.OriginalRequest(); r != nil && r.URL != nil {
		spec.URL, spec.Header, at = r.URL.String(), r.Header.Clone(), originOf(r.URL)
		if _, upload := t.(*session.UploadTask); upload {
			spec.Upload, spec.Method = nameOf(r.URL), r.Method
		}
	}
	if d := t.Description(); d != "" && spec.Upload != "" {
		spec.Upload = partial.SafeName(d)
	} else if d != "" {
		spec.Name = partial.SafeName(d)
	}
	row, again := a.rows[t.Standing().Again]
	if !again {
		row = RowID(t.ID())
	}
	a.rows[t.ID()] = row
	l := &lineage{row: row, spec: spec, name: spec.Name}
	l.origin.Store(&at)
	s := a.register(t, l, false)
	a.fact(s, fact{Event: Event{Name: "DidCreateTask"}})
}

// DidChangeStanding has the row look at what the agent says.
func (a *Attached) DidChangeStanding(t session.Task) {
	if s := a.slot(t.ID()); s != nil {
		a.mark(s)
		a.tell()
	}
}

// DidChangeRateLimits has the model look at the rates.
func (a *Attached) DidChangeRateLimits(*session.Session) { a.tell() }

// DidBecomeInvalid tells that the session has left the agent, or lost it.
func (a *Attached) DidBecomeInvalid(s *session.Session, err error) {
	a.once.Do(func() {
		a.err = err
		close(a.lost)
	})
	a.Observer.DidBecomeInvalid(s, err)
}

// Lost is closed when the session has become invalid; [Attached.Err] says why
// then.
func (a *Attached) Lost() <-chan struct{} { return a.lost }

// Err is why the session has become invalid, nil if it was left. It is called
// when Lost is closed.
func (a *Attached) Err() error { return a.err }

// Select puts the cursor on a row that is to appear.
func (m *Model) Select(id RowID) { m.selected = id }

// appear makes the row of a task that the agent has.
func (m *Model) appear(s *slot) *row {
	u, err := url.Parse(s.lineage.spec.URL)
	if err != nil {
		return nil // the agent takes no such request
	}
	m.lastID = max(m.lastID, s.lineage.row)
	r := m.newRow(s.lineage.row, s.lineage.spec, u)
	r.life.state = Queued
	m.count(r, r.state, 1)
	m.wanted[target{withoutUser(u), r.spec.Dir, r.spec.Name}] = r.id
	r.ran = &run{}
	m.attempt(r, s)
	m.list.append([]*row{r})
	if r.id == m.selected {
		m.list.cursor = r
	}
	return r
}

// present is the row of a slot, which is made if there is none, and given the
// task if that is newer than the one it has.
func (m *Model) present(r *row, s *slot) *row {
	switch {
	case r == nil:
		return m.appear(s)
	case s.task.ID() > r.latest:
		m.attempt(r, s)
	}
	return r
}

// attempt gives a row the task that is in the agent for it now.
func (m *Model) attempt(r *row, s *slot) {
	if r.removed {
		m.bringBack(r)
	}
	u, err := url.Parse(s.lineage.spec.URL)
	if err == nil {
		r.url, r.host = transfer.RedactURL(u), transfer.HostOf(u)
	}
	r.ran.lineage, r.spec = s.lineage, s.lineage.spec
	r.task, r.slot, r.latest, r.omitted = s.task, s, s.task.ID(), s.task.Standing().Omitted
	r.reason, r.status, r.code, r.disk, r.path, r.resume = "", 0, 0, false, "", nil
	counts, resp := s.task.Counts(), s.task.Response()
	switch {
	case r.spec.Upload != "":
		r.done, r.size = counts.Sent, counts.ExpectedToSend
	case resp != nil && !success(resp.StatusCode):
		r.done, r.size = 0, -1 // what has come is no part of the file
	default:
		r.done, r.size = counts.Received, counts.ExpectedToReceive
	}
	r.ran.segments = keepLast(r.ran.segments, Segment{Task: s.task.ID(), End: r.done, Running: true}, mostSegments)
	m.step(r, stepStart)
	m.head(r, s.task)
	m.follow(r)
	m.account(r)
}
