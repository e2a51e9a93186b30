package session

import (
	"sync"
	"time"
)

// Queue runs functions later, in the order of their submission, on a goroutine
// of its own. Submit returns at once: it does not run f itself, does not wait
// for room, and never drops f.
type Queue interface{ Submit(f func()) }

// serialQueue runs one function at a time. It has a goroutine only while there
// is work, so a session that idles holds none.
type serialQueue struct {
	mu      sync.Mutex
	pending []func()
	// batch is what was pending before, of which at comes next.
	batch   []func()
	at      int
	running bool
	idle    sync.WaitGroup
}

// Submit appends f.
func (q *serialQueue) Submit(f func()) {
	if q.begins(f) {
		q.idle.Add(1)
		go q.run()
	}
}

// runWith appends f. If nobody runs the functions just now the caller's goroutine
// does, until there are none.
func (q *serialQueue) runWith(f func()) {
	if q.begins(f) {
		q.idle.Add(1)
		q.run()
	}
}

// begins appends f, and tells whether somebody has to begin to run the functions.
func (q *serialQueue) begins(f func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = append(q.pending, f)
	begins := !q.running
	q.running = true
	return begins
}

func (q *serialQueue) run() {
	defer q.idle.Done()
	ended := false
	defer func() {
		if !ended {
			// f ended its goroutine with runtime.Goexit, as a failing test
			// does: the rest needs a new one.
			q.idle.Add(1)
			go q.run()
		}
	}()
	for f := q.next(); f != nil; f = q.next() {
		f()
	}
	ended = true
}

// next takes the next function, nil when there is none and nobody runs any.
func (q *serialQueue) next() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.at == len(q.batch) {
		q.batch, q.pending, q.at = q.pending, q.batch[:0], 0
	}
	if len(q.batch) == 0 {
		q.running = false
		return nil
	}
	f := q.batch[q.at]
	q.batch[q.at] = nil
	q.at++
	return f
}

// wait returns when the goroutine is gone. Nothing may be submitted any more.
func (q *serialQueue) wait() { q.idle.Wait() }

// mailbox brings the facts of one task to the delegate in order, whatever the
// queue behind it does. Each fact is one function on the queue, so that tasks
// take turns.
type mailbox struct {
	queue Queue
	pacer *pacer

	mu        sync.Mutex
	facts     []fact
	room      [usualFacts]fact // for facts, as long as they are no more
	next      func()           // deliver
	scheduled bool
	closed    bool
	paced     bool // the pacer will call due
}

// usualFacts wait at once at the most while a small file comes: its progress and
// its last calls.
const usualFacts = 4

// fact is one call to be made.
type fact struct {
	kind kindOfFact
	of   *counter // the attempt that it counts, for factSent
	n    int64    // bytes since the fact before, for the kinds of progress
	// task, written and expected are for factWrote, so that its call is a plain
	// function and no closure: one is put with every write, and nearly all of
	// them are merged into the one that waits.
	task              *task
	written, expected int64
	call              func(fact)
}

type kindOfFact int

const (
	factOther kindOfFact = iota
	factSent
	factWrote
	factChanged
)

// put appends f, or merges it with the last one that waits if both report the
// same kind of progress, of the same attempt: the bytes add up and the newer call, which knows the
// newer totals, is made. So at most one progress call waits per task, and for
// no longer than progressEvery; any other fact takes it along at once. What
// comes after the last fact is dropped.
func (m *mailbox) put(f fact) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(f)
	m.schedule()
}

// add is put without telling anybody. The caller holds mu.
func (m *mailbox) add(f fact) {
	if m.closed {
		return
	}
	if last := len(m.facts) - 1; f.kind != factOther && last >= 0 && m.facts[last].kind == f.kind && m.facts[last].of == f.of {
		f.n += m.facts[last].n
		m.facts[last] = f
		return
	}
	if len(m.facts) == 0 {
		m.facts = m.room[:0]
	}
	m.facts = append(m.facts, f)
}

// schedule sees to it that the first fact is told: now, or with the progress of
// other tasks if progress is all there is. The caller holds mu.
func (m *mailbox) schedule() {
	switch {
	case m.scheduled || len(m.facts) == 0:
	case len(m.facts) > 1 || m.facts[0].kind == factOther:
		m.queue.Submit(m.turn())
	case !m.paced:
		m.paced = true
		m.pacer.add(m)
	}
}

// turn is the function that has to be put on the queue now. The caller holds mu.
func (m *mailbox) turn() func() {
	if m.next == nil {
		m.next = m.deliver
	}
	m.scheduled = true
	return m.next
}

// due is the pacer's call. What waited may have been told meanwhile.
func (m *mailbox) due() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paced = false
	if len(m.facts) > 0 && !m.scheduled {
		m.queue.Submit(m.turn())
	}
}

// last puts facts behind everything and closes the mailbox. It may tell them, and
// whatever else is on the queue, before it returns: whoever calls it has nothing
// else to do.
func (m *mailbox) last(facts ...fact) {
	m.mu.Lock()
	for _, f := range facts {
		m.add(f)
	}
	m.closed = true
	own, ok := m.queue.(*serialQueue)
	if !ok || m.scheduled || len(m.facts) == 0 {
		m.schedule()
		m.mu.Unlock()
		return
	}
	turn := m.turn()
	m.mu.Unlock()
	own.runWith(turn)
}

// drop forgets what waits and closes the mailbox.
func (m *mailbox) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.facts, m.closed = nil, true
}

func (m *mailbox) deliver() {
	m.mu.Lock()
	if len(m.facts) == 0 { // dropped
		m.scheduled = false
		m.mu.Unlock()
		return
	}
	f := m.facts[0]
	m.facts[0] = fact{}
	m.facts = m.facts[1:]
	m.mu.Unlock()

	defer m.delivered()
	f.call(f)
}

func (m *mailbox) delivered() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scheduled = false
	m.schedule()
}

// flushed returns a channel that is closed when everything put so far was
// delivered, or never after the last fact.
func (m *mailbox) flushed() <-chan struct{} {
	done := make(chan struct{})
	m.put(fact{call: func(fact) { close(done) }})
	return done
}

// progressEvery is the longest time that progress waits, and the shortest one
// between two calls for one task that nothing else brings on. A socket can have
// news every few microseconds, and each call costs a goroutine that somebody has
// to wake; nobody sees more than this.
const progressEvery = 10 * time.Millisecond

// pacer says when progress is told that waits in the mailboxes of a session: of
// all tasks at the same moment. A timer for each would wake a thread for each
// small file, which is whole before it fires. The zero value is ready.
type pacer struct {
	mu      sync.Mutex
	waiting []*mailbox // the timer runs while there are any
}

func (p *pacer) add(m *mailbox) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting = append(p.waiting, m); len(p.waiting) == 1 {
		time.AfterFunc(progressEvery, p.due)
	}
}

func (p *pacer) due() {
	p.mu.Lock()
	waiting := p.waiting
	p.waiting = nil
	p.mu.Unlock()
	for _, m := range waiting {
		m.due()
	}
}
