package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"haul/session/internal/link"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// ErrAnsweredElsewhere is the cause with which the context of a decision ends
// when another session with the same identifier has answered first.
var ErrAnsweredElsewhere = errors.New("answered elsewhere")

var (
	errInProcess      = errors.New("session: only tasks of background sessions have this")
	errBackgroundOnly = errors.New("session: a background session has downloads and uploads of files only")
	errNoHandlers     = errors.New("session: a background session has no completion handlers, for they end with the program")
)

// checkBackgroundDelegate tells which method is missing: what ends while the
// program is gone has to be told to somebody later.
func checkBackgroundDelegate(c *calls) error {
	missing := func(name string) error {
		return fmt.Errorf("session: the delegate of a background session needs the method %s", name)
	}
	switch {
	case c.didFinishDownload == nil:
		return missing("DidFinishDownloading")
	case c.didWriteData == nil:
		return missing("DidWriteData")
	case c.didResumeAtOffset == nil:
		return missing("DidResumeAtOffset")
	case c.didComplete == nil:
		return missing("DidComplete")
	}
	return nil
}

// newBackground makes a session whose tasks are in the agent, and gives it the
// tasks that the agent has.
func newBackground(cfg Configuration, c *calls) (*Session, error) {
	if err := checkBackgroundDelegate(c); err != nil {
		return nil, err
	}
	s := newSession(cfg, c)
	s.remote = newRelay(s)
	if err := s.remote.associate(); err != nil {
		s.client.Close()
		return nil, err
	}
	return s, nil
}

// Detach leaves a background session without ending it: its tasks go on in the
// agent, and a session made later with the identifier has them. What was to be
// told and was not is told to that one. The delegate gets DidBecomeInvalid with
// nil after a call that is under way; no other follows. It does nothing to a
// session in this process. Returns at once.
func (s *Session) Detach() {
	if s.remote != nil {
		s.abandon(nil)
	}
}

// Reassociated are the tasks that a background session had when it was made, in
// the order of their making, also those that have had their last call since:
// [Session.Tasks] leaves these out. nil for a session in this process.
func (s *Session) Reassociated() []Task {
	if s.remote == nil {
		return nil
	}
	return slices.Clone(s.remote.had)
}

// errAbandoned ends the context of a task that goes on without this session.
var errAbandoned = errors.New("the session has left the task to the agent")

// abandon ends the session and leaves its tasks to the agent. err is for
// DidBecomeInvalid.
func (s *Session) abandon(err error) {
	s.mu.Lock()
	if s.ending {
		s.mu.Unlock()
		return
	}
	s.invalidated = true
	if s.broken == nil {
		s.broken = err
	}
	left := s.live
	s.live = make(map[TaskID]*task)
	s.errands++ // DidBecomeInvalid is not told before the tasks are silent
	s.mu.Unlock()
	for _, t := range left {
		t.mail.drop()
		t.mu.Lock() // no driver begins after this
		t.end(errAbandoned)
		t.mu.Unlock()
	}
	s.mu.Lock()
	s.errands--
	s.mu.Unlock()
	s.endIfIdle()
}

// adoptFar has the agent make a task, which t is on this side.
func (s *Session) adoptFar(t *task, self Task, c wire.Create) error {
	if t.dataHandler != nil || t.downloadHandler != nil {
		return errNoHandlers
	}
	s.mu.Lock()
	over := s.invalidated
	s.mu.Unlock()
	if over {
		return ErrInvalidated
	}
	t.remote = newFar(s.remote, t)
	c.Request = t.farRequest()
	return s.remote.create(t, self, c)
}

// farRequest is the request of t for the agent.
func (t *task) farRequest() *wire.Request {
	r := wire.RequestOf(t.original)
	if d, ok := t.original.Context().Value(requestTimeoutKey{}).(time.Duration); ok {
		r.Timeout = &d
	}
	if t.userinfo != nil {
		r.User = t.userinfo.Username()
		r.Password, _ = t.userinfo.Password()
	}
	return r
}

// SetEarliestBegin keeps a task of a background session from beginning before
// at. It must be called before the first Resume.
func (t *task) SetEarliestBegin(at time.Time) error {
	return t.setFar(wire.Settings{EarliestBegin: &at})
}

