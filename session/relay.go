package session

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"haul/session/internal/link"
	"haul/session/internal/wire"
)

// relay is what a background session has in place of a network: the connection
// to the agent. It gets the states of tasks and hands each to its task
// (relaytask.go), and it brings acts, settings, answers and acknowledgements to
// the agent in the order in which they were made (relayout.go). When the
// connection is lost it is made anew, and the states are sent again.
//
// Locks: mu before the session's and a task's. It is not taken with either.
type relay struct {
	s    *Session
	out  outbox
	work sync.WaitGroup
	had  []Task // when the session was made; it does not change after that
	// ctx ends with the relay.
	ctx context.Context
	end context.CancelFunc

	mu       sync.Mutex
	conn     *link.Conn    // nil while there is none
	ready    chan struct{} // closed when there is one
	complete chan struct{} // of this connection: closed when every state has come
	seen     map[TaskID]bool
	settled  bool                  // the session has its tasks
	making   map[string]bool       // tokens of tasks whose identifier has not come
	early    map[TaskID]*wire.Task // the latest states of tasks that are not here yet
	waiting  map[*task]bool        // those that the end of queued events waits for
	over     map[TaskID]bool       // told to the end, which the agent may not know yet
	limits   wire.Limits
}

// How long a lost agent is looked for, and how long an identifier may be in use
// by a program that has just been killed.
const (
	reconnectTime = 30 * time.Second
	reconnectWait = 100 * time.Millisecond
	inUseTime     = time.Second
)

func newRelay(s *Session) *relay {
	r := &relay{
		s: s, ready: make(chan struct{}), seen: make(map[TaskID]bool),
		making: make(map[string]bool), early: make(map[TaskID]*wire.Task), waiting: make(map[*task]bool), over: make(map[TaskID]bool),
	}
	r.out.wake, r.out.empty = make(chan struct{}, 1), make(chan struct{})
	r.ctx, r.end = context.WithCancel(context.Background())
	return r
}

// associate connects, and makes this side of the tasks that the agent has.
func (r *relay) associate() error {
	err := r.connect()
	// An agent may end just now, for it had nothing to do.
	for until := time.Now().Add(reconnectTime); errors.Is(err, link.ErrLost) && time.Now().Before(until); {
		r.reset()
		err = r.connect()
	}
	if err != nil {
		r.end()
		var theirs *link.CallError
		if errors.As(err, &theirs) && theirs.Code == wire.CodeInUse {
			return &Error{Code: BackgroundSessionInUseByAnotherProcess, Err: errors.New(theirs.Message)}
		}
		return fmt.Errorf("session: %w", err)
	}
	r.mu.Lock()
	for _, id := range slices.Sorted(maps.Keys(r.early)) {
		state := r.early[id]
		t := r.adopt(state)
		if t != nil {
			r.had = append(r.had, t.self)
		}
		if t != nil && state.State != wire.StateSuspended {
			r.waiting[t] = true
		}
	}
	had := len(r.had) > 0
	r.settled = true
	clear(r.early)
	none := had && len(r.waiting) == 0
	r.mu.Unlock()
	if none {
		r.didFinishEvents()
	}
	r.work.Add(2)
	go r.keep()
	go r.out.send(r)
	return nil
}

// adopt makes this side of a task of the agent. The caller holds mu.
func (r *relay) adopt(state *wire.Task) *task {
	t, self, err := r.s.farTask(state)
	if err != nil {
		return nil // not a task for this version, and refused by the handshake
	}
	if r.s.adoptAs(t, self, TaskID(state.ID)) != nil {
		return nil
	}
	t.remote.put(state)
	return t
}

