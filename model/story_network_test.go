package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"haul/session"
	"haul/session/reachability"
)

// cut is a transfer whose connection breaks once, after 1 MB, at the end of its
// first second.
const cut = "/flaky/unsteady.bin?size=3MB&rate=1MB&cut=1MB&times=1"

// tellOnline tells a story with a network that is there at first, until the
// tale takes it away.
func tellOnline(t *testing.T, opt Options, tale func(s *story, path *reachability.Manual)) {
	t.Helper()
	path := new(reachability.Manual)
	path.Set(true)
	opt.Reachability = path
	tell(t, opt, func(s *story) {
		s.dial = func(string) error {
			if !path.Online() {
				return syscall.ENETUNREACH
			}
			return nil
		}
		s.m.policy.random = func() float64 { return 0.5 }
		tale(s, path)
	})
}

// waits lets the program run until a row waits for the network.
func (s *story) waits(id RowID) Row {
	s.t.Helper()
	s.until("waits for the network", func() bool { r := s.row(id); return r.State == Retrying && r.RetryAt.IsZero() })
	r := s.row(id)
	s.expect(r.Reason == noNetwork, "reason %q", r.Reason)
	return r
}

func TestStoryWithoutANetworkThereIsNoClock(t *testing.T) {
	tellOnline(t, Options{}, func(s *story, path *reachability.Manual) {
		id := s.add(cut)
		s.running(id, 300_000)
		path.Set(false)
		r := s.waits(id)
		s.expect(r.Attempt == 0 && r.Code == session.NetworkConnectionLost && r.Resumable, "%+v", r)
		version := s.m.Version()
		s.pass(24 * time.Hour)
		s.expect(s.m.Version() == version, "something changes although nothing happens")
		s.expect(len(s.requests(cut)) == 1 && !s.m.Idle(), "%d requests", len(s.requests(cut)))

		path.Set(true)
		s.reaches(id, Done)
		s.whole(id, cut)
		log := s.requests(cut)
		s.expect(len(log) == 2 && log[1].Header.Get("Range") != "", "not continued with one request: %+v", log)
	})
}

func TestStoryAnAttemptWithoutANetworkIsNotCounted(t *testing.T) {
	tellOnline(t, Options{Retries: 1, Interactive: true}, func(s *story, path *reachability.Manual) {
		path.Set(false)
		id := s.add("/file/a.bin?size=10kB")
		for range 5 {
			r := s.waits(id)
			s.expect(r.Attempt == 0 && r.Code == session.NotConnectedToInternet, "%+v", r)
			s.pass(time.Minute)
			s.do(s.m.Retry(ids(id))) // the user may try all the same
		}
		s.waits(id)
		s.expect(len(s.server.Log()) == 0, "a request came through")
		path.Set(true)
		s.reaches(id, Done)
	})
}

func TestStoryCancelAndPauseDuringTheWaitSendNothing(t *testing.T) {
	tellOnline(t, Options{}, func(s *story, path *reachability.Manual) {
		other := "/flaky/other.bin?size=3MB&rate=1MB&cut=1MB&times=1"
		cancelled, paused := s.add(cut), s.add(other)
		s.running(cancelled, 300_000)
		path.Set(false)
		s.waits(cancelled)
		s.waits(paused)
		s.do(s.m.Cancel(ids(cancelled)))
		s.do(s.m.TogglePause(ids(paused)))
		path.Set(true)
		s.pass(time.Hour)
		s.expect(s.row(cancelled).State == Cancelled && s.row(paused).State == Paused, "%v, %v",
			s.row(cancelled).State, s.row(paused).State)
		s.expect(s.row(paused).Reason != noNetwork, "reason %q", s.row(paused).Reason)
		s.expect(len(s.server.Log()) == 2, "%d requests", len(s.server.Log()))

		s.do(s.m.TogglePause(ids(paused)))
		s.reaches(paused, Done)
		s.whole(paused, other)
	})
}

