package model

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestTasksThatEndTogetherAreFollowedTogether: rows start in rounds, and at once
// when the last round is over for a while.
func TestTasksThatEndTogetherAreFollowedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewObserver()
		ctx, cancel := context.WithCancel(t.Context())
		for _, c := range []struct {
			name        string
			after, want time.Duration // until a task ends, and from then to the round
		}{
			{"in the last round's time", 0, roomInterval},
			{"a little later", roomInterval / 4, roomInterval * 3 / 4},
			{"long after it", time.Second, 0},
		} {
			wait := o.nextRoom(ctx)
			time.Sleep(c.after)
			ended := time.Now()
			poke(o.room)
			if msg, ok := wait().(roomMsg); !ok {
				t.Errorf("%s: %v, want a round", c.name, msg)
			}
			if took := time.Since(ended); took != c.want {
				t.Errorf("%s: after %v, want %v", c.name, took, c.want)
			}
		}
		poke(o.room)
		wait := o.nextRoom(ctx)
		cancel()
		if msg := wait(); msg != nil {
			t.Errorf("%v after the end, want nothing", msg)
		}
	})
}
