package background

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"haul/session"
)

func TestHooksRunAFewAtATimeAndBeginInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var begun []session.TaskID
		var running, most atomic.Int32
		h := newHooks(slog.New(slog.DiscardHandler), func(_ context.Context, e Event) {
			mu.Lock()
			begun = append(begun, e.ID)
			mu.Unlock()
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Second)
		})
		for n := range 12 {
			h.put(Event{ID: session.TaskID(n)})
			synctest.Wait()
		}
		began := time.Now()
		h.close()
		if took := time.Since(began); took != 3*time.Second || most.Load() != hooksAtOnce {
			t.Errorf("12 hooks of a second took %v, %d at once", took, most.Load())
		}
		for n := 0; n < len(begun); n += hooksAtOnce { // those that begin together have no order
			for _, id := range begun[n : n+hooksAtOnce] {
				if int(id) < n || int(id) >= n+hooksAtOnce {
					t.Errorf("begun in the order %v", begun)
				}
			}
		}
	})
}

func TestAnAgentThatEndsGivesHooksTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		var quick, ended atomic.Int32
		h := newHooks(slog.New(slog.NewTextHandler(&said, nil)), func(ctx context.Context, e Event) {
			if e.Occasion == OnFinish {
				time.Sleep(hookGrace - time.Second)
				quick.Add(1)
				return
			}
			<-ctx.Done()
			ended.Add(1)
		})
		h.put(Event{Occasion: OnFinish})
		for range hooksAtOnce + 3 { // they never end by themselves
			h.put(Event{Occasion: OnFail})
		}
		synctest.Wait()
		began := time.Now()
		h.close()
		if took := time.Since(began); took != hookGrace || quick.Load() != 1 || ended.Load() != hooksAtOnce {
			t.Errorf("closed after %v, %d have run, %d were ended", took, quick.Load(), ended.Load())
		}
		if !strings.Contains(said.String(), fmt.Sprintf("events=%d", 3)) {
			t.Errorf("what was left out is not said: %s", said.String())
		}
	})
}
