package session

import (
	"runtime"
	"testing"
	"testing/synctest"
)

func TestDriversRestWhileOthersRunAndAreGoneAfterThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d drivers
		end := make(chan struct{})
		d.start(func() { <-end })
		for range 3 {
			ran := make(chan struct{})
			d.start(func() { close(ran) })
			<-ran
			synctest.Wait()
			if len(d.resting) != 1 {
				t.Errorf("%d drivers rest, want the one that has nothing to do", len(d.resting))
			}
		}
		close(end)
		d.wait() // a driver left behind would fail the bubble, too
		if d.running != 0 || len(d.resting) != 0 {
			t.Errorf("%d run and %d rest", d.running, len(d.resting))
		}
	})
}

func TestDriversSurviveGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d drivers
		end := make(chan struct{})
		d.start(func() { <-end })
		d.start(runtime.Goexit)
		synctest.Wait()
		ran := make(chan struct{})
		d.start(func() { close(ran) })
		<-ran
		close(end)
		d.wait()
	})
}
