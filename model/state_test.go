package model

import (
	"fmt"
	"testing"
)

// event is one stimulus with the result it names.
type event struct {
	s      stimulus
	result State
}

func (e event) String() string { return fmt.Sprintf("%d/%v", e.s, e.result) }

// interleavings are all orders of the events of a and b that keep the order
// within each.
func interleavings(a, b []event) [][]event {
	if len(a) == 0 || len(b) == 0 {
		return [][]event{append(append([]event(nil), a...), b...)}
	}
	var out [][]event
	for _, rest := range interleavings(a[1:], b) {
		out = append(out, append([]event{a[0]}, rest...))
	}
	for _, rest := range interleavings(a, b[1:]) {
		out = append(out, append([]event{b[0]}, rest...))
	}
	return out
}

func run1(l life, events []event) life {
	for _, e := range events {
		l = apply(l, e.s, e.result)
	}
	return l
}

// TestActsAndFactsInAllOrders holds what a row ends as against every order in
// which the end of a command and the delegate's facts can arrive.
func TestActsAndFactsInAllOrders(t *testing.T) {
	running := life{state: Running, live: true}
	done := []event{{factResult, Done}, {s: factEnded}}
	cancelled := []event{{s: factCancelled}}
	for _, c := range []struct {
		name   string
		before []event // in this order
		a, b   []event // in all orders
		want   []State
	}{
		{name: "pause", before: []event{{s: actPause}}, a: []event{{s: factPaused}}, b: cancelled, want: []State{Paused}},
		{name: "pause of a file that is complete", before: []event{{s: actPause}}, b: done, want: []State{Done}},
		{name: "pause meets completion", a: []event{{s: actPause}}, b: done, want: []State{Done}},
		{name: "pause meets a lost connection", before: []event{{s: actPause}}, a: []event{{s: factPaused}}, b: []event{{s: factFailed}}, want: []State{Paused}},
		{name: "resumed before the pause was complete", before: []event{{s: actPause}}, a: []event{{s: actQueue}}, b: cancelled, want: []State{Queued}},
		{name: "yields", before: []event{{s: stepYield}}, b: cancelled, want: []State{Queued}},
		{name: "yields, and moves meanwhile", before: []event{{s: stepYield}}, b: append([]event{{s: factMoved}}, cancelled...), want: []State{Queued}},
		{name: "yields and meets completion", before: []event{{s: stepYield}}, b: done, want: []State{Done}},
		{name: "paused while it yields", before: []event{{s: stepYield}, {s: actPause}}, b: cancelled, want: []State{Paused}},
		{name: "cancelled while it yields", before: []event{{s: stepYield}, {s: actCancel}}, b: cancelled, want: []State{Cancelled}},
		{name: "cancelled while pausing", before: []event{{s: actPause}, {s: actCancel}}, a: []event{{s: factPaused}}, b: cancelled, want: []State{Cancelled}},
		{name: "cancel", before: []event{{s: actCancel}}, b: cancelled, want: []State{Cancelled}},
		{name: "cancel meets completion", a: []event{{s: actCancel}}, b: done, want: []State{Done}},
		{name: "cancel meets failure", a: []event{{s: actCancel}}, b: []event{{s: factFailed}}, want: []State{Cancelled, Failed}},
		{name: "asks, then is cancelled", before: []event{{s: factAsked}}, a: []event{{s: actCancel}}, b: []event{{s: factDecided}, {s: factCancelled}}, want: []State{Cancelled}},
		{name: "asks, then is paused", before: []event{{s: factAsked}, {s: actPause}}, a: []event{{s: factPaused}}, b: []event{{s: factDecided}, {s: factCancelled}}, want: []State{Paused}},
		{name: "hold meets completion", a: []event{{s: actHold}}, b: done, want: []State{Done}},
		{name: "hold loses its connection", before: []event{{s: actHold}}, b: []event{{s: factFailed}}, want: []State{Paused}},
		{name: "held and released", before: []event{{s: actHold}, {s: actRelease}}, b: done, want: []State{Done}},
		{name: "refused", b: []event{{factResult, Refused}, {s: factEnded}}, want: []State{Refused}},
		{name: "refused while pausing", before: []event{{s: actPause}}, b: []event{{factResult, Expired}, {s: factEnded}}, want: []State{Expired}},
		{name: "fails", b: []event{{s: factFailed}}, want: []State{Failed}},
		{name: "ends without a result", b: []event{{s: factEnded}}, want: []State{Failed}},
		{name: "facts of a dead task", before: []event{{s: actPause}, {s: factPaused}, {s: actQueue}}, b: append(cancelled, done...), want: []State{Queued}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, order := range interleavings(c.a, c.b) {
				l := run1(run1(running, c.before), order)
				if l.live {
					t.Errorf("%v: the task is still taken for live", order)
				}
				ok := false
				for _, w := range c.want {
					ok = ok || l.state == w
				}
				if !ok {
					t.Errorf("%v: ends %v, want one of %v", order, l.state, c.want)
				}
			}
		})
	}
}