func TestStoryChangesInQuickSuccessionAreOneRequest(t *testing.T) {
	tellOnline(t, Options{}, func(s *story, path *reachability.Manual) {
		id := s.add(cut)
		s.running(id, 300_000)
		path.Set(false)
		s.waits(id)
		s.pass(time.Minute)
		for range 4 {
			path.Set(true)
			path.Set(true)
			s.pass(50 * time.Millisecond)
		}
		s.reaches(id, Done)
		s.expect(len(s.requests(cut)) == 2, "%d requests", len(s.requests(cut)))
	})
}

func TestStoryAChangeIsSoonerThanTheClock(t *testing.T) {
	tellOnline(t, Options{Backoff: time.Minute}, func(s *story, path *reachability.Manual) {
		id := s.add(cut)
		r := s.reaches(id, Retrying)
		failed := time.Now()
		s.expect(r.Attempt == 1 && r.RetryAt.Sub(failed) == 30*time.Second, "%+v", r)
		s.pass(200 * time.Millisecond)
		path.Set(true) // another network in the place of the one before
		s.until("tried again", func() bool { return len(s.requests(cut)) == 2 })
		took := time.Since(failed)
		s.expect(took >= settling && took < settling+100*time.Millisecond, "after %v", took)
		s.reaches(id, Done)
	})
}

func TestStoryAChangeDuringTheAttemptIsNotMissed(t *testing.T) {
	tellOnline(t, Options{Backoff: time.Minute}, func(s *story, path *reachability.Manual) {
		id := s.add(cut)
		s.running(id, 300_000)
		path.Set(true)
		r := s.reaches(id, Retrying)
		s.expect(time.Until(r.RetryAt) <= settling, "waits %v", time.Until(r.RetryAt))
		s.reaches(id, Done)
	})
}

func TestStoryALostNetworkStopsTheClock(t *testing.T) {
	tellOnline(t, Options{Backoff: time.Minute}, func(s *story, path *reachability.Manual) {
		id := s.add(cut)
		s.reaches(id, Retrying)
		path.Set(false)
		r := s.waits(id)
		s.expect(r.Attempt == 1, "attempt %d", r.Attempt)
		s.pass(time.Hour)
		s.expect(len(s.requests(cut)) == 1, "asked without a network")
		path.Set(true)
		s.reaches(id, Done)
	})
}

func TestStoryAServerOnThisMachineGoesByTheClock(t *testing.T) {
	tellOnline(t, Options{}, func(s *story, path *reachability.Manual) {
		s.dial = nil
		l, err := s.network.Listen("localhost:80")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.server.Serve(l); err != nil {
			t.Fatal(err)
		}
		path.Set(false)
		id := s.add("http://localhost" + cut)
		r := s.reaches(id, Retrying)
		s.expect(!r.RetryAt.IsZero() && r.Attempt == 1, "%+v", r)
		s.reaches(id, Done)
	})
}

func TestStoryNobodyThereAndNeverANetworkEnds(t *testing.T) {
	tell(t, Options{Retries: 2, Reachability: new(reachability.Manual)}, func(s *story) {
		dialled := 0
		s.dial = func(string) error { dialled++; return syscall.ENETUNREACH }
		id := s.add("/file/a.bin")
		r := s.reaches(id, Failed)
		s.expect(r.Code == session.NotConnectedToInternet && dialled == 3 && s.m.Idle(), "%+v, %d attempts", r, dialled)
	})
}

func TestStoryANameThatIsGoneGetsOneDoubt(t *testing.T) {
	for _, c := range []struct {
		path    string
		reached bool
		want    int
	}{{"/file/typo.bin", false, 1}, {cut, true, 2}} {
		tellOnline(t, Options{}, func(s *story, _ *reachability.Manual) {
			lookups, gone := 0, !c.reached
			s.dial = func(string) error {
				if !gone {
					return nil
				}
				lookups++
				return &net.DNSError{Err: "no such host", IsNotFound: true}
			}
			id := s.add(c.path)
			if c.reached {
				s.running(id, 300_000)
				gone = true
			}
			r := s.reaches(id, Failed)
			s.expect(r.Code == session.CannotFindHost && lookups == c.want, "%v after %d look-ups, want %d", r.Code, lookups, c.want)
		})
	}
}

