package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// within fails unless got is want, give or take 3 %.
func within(t *testing.T, what string, got, want int64) {
	t.Helper()
	if diff := got - want; diff > want*3/100 || diff < -want*3/100 {
		t.Errorf("%s: %d bytes, want %d within 3 %% (%+.2f %%)", what, got, want, 100*float64(diff)/float64(want))
	}
}

// downloads copies n endless bodies, each past the limiters that limit gives
// it, until stop is called; moved is what came in all.
func downloads(t *testing.T, n int, limit func(i int) []Limiter) (moved *atomic.Int64, each []*atomic.Int64, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	moved = new(atomic.Int64)
	var all sync.WaitGroup
	for i := range n {
		own := new(atomic.Int64)
		each = append(each, own)
		all.Go(func() {
			_, err := Copy(ctx, discard{}, 0, &endless{}, CopyOptions{
				Want: -1, Limit: limit(i), Wrote: func(n int64) { moved.Add(n); own.Add(n) },
			})
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	return moved, each, func() { cancel(); all.Wait() }
}

func TestARateIsExactOverTenSeconds(t *testing.T) {
	for _, rate := range []int64{1e3, 64e3, 1e6, 4e6, 100e6, 1e9} {
		for _, rows := range []int{1, 16} {
			t.Run(fmt.Sprintf("%d by %d", rate, rows), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := NewRate(rate)
					moved, each, stop := downloads(t, rows, func(int) []Limiter { return []Limiter{r} })
					defer stop()
					time.Sleep(10 * time.Second)
					within(t, "the first 10 s", moved.Load(), 10*rate)
					before := moved.Load()
					time.Sleep(10 * time.Second)
					within(t, "the next 10 s", moved.Load()-before, 10*rate)
					for i, own := range each {
						// A row's share is whole pieces.
						share, piece := 20*rate/int64(rows), int64(r.Burst())
						if got := own.Load(); got < share*9/10-2*piece || got > share*11/10+2*piece {
							t.Errorf("row %d has %d bytes, its share is %d", i, got, share)
						}
					}
				})
			})
		}
	}
}

func TestARateThatChangesHoldsAtOnce(t *testing.T) {
	for _, tt := range []struct{ from, to int64 }{
		{1e6, 10e6}, {10e6, 1e6}, {1e3, 1e9}, {1e9, 1e3}, {0, 1e6}, {0, 1e3},
	} {
		for _, rows := range []int{1, 16} {
			t.Run(fmt.Sprintf("%d to %d by %d", tt.from, tt.to, rows), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := NewRate(tt.from)
					// Without a limit of its own the source is what bounds.
					source := NewRate(1e9)
					moved, _, stop := downloads(t, rows, func(int) []Limiter { return []Limiter{r, source} })
					defer stop()
					time.Sleep(3 * time.Second)
					r.Set(tt.to)
					time.Sleep(100 * time.Millisecond)
					before := moved.Load()
					time.Sleep(10 * time.Second)
					within(t, "10 s from 100 ms after the change", moved.Load()-before, 10*tt.to)
				})
			})
		}
	}
}

func TestARateThatEndsLetsEverybodyPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRate(1)
		began := time.Now()
		done := make(chan error)
		go func() { done <- r.WaitN(t.Context(), 32) }()
		time.Sleep(time.Second)
		r.Set(0)
		if err := <-done; err != nil || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := r.WaitN(t.Context(), 1<<30); err != nil || r.Burst() != 0 || r.Limit() != 0 {
			t.Error(err, r.Burst(), r.Limit())
		}
	})
}

func TestLimitsHoldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, host, row := NewRate(10e6), NewRate(4e6), NewRate(1e6)
		moved, each, stop := downloads(t, 4, func(i int) []Limiter {
			switch i {
			case 0:
				return []Limiter{all, host, row}
			case 1:
				return []Limiter{all, host}
			}
			return []Limiter{all}
		})
		defer stop()
		time.Sleep(10 * time.Second)
		within(t, "all", moved.Load(), 100e6)
		within(t, "the limited row", each[0].Load(), 10e6)
		if of := each[0].Load() + each[1].Load(); of > 41e6 {
			t.Errorf("%d bytes of one host", of)
		}
	})
}

func TestAWaitForARateEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRate(10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.WaitN(ctx, 40); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if len(r.turns) != 0 {
			t.Errorf("%d still wait", len(r.turns))
		}
	})
}

// TestWhatIsSentIsLimitedToo: the source of a request's body is asked for no
// more than a piece at a time.
func TestWhatIsSentIsLimitedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRate(1e6)
		x := &Exchange{request: Request{Limit: []Limiter{r}}, ctx: t.Context()}
		x.watch = newWatchdog(time.Second, heldByQueue, func() { t.Error("the idle time ran out") })
		x.watch.release(heldByQueue)
		defer x.watch.stop()
		x.trace = newTrace(t.Context(), Request{HTTP: get(t, "http://h/")}, x.watch, 1)
		body := &requestBody{x: x, body: io.NopCloser(io.LimitReader(&endless{}, 10e6))}
		began := time.Now()
		n, err := io.Copy(io.Discard, struct{ io.Reader }{body})
		if took := time.Since(began); err != nil || n != 10e6 || took < 9700*time.Millisecond || took > 10300*time.Millisecond {
			t.Errorf("%d bytes in %v, %v", n, took, err)
		}
	})
}
