package session_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// fixedSeed makes failures of the property tests repeatable.
const fixedSeed = 20

func TestPauseAnywhereGivesTheSameFile(t *testing.T) {
	const pauses = 50
	content := bytesOf(50, 3*million)
	random := rand.New(rand.NewPCG(fixedSeed, 0))
	for i := range pauses {
		point := 1 + random.Int64N(int64(len(content)-1))
		t.Run(fmt.Sprint(i, " at ", point), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
				rec := trace.New(t)
				var reached <-chan struct{}
				rec.On.Wrote, reached = after(point)
				s := st.session(rec, rec)
				dl := begin(t, s, rec, reached, request(t, "GET", "/f"))
				data, err := rec.Pause(t.Context(), dl)
				rec.Wait(dl)
				if dl.Err() == nil {
					// The last byte may come before the pause does.
					if point < int64(len(content))-100_000 || err == nil {
						t.Fatalf("paused at %d of %d with %v, and it finished", point, len(content), err)
					}
				} else {
					if err != nil {
						t.Fatal(err)
					}
					info, err := data.Describe()
					if err != nil {
						t.Fatal(err)
					}
					dl = resumeFrom(t, s, data)
					dl.Resume()
					rec.Expect(dl, fmt.Sprintf("created resumed@%d wrote*? finished metrics done(nil)", info.Have))
					hits := st.log()
					expectRange(t, hits[len(hits)-1], info.Have, `"e1"`)
				}
				expectBody(t, rec, dl, content)
			})
		})
	}
}

func TestPausedAgainAndAgainGivesTheSameFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(51, 3*million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		rec := trace.New(t)
		s := st.session(rec, rec)
		random := rand.New(rand.NewPCG(fixedSeed, 1))
		dl := download(t, s, request(t, "GET", "/f"))
		paused := 0
		for {
			dl.Resume()
			time.Sleep(time.Duration(random.Int64N(int64(300 * time.Millisecond))))
			data, err := rec.Pause(t.Context(), dl)
			rec.Wait(dl)
			if dl.Err() == nil {
				break
			}
			if err != nil {
				// Before the head there is nothing to go on from.
				dl = download(t, s, request(t, "GET", "/f"))
				continue
			}
			paused++
			dl = resumeFrom(t, s, data)
		}
		if paused < 5 {
			t.Errorf("only paused %d times", paused)
		}
		expectBody(t, rec, dl, content)
	})
}

// TestCancelAgainstFailureEndsOnce lets a cancel race a failure of the server
// 200 times; the recorder reports any task that does not end exactly once.
func TestCancelAgainstFailureEndsOnce(t *testing.T) {
	const races = 200
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			write(w, make([]byte, 100))
			if err := http.NewResponseController(w).Flush(); err != nil {
				return // cancelled already
			}
			time.Sleep(time.Millisecond)
			panic(http.ErrAbortHandler)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		var cancelled, lost int
		for i := range races {
			var task session.Task
			var err error
			if i%2 == 0 {
				task, err = s.DataTask(request(t, "GET", "/a"), nil)
			} else {
				task, err = s.DownloadTask(request(t, "GET", "/a"), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			// The failure comes after exactly a millisecond; the cancel just
			// before, just after, or at the same moment.
			time.Sleep(time.Millisecond + time.Duration(i%3-1)*time.Microsecond)
			go task.Cancel()
			task.Cancel()
			rec.Wait(task)
			task.Cancel()
			if n := rec.Count(task, trace.Done); n != 1 {
				t.Fatalf("race %d: done came %d times", i, n)
			}
			switch {
			case errors.Is(task.Err(), session.Cancelled):
				cancelled++
			case errors.Is(task.Err(), session.NetworkConnectionLost):
				lost++
			default:
				t.Errorf("race %d: %s", i, trace.Format(rec.Events(task)))
			}
		}
		if cancelled == 0 || lost == 0 {
			t.Errorf("%d cancelled and %d lost: that was no race", cancelled, lost)
		}
		synctest.Wait()
	})
}