func TestStateMachineSteps(t *testing.T) {
	for _, c := range []struct {
		name  string
		from  life
		event event
		want  State
	}{
		{"a fresh task runs", life{state: Queued}, event{s: stepStart}, Running},
		{"a continued one is resuming", life{state: Queued}, event{s: stepContinue}, Resuming},
		{"until something came", life{state: Resuming, live: true}, event{s: factMoved}, Running},
		{"an answer lets it run", life{state: Asking, live: true}, event{s: factDecided}, Running},
		{"a failure may be retried", life{state: Failed}, event{s: stepBackOff}, Retrying},
		{"a refusal too", life{state: Refused}, event{s: stepBackOff}, Retrying},
		{"a finished file not", life{state: Done}, event{s: stepBackOff}, Done},
		{"a retry that is due waits for its turn", life{state: Retrying}, event{s: actQueue}, Queued},
		{"a retry can be paused", life{state: Retrying}, event{s: actPause}, Paused},
		{"a retry can be cancelled", life{state: Retrying}, event{s: actCancel}, Cancelled},
		{"cancelled rows do not wake up", life{state: Cancelled}, event{s: stepBackOff}, Cancelled},
		{"done stays done", life{state: Done}, event{s: actCancel}, Done},
		{"restart waits for the old bytes", life{state: Failed}, event{s: actRestart}, Cancelling},
		{"and then for its turn", life{state: Cancelling, want: wantRestart}, event{s: stepCleared}, Queued},
		{"a restart can be cancelled", life{state: Cancelling, want: wantRestart}, event{s: actCancel}, Cancelled},
		{"only a running task is held", life{state: Queued}, event{s: actHold}, Queued},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run1(c.from, []event{c.event}).state; got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestRestartOfALiveTaskWaitsForItsEnd(t *testing.T) {
	for _, end := range []event{{s: factCancelled}, {s: factFailed}, {s: factEnded}} {
		l := run1(life{state: Running, live: true}, []event{{s: actRestart}, end})
		if l.live || l.want != wantRestart || l.state != Cancelling {
			t.Errorf("after %v: %+v, want it to wait for the old bytes to go", end, l)
		}
		if l = apply(l, stepCleared); l.state != Queued {
			t.Errorf("after %v and cleared: %v, want queued", end, l.state)
		}
	}
}

// TestApplyEndsEveryTask tries every stimulus in every life that can be
// reached: the machine must neither panic nor let a dead task live on.
func TestApplyEndsEveryTask(t *testing.T) {
	seen := map[life]bool{}
	todo := []life{{state: Queued}, {state: Paused}}
	for len(todo) > 0 {
		l := todo[0]
		todo = todo[1:]
		if seen[l] {
			continue
		}
		seen[l] = true
		for s := nothing; s <= factPaused; s++ {
			for _, result := range []State{Done, Refused, Expired, Mismatch, Failed} {
				next := apply(l, s, result)
				if !l.live && next.live && s != stepStart && s != stepContinue {
					t.Fatalf("%+v comes to life by %d", l, s)
				}
				if next.live && next.state.finished() {
					t.Fatalf("%+v by %d: finished with a live task: %+v", l, s, next)
				}
				if (s == stepStart || s == stepContinue) && l.state != Queued {
					continue // the queue starts queued rows only
				}
				todo = append(todo, next)
			}
		}
	}
	for l := range seen {
		if !l.live {
			continue
		}
		if end := apply(l, factCancelled); end.live {
			t.Errorf("%+v survives its last call", l)
		}
	}
}
