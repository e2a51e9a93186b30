package trace

import (
	"sync"
	"sync/atomic"
)

// Queue is a serial delegate queue that knows when it runs something. It has
// one goroutine, from its making to the end of the test.
type Queue struct {
	running atomic.Bool
	mu      sync.Mutex
	change  *sync.Cond
	work    []func()
	closed  bool
	done    chan struct{}
}

func newQueue() *Queue {
	q := &Queue{done: make(chan struct{})}
	q.change = sync.NewCond(&q.mu)
	go q.run()
	return q
}

// Submit implements session.Queue.
func (q *Queue) Submit(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work = append(q.work, f)
	q.change.Signal()
}

func (q *Queue) run() {
	defer close(q.done)
	for {
		q.mu.Lock()
		for len(q.work) == 0 && !q.closed {
			q.change.Wait()
		}
		if len(q.work) == 0 {
			q.mu.Unlock()
			return
		}
		f := q.work[0]
		q.work = q.work[1:]
		q.mu.Unlock()
		q.running.Store(true)
		f()
		q.running.Store(false)
	}
}

// close runs what was submitted and ends the goroutine.
func (q *Queue) close() {
	q.mu.Lock()
	q.closed = true
	q.change.Signal()
	q.mu.Unlock()
	<-q.done
}
