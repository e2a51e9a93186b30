package session

import (
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"testing"
)

// roll notes which tasks were announced, and which had their last call before.
type roll struct {
	mu        sync.Mutex
	announced map[TaskID]bool
	early     int
}

func (r *roll) DidBecomeInvalid(*Session, error) {}

func (r *roll) DidCreateTask(t Task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announced[t.ID()] = true
}

func (r *roll) DidComplete(t Task, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.announced[t.ID()] {
		r.early++
	}
}

func TestATaskThatIsMadeWhileTheSessionEndsIsAnnouncedBeforeItsEnd(t *testing.T) {
	nowhere := &http.Request{URL: &url.URL{Scheme: "http", Host: "a.test"}}
	for range 100 {
		r := &roll{announced: make(map[TaskID]bool)}
		s, err := New(EphemeralConfiguration(), r)
		if err != nil {
			t.Fatal(err)
		}
		var makers sync.WaitGroup
		first := make(chan struct{}, 4)
		for range 4 {
			makers.Go(func() {
				for made := range 50 {
					if _, err := s.DataTask(nowhere, nil); err != nil {
						return // it is over
					}
					if made == 0 {
						first <- struct{}{}
					}
				}
			})
		}
		<-first
		s.InvalidateAndCancel()
		makers.Wait()
		s.Wait()
		if r.early > 0 {
			t.Fatalf("%d of %d tasks had their last call before they were announced", r.early, len(r.announced))
		}
	}
}

// TestASessionThatIsLeftIsInvalidWhenItsTasksAreSilent: also if the last one of
// its tasks that has ended lets go at that moment.
func TestASessionThatIsLeftIsInvalidWhenItsTasksAreSilent(t *testing.T) {
	r := &roll{announced: make(map[TaskID]bool)}
	s, err := New(EphemeralConfiguration(), r)
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.DataTask(&http.Request{URL: &url.URL{Scheme: "http", Host: "a.test"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	made.mu.Lock() // abandon waits for it, with the task out of the list
	var left sync.WaitGroup
	left.Go(func() { s.abandon(nil) })
	for s.lookup(made.id) != nil {
		runtime.Gosched()
	}
	s.endIfIdle()
	s.mu.Lock()
	ending := s.ending
	s.mu.Unlock()
	made.mu.Unlock()
	if ending {
		t.Error("the session ends while one of its tasks may still tell something")
	}
	left.Wait()
	s.Wait()
}