// SetDestination makes the agent put the finished file of a background session
// at path when the status is a success, whether or not a session is there: as
// [partial.Publish] does, beside a file that is there unless overwrite. A path
// that ends in a separator is a directory, for the name that the server
// suggests. It must be called before the first Resume.
func (t *DownloadTask) SetDestination(path string, overwrite bool) error {
	path, err := absolute(path)
	if err != nil {
		return err
	}
	return t.setFar(wire.Settings{Destination: &path, Overwrite: overwrite})
}

// absolute is filepath.Abs that keeps a separator at the end.
func absolute(path string) (string, error) {
	directory := path != "" && os.IsPathSeparator(path[len(path)-1])
	path, err := filepath.Abs(path)
	if err == nil && directory {
		path += string(filepath.Separator)
	}
	return path, err
}

// Destination is where the agent puts the finished file of a background session,
// "" if nobody has said so.
func (t *DownloadTask) Destination() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.remote == nil || t.remote.latest == nil {
		return ""
	}
	return t.remote.latest.Destination
}

// Placed tells that the finished file is where SetDestination wanted it, and is
// not removed when DidFinishDownloading returns.
func (t *DownloadTask) Placed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.placed
}

// setPartialFar is SetPartialFile of a task in the agent.
func (t *DownloadTask) setPartialFar(path string) error {
	if !isPartPath(path) {
		return fmt.Errorf("session: the name of a partial file ends in %s", partial.PartSuffix)
	}
	path, err := absolute(path)
	if err != nil {
		return err
	}
	return t.setFar(wire.Settings{PartialFile: &path})
}

// setFar changes settings of a task in the agent that was never resumed.
func (t *task) setFar(change wire.Settings) error {
	if t.remote == nil {
		return errInProcess
	}
	t.mu.Lock()
	resumed := t.machine.resumed
	if t.remote.adopted && t.machine.state == Suspended {
		resumed = false // only the agent knows
	}
	t.mu.Unlock()
	if resumed {
		return errResumed
	}
	err := t.session.remote.set(t, change)
	if theirs, ok := errors.AsType[*link.CallError](err); ok && theirs.Code == wire.CodeTooLate {
		return errResumed
	}
	return err
}

// change changes a setting that can be changed at any time. Until the agent has
// done it, what it says of settings is older than what this side says. The
// caller holds the task's mu.
func (f *far) change(what wire.Settings) {
	f.changing++
	if what.Order != nil {
		f.place = *what.Order
	}
	if what.RateLimit != nil {
		f.rateLimit = *what.RateLimit
	}
	id := int64(f.t.id)
	f.relay.out.put(letter{call: func(r *relay) error {
		r.mu.Lock()
		conn := r.conn
		r.mu.Unlock()
		var done wire.Changed
		err := r.call(wire.MethodSet, wire.Set{ID: id, Settings: what}, &done)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.conn != conn { // the agent that counted may be another one by now
			done.SettingsRevision = 0
		}
		f.changed(done.SettingsRevision)
		return err
	}})
}

// changed takes note that the agent has answered one change, behind which states
// have the given revision of settings; 0 if that is not known, or it did not make
// the change.
func (f *far) changed(revision uint64) {
	f.t.mu.Lock()
	defer f.t.mu.Unlock()
	f.changing--
	f.settled = max(f.settled, revision)
	if f.latest != nil && f.showSettings(f.latest) {
		f.t.tellStanding()
	}
}

// forgetRevisions is for a new connection: the agent behind it may count anew.
func (f *far) forgetRevisions() {
	f.t.mu.Lock()
	defer f.t.mu.Unlock()
	f.settled = 0
}

// showSettings makes the settings those of s, unless this side has changed them
// since. It tells whether that is news.
func (f *far) showSettings(s *wire.Task) (news bool) {
	if f.changing > 0 || s.SettingsRevision < f.settled {
		return false
	}
	t, bits := f.t, priorityBits(s.Priority)
	news = t.description != s.Description || t.priority.Load() != bits || f.place != s.Order || f.rateLimit != s.RateLimit
	t.description, f.place, f.rateLimit = s.Description, s.Order, s.RateLimit
	t.priority.Store(bits)
	return news
}
