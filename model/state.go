package model

// want is what shall follow when the live task of a row has ended.
type want int

const (
	wantRun     want = iota // nothing special: the end is the end
	wantPause               // the user paused
	wantCancel              // the user cancelled
	wantQueue               // the user resumed before the pause was complete
	wantRestart             // from byte 0 once the old bytes are gone
)

// life is the part of a row that the state machine decides on.
type life struct {
	state State
	// live tells that a task of the row may still write bytes.
	live bool
	want want
	// result is what the task's file or response amounts to: Done, Refused,
	// Expired, Mismatch or Failed. Queued: not known yet.
	result State
}

// stimulus is something that happens to a row: a user's act, a delegate's
// fact, or the end of a command.
type stimulus int

const (
	nothing stimulus = iota // a fact that changes no state

	// Acts.
	actQueue   // start as soon as the queue lets it
	actPause   // end the task by producing resume data, or leave the queue
	actHold    // suspend the task
	actRelease // take the suspension back
	actCancel
	actRestart

	// The model's own steps.
	stepStart    // a task was made and resumed
	stepContinue // the same, from resume data
	stepBackOff  // a retry was granted
	stepCleared  // the old bytes are gone
	stepYield    // the task was cancelled, so that the row waits again
	stepFollow   // the agent says the state, which the argument names

	// Facts of the live task, and the end of its pausing command.
	factMoved // the first head or byte
	factAsked // a decision waits for the user
	factDecided
	factResult // result is known, the argument names it
	factEnded  // DidComplete without an error
	factCancelled
	factFailed
	factPaused // CancelByProducingResumeData returned data
)

// apply is the whole state machine: it returns the life of a row after s.
// What does not fit the state changes nothing, so facts and acts may come in
// any order. The argument of factResult is the result found, that of stepFollow
// the state.
func apply(l life, s stimulus, result ...State) life {
	switch s {
	case actQueue:
		return l.queue()
	case actPause:
		return l.pause()
	case actHold:
		if l.live && (l.state == Running || l.state == Resuming || l.state == Asking) {
			l.state = Held
		}
	case actRelease:
		if l.live && l.state == Held {
			l.state = Running
		}
	case actCancel:
		return l.cancel()
	case actRestart:
		return l.restart()
	case stepStart, stepContinue:
		l = life{state: Running, live: true}
		if s == stepContinue {
			l.state = Resuming
		}
	case stepBackOff:
		if !l.live && (l.state == Failed || l.state == Refused) {
			l.state = Retrying
		}
	case stepCleared:
		if l.want == wantRestart && !l.live {
			l = life{state: Queued}
		}
	case stepYield:
		if l.live && l.state == Running && l.want == wantRun {
			l.state, l.want = Resuming, wantQueue
		}
	case stepFollow:
		if l.live && l.want == wantRun && !result[0].finished() {
			l.state = result[0]
		}
	default:
		if l.live {
			return l.fact(s, result...)
		}
	}
	return l
}

func (l life) queue() life {
	switch l.state {
	case Pausing:
		l.want = wantQueue
		l.state = Resuming
	case Paused, Cancelled, Refused, Expired, Mismatch, Failed, Retrying:
		if !l.live {
			l = life{state: Queued}
		}
	case Queued, Running, Held, Resuming, Asking, Cancelling, Done:
	}
	return l
}

func (l life) pause() life {
	switch l.state {
	case Queued, Retrying:
		l.state = Paused
	case Running, Resuming, Asking, Held:
		l.state, l.want = Pausing, wantPause
	case Pausing, Paused, Cancelling, Cancelled, Done, Refused, Expired, Mismatch, Failed:
	}
	return l
}

func (l life) cancel() life {
	switch {
	case l.state.finished():
	case l.live || l.want == wantRestart:
		l.state, l.want = Cancelling, wantCancel
		if !l.live {
			l.state = Cancelled
		}
	default:
		l.state = Cancelled
	}
	return l
}

func (l life) restart() life {
	if l.live && l.state == Cancelling && l.want == wantCancel {
		return l
	}
	return life{state: Cancelling, live: l.live, want: wantRestart}
}

// fact applies a fact of the live task.
func (l life) fact(s stimulus, result ...State) life {
	switch s {
	case factMoved:
		if l.state == Resuming && l.want == wantRun {
			l.state = Running
		}
	case factAsked:
		if l.state == Running || l.state == Resuming {
			l.state = Asking
		}
	case factDecided:
		if l.state == Asking {
			l.state = Running
		}
	case factResult:
		l.result = result[0]
	case factEnded:
		// Complete is complete, whatever was wanted meanwhile; only a restart
		// still has to throw it away.
		l.live = false
		if l.want == wantRestart {
			return l
		}
		l.state = l.result
		if l.result == Queued {
			l.state = Failed
		}
		l.want = wantRun
	case factCancelled, factPaused:
		return l.stopped(Cancelled)
	case factFailed:
		if l.state == Held {
			l.want = wantPause
		}
		return l.stopped(Failed)
	}
	return l
}

// stopped is the end of the live task with an error; otherwise is the state
// when nobody wanted the end. A file that is in place stays the result.
func (l life) stopped(otherwise State) life {
	l.live = false
	if l.result == Done && l.want != wantRestart {
		l.state, l.want = Done, wantRun
		return l
	}
	switch l.want {
	case wantRun:
		l.state = otherwise
	case wantPause:
		l.state = Paused
	case wantCancel:
		l.state = Cancelled
	case wantQueue:
		l.state = Queued
	case wantRestart:
		return l
	}
	l.want = wantRun
	return l
}

// finished tells the states that nothing leaves by itself.
func (s State) finished() bool {
	switch s {
	case Cancelled, Done, Refused, Expired, Mismatch, Failed:
		return true
	case Queued, Running, Pausing, Paused, Held, Resuming, Asking, Retrying, Cancelling:
	}
	return false
}

// occupies tells the states that take a place in the queue's limits. A row
// that asks or is held does not: others may go on meanwhile.
func (s State) occupies() bool {
	switch s {
	case Running, Pausing, Resuming, Cancelling:
		return true
	case Queued, Paused, Held, Asking, Retrying, Cancelled, Done, Refused, Expired, Mismatch, Failed:
	}
	return false
}

// moving tells the states in which a rate makes sense.
func (s State) moving() bool {
	return s == Running || s == Pausing || s == Resuming
}

var stateNames = [...]string{
	Queued: "queued", Running: "running", Pausing: "pausing", Paused: "paused", Held: "held",
	Resuming: "resuming", Asking: "asks", Retrying: "retry", Cancelling: "cancelling",
	Cancelled: "cancelled", Done: "done", Refused: "refused", Expired: "expired",
	Mismatch: "mismatch", Failed: "failed",
}

// String is the state's word, in filters, JSON and logs.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "unknown"
	}
	return stateNames[s]
}
