package session_test

import (
	"errors"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"haul/internal/trace"
	"haul/session"
)

// ownDelegate is a delegate that nobody holds but its session.
type ownDelegate struct{ *trace.Recorder }

func TestGolden25_InvalidateAndCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rec := trace.New(t)
		d := &ownDelegate{rec}
		held := weak.Make(d)
		s := st.session(rec, d)
		var tasks []*session.DataTask
		for range 3 {
			task, err := s.DataTask(request(t, "GET", "/a"), nil)
			if err != nil {
				t.Fatal(err)
			}
			tasks = append(tasks, task)
		}
		running, suspended, never := tasks[0], tasks[1], tasks[2]
		running.Resume()
		suspended.Resume()
		synctest.Wait()
		suspended.Suspend()
		s.InvalidateAndCancel()
		if _, err := s.DataTask(request(t, "GET", "/b"), nil); !errors.Is(err, session.ErrInvalidated) {
			t.Errorf("a new task: %v", err)
		}
		rec.WaitInvalid()
		for _, task := range tasks {
			rec.Expect(task, "created metrics? done(Cancelled)")
			if e, ok := errors.AsType[*session.Error](task.Err()); !ok || e.URL != "http://a.test/a" {
				t.Errorf("the error is %v", task.Err())
			}
		}
		never.Resume()
		s.Wait()
		if last := rec.All(); last[len(last)-1].String() != "invalid(nil)" {
			t.Errorf("the last event is %v", last[len(last)-1])
		}
		if n := len(s.Tasks()); n != 0 {
			t.Errorf("%d tasks are left", n)
		}
		st.expectLog("GET http://a.test/a", "GET http://a.test/a")

		runtime.KeepAlive(d)
		d = nil
		for range 5 {
			runtime.GC()
		}
		if held.Value() != nil {
			t.Error("the session still holds its delegate")
		}
		runtime.KeepAlive(s)
	})
}

func TestGolden26_FinishTasksAndInvalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			text(w, 200, "one ")
			time.Sleep(3 * time.Second)
			write(w, []byte("two"))
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		never, err := s.DataTask(request(t, "GET", "/never"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		synctest.Wait()
		begun := time.Now()
		s.FinishTasksAndInvalidate()
		if took := time.Since(begun); took > 0 {
			t.Errorf("it returns after %v", took)
		}
		if _, err := s.DownloadTask(request(t, "GET", "/b"), nil); !errors.Is(err, session.ErrInvalidated) {
			t.Errorf("a new task: %v", err)
		}
		rec.WaitInvalid()
		rec.Expect(task, "created response(200)[allow] data* metrics done(nil)")
		rec.Expect(never, "created metrics? done(Cancelled)")
		expectBody(t, rec, task, []byte("one two"))
		if last := rec.All(); last[len(last)-1].String() != "invalid(nil)" {
			t.Errorf("the last event is %v", last[len(last)-1])
		}
		st.expectLog("GET http://a.test/a")
	})
}
