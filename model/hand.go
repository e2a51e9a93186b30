package model

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// hand hands a transfer to the agent. It waits for the agent's disk.
func (m *Model) hand(s Spec, from session.ResumeData, at string) (session.TaskID, error) {
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
	if s.Connections != 0 {
		if err := t.SetConnections(s.Connections); err != nil {
			t.Cancel()
			return 0, err
		}
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
	if s.Priority != NormalPriority {
		t.SetPriority(s.Priority.ofTask())
	}
	if s.Limit > 0 {
		// It fails for a task in this process only.
		_ = t.SetRateLimit(s.Limit)
	}
	if !s.Paused {
		t.Resume()
	}
}

// handedMsg is what became of transfers for the agent.
type handedMsg struct {
	problems []Problem
	gone     []RowID // rows whose place a new task has taken
}

// problemOf is err as the problem of a transfer; none if it is nil.
func problemOf(link string, err error) []Problem {
	if err == nil {
		return nil
	}
	return []Problem{{URL: redactedText(link), Err: err}}
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
	m.inTurn(func() tea.Msg {
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

// inTurn adds a command that begins when all those before it have ended: commands
// run beside each other, and the agent's order is that in which it hears of tasks.
func (m *Model) inTurn(do tea.Cmd) {
	before, done := m.handing, make(chan struct{})
	m.handing = done
	m.later(func() tea.Msg {
		defer close(done)
		if !ended(m.ctx, before) {
			return nil
		}
		return do()
	})
}

// ended waits for a command of inTurn, nil for none. It returns false when ctx has
// ended first.
func ended(ctx context.Context, command <-chan struct{}) bool {
	if command == nil {
		return true
	}
	select {
	case <-command:
		return true
	case <-ctx.Done():
		return false
	}
}

func (m *Model) checkAttached(s *Spec) error {
	u, err := ParseURL(s.URL)
	if err != nil {
		return err
	}
	switch {
	case s.Checksum != "":
		return errors.New("the agent compares no checksum that is given here: add it in a haul of its own")
	case s.Data:
		return errors.New("the agent has files only: add it as a download")
	case len(s.Mirrors) > 0:
		return errors.New("the agent knows no mirrors: add it in a haul of its own")
	case s.Upload != "":
		return checkUpload(s)
	}
	if err := m.checkDestination(s); err != nil {
		return err
	}
	old := m.rows[m.wanted[target{withoutUser(u), s.Dir, s.Name}]]
	if old != nil && !old.removed && !s.Beside {
		return errListed
	}
	return nil
}

func redactedText(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return transfer.RedactURL(u)
}

// againAttached has the agent try a row's transfer again. The row gets the new
// task, in every terminal.
func (m *Model) againAttached(r *row, how session.Repetition) {
	if r.state == Paused && how == (session.Repetition{}) {
		m.unpause(r)
		return
	}
	m.act(r, "Retry", "")
	id, task, spec := r.id, r.latest, *r.spec
	from, at, lost := r.resume, r.destination, r.omitted
	m.later(func() tea.Msg {
		_, err := m.session.Again(task, how)
		if !errors.Is(err, session.ErrNoTask) {
			return handedMsg{problems: problemOf(spec.URL, err)}
		}
		// The agent was started since: what this side knows makes a new one.
		switch {
		case len(lost) > 0:
			err = fmt.Errorf("the agent has not kept its %s: add it again", strings.Join(lost, ", "))
		case spec.Upload != "":
			err = errors.New("the agent has no file of it any more: add it again")
		default:
			if how.URL != nil {
				spec.URL = how.URL.String()
			}
			if how != (session.Repetition{}) {
				from = nil
			}
			_, err = m.hand(spec, from, at)
		}
		if err != nil {
			return handedMsg{problems: problemOf(spec.URL, err)}
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
