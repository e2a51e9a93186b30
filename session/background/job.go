package background

import (
	"cmp"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer"
)

// job is one task of a background session in the agent. It outlives the tasks
// of the session inside, one of which each [attempt] is. Everything is guarded
// by the agent's mu.
type job struct {
	h   *host
	rec record
	// What is secret of the request is in memory only.
	secret http.Header
	user   *url.Userinfo
	token  string
	// answerer is nil before the first challenge.
	answerer Answerer
	// settings counts the changes of settings since the agent was started.
	settings uint64
	// result is what is being written down, before anybody is told.
	result *wire.Result

	doing    string
	reason   string // why it waits
	next     time.Time
	timer    *time.Timer // of a retry or a delay
	failures int         // attempts in a row that brought nothing
	attempt  *attempt    // under way
	begun    bool        // the delayed beginning was asked about
	question *question
	ending   ending // asked for from outside
	byUser   bool   // and not by the program whose task it is
	remade   int64  // the task that goes on in its place, 0 for none
	noResume string // why a paused download has no resume data
	metrics  session.Metrics
	site     string         // the host that it loads from first
	rate     *transfer.Rate // of this task alone

	// The clock of the whole resource.
	deadline *time.Timer
	since    time.Time

	// acknowledged: somebody's delegate had the last call; acked: of those who
	// are there, whose.
	acknowledged bool
	acked        map[*peer]bool
	forgotten    bool // with its session
}

func (h *host) newJob(r record) *job {
	a := h.a
	if r.Order == 0 {
		r.Order = a.lastOrder + 1
	}
	a.lastOrder = max(a.lastOrder, r.Order)
	j := &job{h: h, rec: r, acked: make(map[*peer]bool), rate: transfer.NewRate(r.RateLimit)}
	j.site = j.origin()
	h.jobs[r.ID] = j
	if r.Token != "" {
		h.tokens[r.Token] = j
	}
	return j
}

// sortJobs brings what has ended before the rest, by its end, and the rest by
// identifier.
func sortJobs(list []*job) {
	end := func(j *job) int64 {
		if j.rec.Result != nil {
			return j.rec.Result.Number
		}
		return 1<<62 + j.rec.ID
	}
	slices.SortFunc(list, func(a, b *job) int { return cmp.Compare(end(a), end(b)) })
}

// ended tells whether there is a result.
func (j *job) ended() bool { return j.rec.State == wire.StateEnded }

// isOver tells that there is nothing left to be decided: the task has ended, or
// its result is on its way to the disk.
func (j *job) isOver() bool { return j.ended() || j.doing == wire.DoingFinish }

// saved is the task as it is written down: with the result as soon as there is
// one, so that no other change takes that back.
func (j *job) saved() *record {
	rec := j.rec
	if j.result != nil && !j.ended() {
		rec.State, rec.Result = wire.StateEnded, j.result
		rec.Revision++
	}
	return &rec
}

// state is what a peer is told; full with what never changes.
func (j *job) state(full bool) wire.Task {
	r := &j.rec
	s := wire.Task{
		ID: r.ID, Kind: r.Kind, Created: r.Created, Revision: r.Revision, State: r.State, Doing: j.doing, Reason: j.reason,
		SettingsRevision: j.settings, Description: r.Description, Priority: r.Priority, Order: r.Order, RateLimit: r.RateLimit, Destination: r.Destination,
		ExpectedSend: r.ExpectedSend, ExpectedReceive: r.ExpectedReceive,
		Current: r.Current, Response: r.Response, Counts: r.Counts, Resumed: r.At, Attempts: r.Attempts, Result: r.Result,
	}
	if !r.OwnPartial {
		s.PartialFile = r.PartialFile
	}
	if full {
		request := r.Request
		s.Request, s.Token, s.Again = &request, r.Token, r.Again
	}
	if !j.next.IsZero() {
		next := j.next
		s.Next = &next
	}
	if j.question != nil {
		q := j.question.Question
		s.Question = &q
	}
	if at := j.attempt; at != nil && at.download != nil {
		_, s.CannotResume = at.download.Resumability()
	}
	// In a shared session each watcher is told of the file, whoever takes it.
	if s.Result != nil && r.FileTaken && !j.h.record.Shared {
		taken := *s.Result
		taken.Path = ""
		s.Result = &taken
	}
	return s
}

// listed is the state in a list of several sessions, which is for looking: what
// is long stays away.
func (j *job) listed() wire.Task {
	s := j.state(true)
	s.Identifier = j.h.identifier
	if s.Result != nil {
		short := *s.Result
		short.Body, short.Metrics = nil, nil
		s.Result = &short
	}
	return s
}

// changed has the state sent to everybody who is there.
func (j *job) changed() {
	for p := range j.h.peers {
		p.mark(j)
	}
}

// saveNow writes the task down. The function that it returns waits until that
// is durable; it is called without mu.
func (j *job) saveNow() func() error {
	j.tick()
	told := j.h.a.store.now(saveTask(j.h.number, j.saved()))
	return func() error {
		err := <-told
		if err != nil {
			j.h.a.mu.Lock()
			defer j.h.a.mu.Unlock()
			j.h.a.notice("the agent's database cannot be written: " + err.Error())
		}
		return err
	}
}

