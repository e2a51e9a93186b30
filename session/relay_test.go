package session

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"haul/session/internal/wire"
)

// A task can end while the session that is told of it is being made: what comes
// behind the first state is without what never changes.
func TestStatesThatComeBeforeTheSessionHasItsTasksAreKept(t *testing.T) {
	r := newRelay(new(Session))
	complete := make(chan struct{})
	r.complete = complete
	hear := r.hear(complete)
	say := func(news wire.Tasks) {
		text, err := json.Marshal(news)
		if err != nil {
			t.Fatal(err)
		}
		hear(wire.NotifyTasks, text)
	}
	say(wire.Tasks{Complete: true, Tasks: []wire.Task{
		{ID: 7, Kind: wire.KindDownload, State: wire.StateRunning, Request: &wire.Request{URL: "http://example.org/"}, Again: 3},
	}})
	<-complete
	say(wire.Tasks{Tasks: []wire.Task{{ID: 7, Kind: wire.KindDownload, State: wire.StateEnded, Result: &wire.Result{}}}})
	if s := r.early[7]; s == nil || s.State != wire.StateEnded || s.Request == nil || s.Again != 3 {
		t.Errorf("what is known of the task is %+v", s)
	}
}

// States overtake each other before the first one is here: another terminal may
// have changed the task in the meantime.
func TestTheFirstStateOfATaskHasItsSettings(t *testing.T) {
	far, d := farOf(t, nil)
	state := &wire.Task{
		ID: int64(d.ID()), Kind: wire.KindDownload, State: wire.StateSuspended,
		Request: &wire.Request{URL: "http://example.org/"}, Priority: PriorityHigh, Description: "film.mp4",
	}
	far.put(state)
	if d.Priority() != PriorityHigh || d.Description() != "film.mp4" {
		t.Errorf("priority %v, description %q", d.Priority(), d.Description())
	}
}

// farOf is this side of a task whose agent is played by the test, for the delegate.
func farOf(t *testing.T, to Delegate) (*far, *DownloadTask) {
	t.Helper()
	s, err := New(DefaultConfiguration(), to)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, "http://example.org/", nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.DownloadTask(request, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := newFar(newRelay(s), d.task)
	d.remote = f
	t.Cleanup(func() {
		d.remote = nil // no agent would end it
		s.InvalidateAndCancel()
		s.Wait()
	})
	return f, d
}

func TestStatesOlderThanOnesOwnChangeDoNotTakeItBack(t *testing.T) {
	f, d := farOf(t, nil)
	say := func(revision uint64, priority float32, place int64) {
		f.put(&wire.Task{ID: 1, Kind: wire.KindDownload, State: wire.StateSuspended, SettingsRevision: revision, Priority: priority, Order: place})
	}
	wants := func(priority float32, place int64) {
		t.Helper()
		if d.Priority() != priority || d.Standing().Place != place {
			t.Errorf("priority %v, place %d; want %v, %d", d.Priority(), d.Standing().Place, priority, place)
		}
	}
	say(0, PriorityDefault, 1)
	wants(PriorityDefault, 1)
	d.SetPriority(PriorityHigh)
	if err := d.SetPlace(7); err != nil {
		t.Fatal(err)
	}
	wants(PriorityHigh, 7)
	say(0, PriorityDefault, 1) // bytes have come
	wants(PriorityHigh, 7)
	f.changed(1)
	say(1, PriorityHigh, 1)
	wants(PriorityHigh, 7)
	f.changed(2)
	wants(PriorityHigh, 7) // the state behind the second one has not come
	say(2, PriorityHigh, 7)
	say(3, PriorityLow, 9) // somebody else
	wants(PriorityLow, 9)

	// What the agent refuses is taken back.
	d.SetPriority(PriorityHigh)
	f.changed(0)
	wants(PriorityLow, 9)

	// Another agent counts anew.
	f.forgetRevisions()
	say(0, PriorityDefault, 3)
	wants(PriorityDefault, 3)
}

// What resume data had is nothing that was written now, also when states come while
// the agent has not gone on yet.
func TestWhatResumeDataHadIsNotToldAsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		f, d := farOf(t, rec)
		d.from = new(resumePoint)
		told := func(received int64, at *wire.Resumed, want string) {
			t.Helper()
			f.tell(&wire.Task{
				ID: 1, Kind: wire.KindDownload, State: wire.StateRunning, Resumed: at,
				Counts: wire.Counts{Received: received, ExpectedReceived: 320},
			})
			time.Sleep(time.Second)
			synctest.Wait()
			if got := rec.trace(); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		told(160, nil, "")
		told(160, nil, "")
		at := &wire.Resumed{Count: 1, Offset: 160, Expected: 320}
		told(160, at, "resumed@160(320)")
		told(200, at, "resumed@160(320) wrote")
	})
}
