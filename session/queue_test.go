package session

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSerialQueueKeepsOrderAndItsGoroutineOnlyForWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := new(serialQueue)
		var got []int
		for i := range 100 {
			q.Submit(func() {
				time.Sleep(time.Millisecond)
				got = append(got, i) // the race detector would see two at once
			})
		}
		q.wait()
		for i, n := range got {
			if i != n {
				t.Fatalf("place %d has %d", i, n)
			}
		}
		if len(got) != 100 {
			t.Errorf("%d of 100 ran", len(got))
		}
		// A goroutine left behind would fail the bubble.
	})
}

func TestSerialQueueSurvivesGoexit(t *testing.T) {
	q := new(serialQueue)
	ran := make(chan struct{})
	q.Submit(runtime.Goexit)
	q.Submit(func() { close(ran) })
	await(t, ran)
	q.wait()
}

func TestSerialQueueRunsWithItsCallerWhenNobodyElseDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := new(serialQueue)
		var got []string
		add := func(s string) func() { return func() { got = append(got, s) } }
		q.runWith(func() {
			got = append(got, "a")
			q.Submit(add("b"))
			q.runWith(add("c")) // returns before it ran: a runs
			got = append(got, "a ends")
		})
		if g := strings.Join(got, ", "); g != "a, a ends, b, c" {
			t.Errorf("when the caller goes on %s have run", g)
		}
		hold := make(chan struct{})
		q.Submit(func() { <-hold })
		q.runWith(add("d"))
		if len(got) != 4 {
			t.Errorf("it ran beside another one")
		}
		close(hold)
		q.wait()
		if len(got) != 5 {
			t.Errorf("%v have run", got)
		}
	})
}

func TestSerialQueueSurvivesGoexitOfItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := new(serialQueue)
		ran := make(chan struct{})
		go q.runWith(func() {
			q.Submit(func() { close(ran) })
			runtime.Goexit()
		})
		<-ran
		q.wait()
	})
}

// heldQueue keeps what is submitted until the test runs it.
type heldQueue struct {
	mu  sync.Mutex
	fns []func()
}

func (q *heldQueue) Submit(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fns = append(q.fns, f)
}

// runAll runs what is there and what that submits.
func (q *heldQueue) runAll() {
	for {
		q.mu.Lock()
		if len(q.fns) == 0 {
			q.mu.Unlock()
			return
		}
		f := q.fns[0]
		q.fns = q.fns[1:]
		q.mu.Unlock()
		f()
	}
}

func TestMailboxMergesProgressAndNothingElse(t *testing.T) {
	q := new(heldQueue)
	m := &mailbox{queue: q, pacer: new(pacer)}
	var got []string
	put := func(k kindOfFact, n int64, name string) {
		m.put(fact{kind: k, n: n, call: func(f fact) { got = append(got, fmt.Sprintf("%s+%d", name, f.n)) }})
	}
	put(factOther, 0, "response")
	put(factWrote, 10, "wrote10")
	put(factWrote, 5, "wrote15")
	put(factWrote, 1, "wrote16")
	put(factOther, 0, "other")
	put(factWrote, 4, "wrote20")
	put(factSent, 2, "sent2")
	put(factSent, 3, "sent5")
	flushed := m.flushed()
	m.last(fact{call: func(fact) { got = append(got, "done") }})
	put(factWrote, 1, "late")
	q.runAll()
	await(t, flushed)
	want := "response+0 wrote16+16 other+0 wrote20+4 sent5+5 done"
	if g := strings.Join(got, " "); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}

func TestMailboxesTakeTurns(t *testing.T) {
	q := new(heldQueue)
	a, b := &mailbox{queue: q, pacer: new(pacer)}, &mailbox{queue: q, pacer: new(pacer)}
	var got []string
	for range 3 {
		a.put(fact{call: func(fact) { got = append(got, "a") }})
		b.put(fact{call: func(fact) { got = append(got, "b") }})
	}
	q.runAll()
	if g := strings.Join(got, ""); g != "ababab" {
		t.Errorf("got %s", g)
	}
}

// TestProgressOfAllTasksIsToldTogether: there is one timer for all of them.
func TestProgressOfAllTasksIsToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := new(serialQueue), new(pacer)
		var got []string
		began := time.Now()
		for i := range 3 {
			m := &mailbox{queue: q, pacer: p}
			m.put(fact{kind: factWrote, n: 1, call: func(fact) {
				got = append(got, fmt.Sprintf("%d@%d", i, time.Since(began).Milliseconds()))
			}})
			time.Sleep(4 * time.Millisecond)
		}
		time.Sleep(time.Second)
		q.wait()
		if g := strings.Join(got, " "); g != "0@10 1@10 2@10" {
			t.Errorf("got %s", g)
		}
	})
}

// TestProgressIsToldAtMostSoOften: in time, together with whatever else is
// told, and never lost.
func TestProgressIsToldAtMostSoOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := new(serialQueue)
		m := &mailbox{queue: q, pacer: new(pacer)}
		var got []string
		began := time.Now()
		put := func(k kindOfFact, n int64, name string) {
			m.put(fact{kind: k, n: n, call: func(f fact) {
				got = append(got, fmt.Sprintf("%s+%d@%d", name, f.n, time.Since(began).Milliseconds()))
			}})
		}
		put(factWrote, 1, "wrote")
		time.Sleep(500 * time.Microsecond)
		for range 24 {
			put(factWrote, 1, "wrote")
			time.Sleep(900 * time.Microsecond)
		}
		put(factOther, 0, "other")
		put(factWrote, 7, "wrote")
		time.Sleep(time.Second)
		put(factWrote, 2, "wrote")
		synctest.Wait()
		put(factWrote, 3, "wrote")
		m.last(fact{call: func(fact) { got = append(got, "done") }})
		q.wait()
		want := "wrote+12@10 wrote+12@20 wrote+1@22 other+0@22 wrote+7@31 wrote+5@1022 done"
		if g := strings.Join(got, " "); g != want {
			t.Errorf("got  %s\nwant %s", g, want)
		}
	})
}

// TestProgressOfADownloadMakesNoGarbage: while a call waits, what is written adds
// to it, and every write of a fast download comes by here.
func TestProgressOfADownloadMakesNoGarbage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // time stands still
		tk := &task{
			calls: &calls{didWriteData: func(*DownloadTask, int64, int64, int64) {}},
			mail:  mailbox{queue: new(heldQueue), pacer: new(pacer)},
		}
		tk.didWrite(1)
		if n := testing.AllocsPerRun(100, func() { tk.didWrite(1) }); n != 0 {
			t.Errorf("%v allocations for each write", n)
		}
	})
}