// connect makes a connection, opens the session and waits for all states.
func (r *relay) connect() error {
	cfg := r.s.cfg
	complete := make(chan struct{})
	r.mu.Lock()
	r.complete = complete
	r.mu.Unlock()
	conn, err := link.Dial(r.ctx, link.Options{
		Command: cfg.Agent.Command, Runtime: cfg.Agent.RuntimeDirectory, State: cfg.Agent.StateDirectory,
		Dial: cfg.Agent.Dial, Start: true, Notify: r.hear(complete),
	})
	if err != nil {
		return err
	}
	open := wire.Open{
		Identifier: cfg.Identifier, Shared: cfg.Shared, Delayed: r.s.table().willBeginDelayed != nil,
		Configuration: wire.Configuration{
			RequestTimeout: cfg.TimeoutForRequest, ResourceTimeout: cfg.TimeoutForResource, Header: cfg.AdditionalHeaders,
			UserAgent: cfg.UserAgent, Languages: cfg.Languages, PerHost: cfg.MaxConnectionsPerHost, Connections: cfg.Connections,
			HTTP1: cfg.DisableHTTP2, OverlapCheck: cfg.OverlapCheck, LaunchEvents: cfg.SendsLaunchEvents,
			Discretionary: cfg.Discretionary,
		},
	}
	if err := r.open(conn, open); err != nil {
		return errors.Join(err, conn.Close())
	}
	select {
	case <-complete:
	case <-conn.Ended():
		return link.ErrLost
	case <-r.ctx.Done():
		return errors.Join(r.ctx.Err(), conn.Close())
	}
	r.mu.Lock()
	r.conn = conn
	close(r.ready)
	r.mu.Unlock()
	return nil
}

// open opens the session. The connection of a program that was killed may not
// have ended yet for the agent.
func (r *relay) open(conn *link.Conn, open wire.Open) error {
	for until := time.Now().Add(inUseTime); ; {
		err := conn.Call(r.ctx, wire.MethodOpen, open, nil)
		var theirs *link.CallError
		if !errors.As(err, &theirs) || theirs.Code != wire.CodeInUse || time.Now().After(until) {
			return err
		}
		if err := pause(r.ctx, reconnectWait); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep makes lost connections anew. It is one of the relay's two goroutines.
func (r *relay) keep() {
	defer r.work.Done()
	for {
		r.mu.Lock()
		conn := r.conn
		r.mu.Unlock()
		select {
		case <-conn.Ended():
		case <-r.ctx.Done():
			// What the agent still has to say has no receiver.
			_ = conn.Close()
			return
		}
		if err := r.reconnect(); err != nil {
			if r.ctx.Err() == nil {
				r.s.abandon(&Error{Code: BackgroundSessionWasDisconnected, Err: err})
			}
			return
		}
		r.missing()
	}
}

func (r *relay) reconnect() error {
	for until := time.Now().Add(reconnectTime); ; {
		r.reset()
		err := r.connect()
		if err == nil || r.ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		if err := pause(r.ctx, reconnectWait); err != nil {
			return err
		}
	}
}

// reset forgets what a connection before this one has brought.
func (r *relay) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil {
		r.conn, r.ready = nil, make(chan struct{})
	}
	clear(r.early)
	clear(r.seen)
	for _, t := range r.s.all() {
		t.remote.forgetRevisions()
	}
}

// missing ends the tasks that an agent does not know any more, because its
// database was lost.
func (r *relay) missing() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.s.all() {
		if !r.seen[t.id] {
			t.remote.put(&wire.Task{
				ID: int64(t.id), State: wire.StateEnded, Counts: t.remote.counts(),
				Result: &wire.Result{Error: &wire.Error{
					Code: int(BackgroundSessionWasDisconnected), Text: "the agent does not know the task any more",
				}},
			})
		}
	}
}

