package session

import "sync"

// drivers are the goroutines of the tasks. One that has brought its task to an
// end waits for the next one, as long as any other runs: its stack has grown to
// what a task needs, which a new one has to go through again for each of
// thousands of small files. A session that idles has none. The zero value is
// ready.
type drivers struct {
	all sync.WaitGroup

	mu      sync.Mutex
	running int
	resting []chan func()
}

// start has a driver run f.
func (d *drivers) start(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running++
	if last := len(d.resting) - 1; last >= 0 {
		d.resting[last] <- f // it has room for one
		d.resting = d.resting[:last]
		return
	}
	d.all.Add(1)
	go d.drive(f)
}

// drive is a driver. next brings what it is to run next, or is closed.
func (d *drivers) drive(f func()) {
	defer d.all.Done()
	next := make(chan func(), 1)
	for more := true; more; f, more = <-next {
		d.run(f, next)
	}
}

// run runs f and has its goroutine rest, unless code of the app ends that with
// runtime.Goexit, as a failing test does.
func (d *drivers) run(f func(), next chan func()) {
	returned := false
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if returned {
			d.resting = append(d.resting, next)
		}
		if d.running--; d.running > 0 {
			return
		}
		for _, next := range d.resting {
			close(next)
		}
		d.resting = nil
	}()
	f()
	returned = true
}

// wait returns when all of them are gone.
func (d *drivers) wait() { d.all.Wait() }
