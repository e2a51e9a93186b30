package model

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// Attached is the delegate of a shared background session, whose tasks are in
// the agent: an Observer that makes a row of each task that there is, whoever
// made it. Give it to session.New and its Observer to [New], with the same
// options. A row has the number of its task.
//
// What a model of its own session decides is the agent's there: when a row
// starts, whether it is tried again, where its file goes. Pausing suspends the
// task, quitting leaves everything running.
type Attached struct {
	*Observer
	dir string

	lost chan struct{}
	once sync.Once
	err  error
}

// NewAttached returns the delegate. dir takes the files of tasks that have no
// destination.
func NewAttached(opt Options, dir string) *Attached {
	a := &Attached{Observer: NewObserver(), dir: dir, lost: make(chan struct{})}
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
	l := &lineage{row: RowID(t.ID()), spec: spec, name: spec.Name}
	l.origin.Store(&at)
	s := a.register(t, l, false)
	a.fact(s, fact{Event: Event{Name: "DidCreateTask"}})
}

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
	m.counts[r.state]++
	m.wanted[target{withoutUser(u), r.spec.Dir, r.spec.Name}] = r.id
	r.ran = &run{lineage: s.lineage}
	r.task, r.slot = s.task, s
	r.ran.segments = []Segment{{Task: s.task.ID(), Running: true}}
	m.step(r, stepStart)
	counts := s.task.Counts()
	r.done, r.size = counts.Received, counts.ExpectedToReceive
	if r.spec.Upload != "" {
		r.done, r.size = counts.Sent, counts.ExpectedToSend
	}
	r.ran.segments[0].End = r.done
	m.head(r, s.task)
	m.follow(r)
	m.account(r)
	m.list.append([]*row{r})
	if r.id == m.selected {
		m.list.cursor = r
	}
	return r
}

// follow shows what another terminal, or a command, has done to a task.
func (m *Model) follow(r *row) {
	if r.task == nil {
		return
	}
	if d := r.task.Description(); d != "" && r.spec.Name == "" && r.spec.Upload == "" {
		m.named(r, partial.SafeName(d)) // it comes after the task
	}
	switch state := r.task.State(); {
	case state == session.Suspended && r.state != Held:
		m.step(r, actHold)
	case state == session.Running && r.state == Held:
		m.step(r, actRelease)
	}
}

// named gives a row the name that its file has in the agent.
func (m *Model) named(r *row, name string) {
	spec := *r.spec // the lineage's stays as it is, for the delegate's calls
	spec.Name = name
	r.spec, r.name = &spec, name
	m.list.touch(nameChanged)
}

// hand hands a transfer to the agent. It waits for the agent's disk.
func (m *Model) hand(s Spec, from session.ResumeData, at string) (session.TaskID, error) {
	if s.Data {
		return 0, errors.New("the agent has files only: add it as a download")
	}
	u, err := ParseURL(s.URL)
	if err != nil {
		return 0, err
	}
	req := &http.Request{Method: s.method(), URL: u, Header: s.Header.Clone()}
	if s.Upload != "" {
		t, err := m.session.UploadTaskFromFile(req, s.Upload, nil)
		if err != nil {
			return 0, err
		}
		t.SetDescription(filepath.Base(s.Upload))
		s.launch(t)
		return t.ID(), nil
	}
	t, err := m.download(req, from, &s)
	if err != nil {
		return 0, err
	}
	if at == "" {
		at = filepath.Join(s.Dir, s.Name)
		if s.Name == "" {
			at += string(filepath.Separator)
		}
	}
	if err := t.SetDestination(at, m.opt.Overwrite); err != nil {
		t.Cancel()
		return 0, err
	}
	if s.Name != "" {
		t.SetDescription(s.Name)
	}
	s.launch(t)
	return t.ID(), nil
}

func (m *Model) download(req *http.Request, from session.ResumeData, s *Spec) (*session.DownloadTask, error) {
	if from != nil {
		return m.session.DownloadTaskWithResumeData(from, nil)
	}
	t, err := m.session.DownloadTask(req, nil)
	if err != nil {
		return nil, err
	}
	name := s.Name
	if name == "" {
		name = nameOf(req.URL)
	}
	// No other task's, also none that waits and has no file yet.
	part := partial.PathFor(s.Dir, partial.SafeName(name)+"."+strings.ToLower(rand.Text()[:6]))
	if err := t.SetPartialFile(part); err != nil {
		t.Cancel()
		return nil, err
	}
	return t, nil
}

// launch lets a new task of s begin, unless that is to wait.
func (s *Spec) launch(t session.Task) {
	t.SetPriority(s.Priority.ofTask())
	if !s.Paused {
		t.Resume()
	}
}

// handedMsg is what became of transfers for the agent.
type handedMsg struct {
	problems []Problem
	gone     []RowID // rows whose place a new task has taken
}

// NewsMsg are transfers that the agent did not take, after the fact.
type NewsMsg struct{ Problems []Problem }

// addAttached is Add of a model whose session is the agent's.
func (m *Model) addAttached(specs []Spec) (problems []Problem) {
	var good []Spec
	for i, s := range specs {
		err := m.checkAttached(&s)
		if err != nil {
			problems = append(problems, Problem{Index: i, URL: redactedText(s.URL), Err: err})
			continue
		}
		good = append(good, s)
	}
	m.later(func() tea.Msg {
		var msg handedMsg
		for i, s := range good {
			if _, err := m.hand(s, nil, ""); err != nil {
				msg.problems = append(msg.problems, Problem{Index: i, URL: redactedText(s.URL), Err: err})
			}
		}
		return msg
	})
	return problems
}

func (m *Model) checkAttached(s *Spec) error {
	if _, err := ParseURL(s.URL); err != nil {
		return err
	}
	switch {
	case s.Checksum != "":
		return errors.New("the agent compares no checksum that is given here: add it in a haul of its own")
	case s.Upload != "":
		return checkUpload(s)
	}
	return m.checkDestination(s)
}

func redactedText(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return transfer.RedactURL(u)
}

// againAttached makes a new task for a row whose task has ended. The new task's
// row takes the place of the old one.
func (m *Model) againAttached(r *row) {
	switch r.state {
	case Failed, Refused, Expired, Cancelled, Mismatch:
	default:
		return
	}
	if r.spec.Upload != "" {
		r.reason = "the agent has no file of it any more: add it again"
		return
	}
	spec, from, at, id := *r.spec, r.resume, r.destination, r.id
	r.resume = nil
	m.act(r, "Retry", "")
	m.later(func() tea.Msg {
		if _, err := m.hand(spec, from, at); err != nil {
			return handedMsg{problems: []Problem{{URL: redactedText(spec.URL), Err: err}}}
		}
		return handedMsg{gone: []RowID{id}}
	})
}

// handed takes in the end of such a command.
func (m *Model) handed(msg handedMsg) {
	for _, id := range msg.gone {
		if r := m.rows[id]; r != nil && !r.removed {
			m.remove(r)
		}
	}
	if len(msg.gone) > 0 {
		m.dropRemoved()
		m.relist()
	}
	if len(msg.problems) > 0 {
		m.later(func() tea.Msg { return NewsMsg{msg.problems} })
	}
}