// saveLater writes the task down when there is an occasion.
func (j *job) saveLater() {
	j.tick()
	j.h.a.store.later(saveTask(j.h.number, j.saved()))
}

// tell adds a line to the task's story.
func (j *job) tell(line string) {
	j.h.a.log.Info(line, "session", j.h.identifier, "task", j.rec.ID)
	j.h.a.store.later(saveLine(j.h.identifier, j.rec.ID, time.Now(), line))
	j.h.a.ring()
}

// tick brings what is left of the resource's time up to date.
func (j *job) tick() {
	if j.deadline == nil {
		return
	}
	now := time.Now()
	j.rec.Left = max(time.Millisecond, j.rec.Left-now.Sub(j.since))
	j.since = now
}

// runClock lets the time for the whole resource pass.
func (j *job) runClock() {
	if j.deadline == nil && j.rec.Left > 0 {
		j.since = time.Now()
		j.deadline = time.AfterFunc(j.rec.Left, j.expire)
	}
}

// holdClock stops it.
func (j *job) holdClock() {
	if j.deadline != nil {
		j.tick()
		j.deadline.Stop()
		j.deadline = nil
	}
}

// expire ends a task whose time has passed.
func (j *job) expire() {
	a := j.h.a
	a.mu.Lock()
	defer a.mu.Unlock()
	if j.deadline == nil || j.isOver() || a.ctx.Err() != nil {
		return
	}
	j.deadline = nil
	j.finish(timedOut)
}

// set changes settings.
func (j *job) set(s wire.Settings) error {
	early := s.PartialFile != nil || s.Destination != nil || s.Header != nil || s.EarliestBegin != nil ||
		s.Connections != nil
	if early && j.rec.Resumed {
		return errTooLate
	}
	if err := checkSettings(&j.rec, s); err != nil {
		return err
	}
	if s.Name != nil {
		if j.doing == wire.DoingFinish || j.ended() {
			return errTooLate
		}
		j.rename(*s.Name)
	}
	if s.Description != nil {
		j.rec.Description = *s.Description
	}
	if s.Priority != nil {
		j.rec.Priority = min(max(*s.Priority, 0), 1)
	}
	if s.Order != nil {
		j.rec.Order = *s.Order
		j.h.a.lastOrder = max(j.h.a.lastOrder, *s.Order)
	}
	if s.RateLimit != nil {
		j.rec.RateLimit = *s.RateLimit
		j.rate.Set(*s.RateLimit)
	}
	if s.EarliestBegin != nil {
		j.rec.EarliestBegin = *s.EarliestBegin
	}
	if s.ExpectedSend != nil {
		j.rec.ExpectedSend = max(*s.ExpectedSend, 0)
	}
	if s.ExpectedReceive != nil {
		j.rec.ExpectedReceive = max(*s.ExpectedReceive, 0)
	}
	if s.PartialFile != nil {
		j.rec.PartialFile, j.rec.OwnPartial = *s.PartialFile, false
	}
	if s.Destination != nil {
		j.rec.Destination, j.rec.Overwrite = *s.Destination, s.Overwrite
	}
	if s.Connections != nil {
		j.rec.Connections = s.Connections
	}
	if len(s.Header) > 0 {
		j.addHeader(s.Header)
	}
	return nil
}

// rename gives the file another name. The partial file keeps its own, so that
// nothing on the disk moves before the file is complete.
func (j *job) rename(name string) {
	j.rec.Description = name
	if dest := j.rec.Destination; dest != "" {
		j.rec.Destination = filepath.Join(filepath.Dir(dest), name)
	}
}

// addHeader adds request fields, the secret ones to memory only.
func (j *job) addHeader(h http.Header) {
	kept, secret, omitted := redact(h)
	all := j.rec.Request.Header.Clone()
	if all == nil {
		all = http.Header{}
	}
	for name, values := range kept {
		all[name] = values
	}
	j.rec.Request.Header = all
	if j.secret == nil {
		j.secret = http.Header{}
	}
	for name, values := range secret {
		j.secret[name] = values
	}
	j.rec.Request.Omitted = append(j.rec.Request.Omitted, omitted...)
	slices.Sort(j.rec.Request.Omitted)
	j.rec.Request.Omitted = slices.Compact(j.rec.Request.Omitted)
}

// request is the request for an attempt.
func (j *job) request() (*http.Request, error) {
	r, err := j.rec.Request.HTTP()
	if err != nil {
		return nil, err
	}
	for name, values := range j.secret {
		r.Header[name] = values
	}
	r.URL.User = j.user
	if d := j.rec.Request.Timeout; d != nil {
		r = session.WithTimeout(r, *d)
	}
	return r, nil
}

// origin is the host that the task loads from first.
func (j *job) origin() string {
	u, err := url.Parse(j.rec.Request.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// shownURL is the URL as it may be shown and logged.
func (j *job) shownURL() string {
	u, err := url.Parse(j.rec.Request.URL)
	if err != nil {
		return ""
	}
	return transfer.RedactURL(u)
}