// hear returns what takes the states in that come on a connection, by the
// goroutine that reads it, and closes complete when it has every one.
func (r *relay) hear(complete chan struct{}) func(method string, params []byte) {
	return func(method string, params []byte) {
		var news wire.Tasks
		if method != wire.NotifyTasks || json.Unmarshal(params, &news) != nil {
			return // of a later version of the protocol
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.complete != complete {
			return // the last words of a connection that has ended
		}
		for i := range news.Tasks {
			r.take(&news.Tasks[i])
		}
		if news.Limits != nil {
			r.limits = *news.Limits
			r.didChangeLimits()
		}
		if news.Complete {
			close(complete)
		}
	}
}

// take takes one state in. The caller holds mu.
func (r *relay) take(state *wire.Task) {
	id := TaskID(state.ID)
	r.seen[id] = true
	if t := r.s.lookup(id); t != nil {
		t.remote.put(state)
		return
	}
	first := r.early[id]
	switch {
	case first != nil:
		// What comes once came with the first one.
		state.Request, state.Token, state.Again = first.Request, first.Token, first.Again
		r.early[id] = state
	case state.Request == nil, r.over[id]:
		// The last word of a task that is gone here already.
	case !r.settled, r.making[state.Token]:
		r.early[id] = state
	default:
		r.adopt(state)
	}
}

// create has the agent make a task.
func (r *relay) create(t *task, self Task, c wire.Create) error {
	c.Token = rand.Text()
	r.mu.Lock()
	r.making[c.Token] = true
	r.mu.Unlock()
	var made wire.Created
	err := r.call(wire.MethodCreate, c, &made)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.making, c.Token)
	early := r.early[TaskID(made.ID)]
	maps.DeleteFunc(r.early, func(_ TaskID, state *wire.Task) bool { return state.Token == c.Token })
	if err != nil {
		return err
	}
	r.seen[TaskID(made.ID)] = true
	if err := r.s.adoptAs(t, self, TaskID(made.ID)); err != nil {
		return err
	}
	if early != nil {
		t.remote.put(early)
	}
	return nil
}

// set changes settings of a task.
func (r *relay) set(t *task, change wire.Settings) error {
	return r.call(wire.MethodSet, wire.Set{ID: int64(t.id), Settings: change}, nil)
}

// call calls the agent, again after each loss of the connection: every method
// that it is used for can be repeated.
func (r *relay) call(method string, params, result any) error {
	for {
		r.mu.Lock()
		conn, ready := r.conn, r.ready
		r.mu.Unlock()
		if conn == nil {
			select {
			case <-ready:
				continue
			case <-r.ctx.Done():
				return ErrInvalidated
			}
		}
		err := conn.Call(r.ctx, method, params, result)
		if !errors.Is(err, link.ErrLost) {
			if r.ctx.Err() != nil {
				return ErrInvalidated
			}
			return err
		}
		select {
		case <-conn.Ended():
			if err := pause(r.ctx, time.Millisecond); err != nil {
				return ErrInvalidated
			}
		case <-r.ctx.Done():
			return ErrInvalidated
		}
	}
}

// gone takes note that the delegate had the last call of t.
func (r *relay) gone(t *task) {
	r.mu.Lock()
	r.over[t.id] = true
	last := r.waiting[t] && len(r.waiting) == 1
	delete(r.waiting, t)
	r.mu.Unlock()
	r.out.acknowledge(t.id, wire.AckDone)
	if last {
		r.didFinishEvents()
	}
}

// acknowledged takes note that the agent knows that tasks are over.
func (r *relay) acknowledged(ids []int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		delete(r.over, TaskID(id))
	}
}

func (r *relay) didFinishEvents() {
	r.tell("DidFinishEventsForBackgroundSession", r.s.table().didFinishEvents)
}

func (r *relay) didChangeLimits() { r.tell("DidChangeRateLimits", r.s.table().didChangeLimits) }

// tell makes a call that is about the session. call is nil if the delegate has
// no such method.
func (r *relay) tell(method string, call func(*Session)) {
	if call == nil {
		return
	}
	s := r.s
	s.mu.Lock()
	over := s.ending
	if !over {
		s.errands++ // nothing is told after DidBecomeInvalid
	}
	s.mu.Unlock()
	if over {
		return
	}
	s.queue.Submit(func() {
		defer func() {
			if v := recover(); v != nil {
				s.breakDown(&PanicError{Method: method, Value: v})
			}
		}()
		call(s)
	})
	s.mu.Lock()
	s.errands--
	s.mu.Unlock()
	s.endIfIdle()
}

// close sends what has not been sent, as far as there is a connection, and ends
// the relay.
func (r *relay) close() {
	r.out.close()
	select {
	case <-r.out.empty:
	case <-time.After(closeTime):
	}
	r.end()
	r.work.Wait()
}

// closeTime is how long a session that ends waits for the agent to hear its last
// words.
const closeTime = 5 * time.Second