func TestStoryAFailureTellsWhetherOtherHostsAreReachable(t *testing.T) {
	for _, beside := range []bool{true, false} {
		tellOnline(t, Options{Retries: 2}, func(s *story, _ *reachability.Manual) {
			s.dial = func(addr string) error {
				if strings.HasPrefix(addr, "gone.test") {
					return syscall.ECONNREFUSED
				}
				return nil
			}
			if beside {
				s.add("/file/long.bin?size=30MB&rate=1MB")
			}
			id := s.add("http://gone.test/file/a.bin")
			s.reaches(id, Failed)
			d, _ := s.m.Detail(id)
			s.expect(d.OthersReachable == beside, "beside another: %v, others reachable: %v", beside, d.OthersReachable)
			s.expect(len(d.Waits) == 2 && d.Waits[1] > d.Waits[0], "waits %v", d.Waits)
			if !beside { // what comes later is as good
				s.reaches(s.add("/file/b.bin?size=10kB"), Done)
				d, _ = s.m.Detail(id)
				s.expect(d.OthersReachable, "another was reached since")
			}
		})
	}
}

// TestStoryWhatWasCancelledIsNeverAskedForAgain lets the network come and go
// at any time around the cancel (a well-known race of retries that do not own
// their cancel).
func TestStoryWhatWasCancelledIsNeverAskedForAgain(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			tellOnline(t, Options{}, func(s *story, path *reachability.Manual) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				link := "/flaky/unsteady.bin?size=30MB&rate=1MB&cut=1MB&times=0"
				id := s.add(link)
				toss := func() {
					for range rnd.IntN(12) {
						path.Set(rnd.IntN(2) == 0)
						s.pass(time.Duration(rnd.IntN(700)) * time.Millisecond)
					}
				}
				toss()
				if rnd.IntN(2) == 0 {
					s.do(s.m.TogglePause(ids(id)))
				}
				path.Set(rnd.IntN(2) == 0)
				s.do(s.m.Cancel(ids(id)))
				s.pass(time.Millisecond) // what was on its way has arrived
				asked := len(s.requests(link))
				toss()
				path.Set(true)
				s.pass(5 * time.Minute)
				s.expect(s.row(id).State == Cancelled, "%v", s.row(id).State)
				s.expect(len(s.requests(link)) == asked, "%d requests, %d at the cancel", len(s.requests(link)), asked)
			})
		})
	}
}

// late is a path that tells of a change after it has happened.
type late struct {
	*reachability.Manual
	gone atomic.Bool
}

func (l *late) Online() bool { return !l.gone.Load() && l.Manual.Online() }

func TestStoryTheNetworkIsLookedAtBeforeARetry(t *testing.T) {
	path := &late{Manual: new(reachability.Manual)}
	path.Set(true)
	tell(t, Options{Reachability: path}, func(s *story) {
		id := s.add(cut)
		s.reaches(id, Retrying)
		path.gone.Store(true)
		s.waits(id)
		s.expect(len(s.requests(cut)) == 1, "asked without a network")
		path.gone.Store(false)
		path.Set(true)
		s.reaches(id, Done)
	})
}

// askedPath counts how often it is asked.
type askedPath struct {
	reachability.Manual
	asked atomic.Int64
}

func (p *askedPath) Online() bool {
	p.asked.Add(1)
	return p.Manual.Online()
}

func (p *askedPath) Changes(ctx context.Context) <-chan struct{} {
	p.asked.Add(1)
	return p.Manual.Changes(ctx)
}

func TestStoryWhatIsDoneAtOnceDoesNotAskTheNetwork(t *testing.T) {
	path := new(askedPath)
	path.Set(true)
	tell(t, Options{Reachability: path}, func(s *story) {
		s.reaches(s.add("/file/a.bin?size=10kB"), Done)
		s.expect(path.asked.Load() == 0, "asked %d times", path.asked.Load())
		s.pass(2 * watchAfter)
		asked := path.asked.Load()
		s.expect(asked > 0, "it is not watched")
		s.pass(time.Hour)
		s.expect(path.asked.Load() == asked, "asked %d times more", path.asked.Load()-asked)
	})
}
