package model

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"haul/session"
)

// idle is a session over a network that nobody answers on, for tasks that
// never run.
func idle(tb testing.TB) (*session.Session, *Observer) {
	tb.Helper()
	o := NewObserver()
	s, err := session.New(session.EphemeralConfiguration(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.InvalidateAndCancel()
		s.Wait()
	})
	return s, o
}

// observed is a task that an observer knows.
func observed(tb testing.TB) (*Observer, *session.DownloadTask, *slot) {
	tb.Helper()
	s, o := idle(tb)
	return observedOf(tb, s, o, 1)
}

func observedOf(tb testing.TB, s *session.Session, o *Observer, id RowID) (*Observer, *session.DownloadTask, *slot) {
	tb.Helper()
	r := &row{id: id, spec: &Spec{URL: "http://example.test/a"}}
	req, err := http.NewRequest(http.MethodGet, r.spec.URL, nil) //nolint:noctx // it never runs
	if err != nil {
		tb.Fatal(err)
	}
	task, err := s.DownloadTask(req, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return o, task, o.register(task, &lineage{row: id, spec: r.spec}, false)
}

func TestProgressIsMergedAndStaysInItsPlace(t *testing.T) {
	o, task, s := observed(t)
	o.DidWriteData(task, 10, 10, 100)
	o.DidWriteData(task, 20, 30, 100)
	o.DidResumeAtOffset(task, 30, 100)
	o.DidWriteData(task, 5, 35, 100)
	list := o.takeDirty(nil)
	if len(list) != 1 || list[0] != s {
		t.Fatalf("dirty: %v", list)
	}
	var got []string
	for _, f := range s.take(time.Now()) {
		got = append(got, fmt.Sprint(f.Name, " x", f.Count, " ", f.Bytes, "/", f.Total))
	}
	want := "[DidWriteData x2 30/100 DidResumeAtOffset x1 30/100 DidWriteData x1 5/100]"
	if fmt.Sprint(got) != want {
		t.Errorf("facts %v, want %s", got, want)
	}
	if len(s.take(time.Now())) != 0 || len(o.takeDirty(nil)) != 0 {
		t.Error("something is left")
	}
	o.DidWriteData(task, 1, 36, 100)
	if len(o.takeDirty(nil)) != 1 {
		t.Error("progress after a drain is not seen")
	}
	o.forget(s)
	o.DidWriteData(task, 1, 37, 100)
	if len(o.takeDirty(nil)) != 0 {
		t.Error("a forgotten task is heard")
	}
}

func TestNoProgressIsLostWhileItIsDrained(t *testing.T) {
	o, task, s := observed(t)
	const calls = 20_000
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range int64(calls) {
			o.DidWriteData(task, 1, i+1, -1)
			if i%1000 == 0 {
				o.fact(s, fact{Event: Event{Name: "x"}})
			}
		}
	})
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	sum, facts := int64(0), 0
	for last := false; ; {
		for _, s := range o.takeDirty(nil) {
			for _, f := range s.take(time.Now()) {
				sum += f.Bytes
				if f.Name == "x" {
					facts++
				}
			}
		}
		if last {
			break
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
	if sum != calls || facts != calls/1000 {
		t.Errorf("%d bytes of %d, %d facts", sum, calls, facts)
	}
}

func TestNextWaitsForAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewObserver()
		ctx, cancel := context.WithCancel(t.Context())
		next := o.Next(ctx, 33*time.Millisecond)
		began := time.Now()
		time.AfterFunc(time.Second, o.tell)
		time.AfterFunc(time.Second+10*time.Millisecond, o.tell)
		if msg := next(); msg != (FrameMsg{}) {
			t.Fatalf("%#v", msg)
		}
		if took := time.Since(began); took < time.Second || took > time.Second+33*time.Millisecond {
			t.Errorf("first frame after %v", took)
		}
		o.setPace(250 * time.Millisecond)
		for range 2 {
			began = time.Now()
			if msg := next(); msg != (FrameMsg{}) || time.Since(began) < 33*time.Millisecond || time.Since(began) > 250*time.Millisecond {
				t.Errorf("%#v after %v", msg, time.Since(began))
			}
		}
		o.setPace(0)
		time.AfterFunc(time.Hour, cancel)
		began = time.Now()
		for time.Since(began) < time.Hour {
			if msg := next(); msg == nil {
				break
			}
		}
		if time.Since(began) < time.Hour {
			t.Error("a frame although nothing happens")
		}
		cancel()
	})
}

func TestProgressWaitsForItsFrameAndNewsDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewObserver()
		frames := func(f func()) (n int) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			go func() {
				for ctx.Err() == nil {
					f()
					time.Sleep(time.Millisecond)
				}
			}()
			for o.Next(ctx, 100*time.Millisecond)() != nil {
				n++
			}
			return n
		}
		if n := frames(func() { poke(o.wake) }); n < 9 || n > 10 {
			t.Errorf("%d frames of progress in a second, want 10", n)
		}
		if n := frames(o.tell); n < 29 || n > 30 {
			t.Errorf("%d frames of news in a second, want 30", n)
		}
		// News in the middle of a frame of progress bring it forward.
		o.hush()
		began := time.Now()
		poke(o.wake)
		time.AfterFunc(50*time.Millisecond, o.tell)
		if msg := o.Next(t.Context(), 100*time.Millisecond)(); msg == nil || time.Since(began) != 50*time.Millisecond {
			t.Errorf("%#v after %v, want a frame with the news", msg, time.Since(began))
		}
		// What a frame has shown does not ask for another.
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		poke(o.wake)
		o.tell()
		next := o.Next(ctx, 100*time.Millisecond)
		if next() == nil || next() != nil {
			t.Error("not one frame")
		}
	})
}

func TestDeskServesOneAnswerToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewObserver()
		space := session.ProtectionSpace{Protocol: "http", Host: "a", Port: 80, Realm: "r", Method: session.MethodBasic}
		key := promptKey{kind: AskPassword, space: space}
		answers := make(chan Answer, 3)
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		for i := range 3 {
			of := t.Context()
			if i == 0 {
				of = ctx
			}
			wait.Go(func() {
				if a, ok := o.desk.ask(of, key, RowID(i+1), PromptView{Space: space}); ok {
					answers <- a
				}
			})
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		views, version, changed := o.desk.snapshot(0)
		if !changed || len(views) != 1 || len(views[0].Rows) != 2 {
			t.Fatalf("%+v", views)
		}
		var won sync.WaitGroup
		first := make(chan int, 10)
		for range 10 {
			won.Go(func() { first <- len(o.desk.answer(views[0].ID, Answer{User: "alice"})) })
		}
		won.Wait()
		wait.Wait()
		close(first)
		winners := 0
		for n := range first {
			if n > 0 {
				winners++
			}
		}
		if winners != 1 || len(answers) != 2 {
			t.Errorf("%d answers won, %d rows got one", winners, len(answers))
		}
		if _, _, changed := o.desk.snapshot(version); !changed {
			t.Error("the answer is no change")
		}
	})
}

func BenchmarkObserver(b *testing.B) {
	o, task, _ := observed(b)
	b.ReportAllocs()
	i := int64(0)
	for b.Loop() {
		i++
		o.DidWriteData(task, 1, i, 1<<40)
	}
}

func TestProgressAllocatesNothing(t *testing.T) {
	o, task, _ := observed(t)
	o.DidWriteData(task, 1, 1, 10)
	if n := testing.AllocsPerRun(100, func() { o.DidWriteData(task, 1, 2, 10) }); n != 0 {
		t.Errorf("%v allocations for a call", n)
	}
}
