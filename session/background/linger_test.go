package background

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestALingerThatIsOverIsNotTheNextOne has somebody come and go at the very
// moment at which the agent would have ended.
func TestALingerThatIsOverIsNotTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &Agent{o: Options{Linger: time.Minute}, peers: make(map[*peer]struct{})}
		a.ctx, a.stop = context.WithCancel(t.Context())
		a.mu.Lock()
		a.rest()
		time.Sleep(a.o.Linger) // its end waits for the lock
		p := new(peer)
		a.peers[p] = struct{}{}
		a.rest()
		delete(a.peers, p)
		a.rest()
		a.mu.Unlock()
		synctest.Wait()
		if a.ctx.Err() != nil {
			t.Error("the agent has ended without a linger")
		}
		time.Sleep(a.o.Linger)
		synctest.Wait()
		if a.ctx.Err() == nil {
			t.Error("the agent does not end")
		}
	})
}
