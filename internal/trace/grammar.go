package trace

import (
	"errors"
	"fmt"
)

// phase is how far the list of a task has come. A phase is left for a later
// one only, but that a challenge or a redirect begins a new attempt:
//
//	task    := created? delayed? newstream? redirect* waiting? attempt* end
//	attempt := upgraded? chal* newstream? sent* info* (upgraded? redirect | chal | silence)
//	end     := [newstream? sent* info*] payload? metrics? (done | handler)
//	payload := (response data*)+ cache? | (response data*)* response became
//	         | resumed? wrote* finished?
//
// Silence is a challenge that is answered without a question, by a ticket or a
// credential that was good before. The redirects before waiting are those that the cache knows. A task with a
// completion handler has cache without response and data.
//
// A cancelled or failed task may end after any of these, so that every phase
// goes to metrics and done; what a task that succeeds must have had is checked
// apart.
//
// A task of a background session may begin anew: resumed at offset 0 comes
// again then, also after wrote. It has no response, and it may be left to the
// agent without an end.
type phase int

const (
	atStart phase = iota
	atAttempt
	atStream
	atSent
	atInfo
	atResponse
	atCache
	atResumed
	atWrote
	atFinished
	atMetrics
	atEnd
)

// next is the phase after an event of kind k, and whether k may come in p.
func (p phase) next(k Kind) (phase, bool) {
	switch k {
	case Created:
		return atAttempt, p == atStart
	case Delayed:
		return atAttempt, p <= atAttempt
	case Waiting:
		// A streamed upload has its body before it looks for a connection.
		return max(p, atAttempt), p <= atStream
	case Upgraded:
		// That of a redirect comes before it is decided about.
		return max(p, atAttempt), p <= atInfo
	case SessionChallenge, TaskChallenge, Redirect:
		return atAttempt, p <= atInfo
	case NewStream:
		// A challenge that is answered without a word begins an attempt too.
		return atStream, p <= atInfo
	case Sent:
		return atSent, p <= atSent
	case Informational:
		return atInfo, p <= atInfo
	case Response, Data:
		return atResponse, p <= atResponse
	case Cache:
		return atCache, p <= atResponse
	case Became:
		return atEnd, p <= atResponse
	case Resumed:
		return atResumed, p < atResumed
	case Wrote:
		return atWrote, p <= atWrote
	case Finished:
		return atFinished, p < atFinished
	case Metrics:
		return atMetrics, p < atMetrics
	case Done, Handler:
		return atEnd, p < atEnd
	}
	return p, false
}

// belongs tells whether a task of kind t may have events of kind k.
func belongs(t TaskKind, k Kind) bool {
	switch k {
	case Response, Data, Cache:
		return t != DownloadTask
	case Became:
		return t == DataTask
	case Resumed, Wrote, Finished, ResumeData:
		return t == DownloadTask
	}
	return true
}

// Check holds all events of one session, in the order in which they came,
// against the life cycle: the order of calls of each task, the numbers in
// them, the end of each task, and DidBecomeInvalid as the last of all. deaf
// names the kinds that the delegate has no method for, which are not missed.
// The error names every rule that was broken.
func Check(events []Event, deaf ...Kind) error { return check(events, false, deaf...) }

// CheckBackground is [Check] for a background session.
func CheckBackground(events []Event, deaf ...Kind) error { return check(events, true, deaf...) }

func check(events []Event, background bool, deaf ...Kind) error {
	var errs []error
	eventsDone := false
	lists := make(map[Task][]Event)
	var order []Task
	invalid := false
	for _, e := range events {
		if invalid && e.Kind != ResumeData {
			errs = append(errs, fmt.Errorf("%v of %v after invalid", e, e.Task))
		}
		switch e.Kind {
		case Invalid:
			invalid = true
			continue
		case EventsDone:
			if eventsDone || !background {
				errs = append(errs, fmt.Errorf("%v twice, or in a session of this process", e))
			}
			eventsDone = true
			continue
		}
		if _, ok := lists[e.Task]; !ok {
			order = append(order, e.Task)
		}
		lists[e.Task] = append(lists[e.Task], e)
	}
	unheard := make(map[Kind]bool)
	for _, k := range deaf {
		unheard[k] = true
	}
	if background {
		unheard[Response] = true
	}
	for _, t := range order {
		if err := checkTask(t, lists[t], unheard, background); err != nil {
			errs = append(errs, fmt.Errorf("%v: %w\n\t%s", t, err, Format(lists[t])))
		}
	}
	return errors.Join(errs...)
}

// checkTask checks the list of one task up to the first rule it breaks.
func checkTask(t Task, list []Event, deaf map[Kind]bool, background bool) error {
	var p phase
	var n numbers
	had := make(map[Kind]int)
	for _, e := range list {
		if !belongs(t.Kind, e.Kind) {
			return fmt.Errorf("%v in a %s task", e, t.Kind)
		}
		if e.Kind == ResumeData {
			continue
		}
		if p == atEnd {
			return fmt.Errorf("%v after the last call", e)
		}
		after, ok := p.next(e.Kind)
		if background && e.Kind == Resumed && e.Total == 0 && p <= atWrote {
			after, ok = atResumed, true
		}
		if !ok {
			return fmt.Errorf("%v out of order", e)
		}
		if e.Kind == Waiting && had[Waiting]+had[SessionChallenge]+had[TaskChallenge] > 0 {
			return fmt.Errorf("%v after the server was reached, or twice", e)
		}
		if (e.Kind == Data || e.Kind == Became) && had[Response] == 0 && !deaf[Response] {
			return fmt.Errorf("%v before response", e)
		}
		if err := n.take(e); err != nil {
			return err
		}
		had[e.Kind]++
		p = after
		if p == atEnd {
			if err := checkEnd(t, e, had, n, deaf); err != nil {
				return err
			}
		}
	}
	if p != atEnd && !deaf[Done] && !background {
		return errors.New("never ended")
	}
	return nil
}

// checkEnd checks what a task must and must not have had when it ends with e.
func checkEnd(t Task, e Event, had map[Kind]int, n numbers, deaf map[Kind]bool) error {
	if e.Kind == Handler {
		for _, k := range []Kind{Response, Data, Became, Finished} {
			if had[k] > 0 {
				return fmt.Errorf("%s in a task with a completion handler", k)
			}
		}
	}
	if e.Kind == Became {
		return nil
	}
	if e.Kind == Done && had[Cache] > 0 && had[Response] == 0 && !deaf[Response] {
		return errors.New("cache without response")
	}
	if had[Finished] > 0 && e.Err != nil {
		return fmt.Errorf("finished, then %v", e)
	}
	if e.Err != nil {
		return nil
	}
	if e.Kind == Done && t.Kind == DownloadTask && had[Finished] == 0 && !deaf[Finished] {
		return errors.New("done(nil) without finished")
	}
	if e.Kind == Done && t.Kind != DownloadTask && had[Response] == 0 && !deaf[Response] {
		return errors.New("done(nil) without response")
	}
	if had[Wrote] > 0 && n.expected >= 0 && n.written != n.expected {
		return fmt.Errorf("done(nil) after %d of %d bytes written", n.written, n.expected)
	}
	return nil
}

// numbers follows the counts of one task.
type numbers struct {
	counting           bool  // written and expected are set
	written, expected  int64 // of wrote, resumed
	sending            bool  // sent and sentExpected are of this attempt
	sent, sentExpected int64
}

// take checks the counts of e against the ones before it: what is new adds up
// to the total, the total never falls, what is expected stays the same.
func (n *numbers) take(e Event) error {
	switch e.Kind {
	case SessionChallenge, TaskChallenge, Redirect, NewStream:
		n.sending, n.sent = false, 0
	case Sent:
		if e.N == e.Total {
			n.sent = 0 // sent again from its beginning, over another connection
		}
		if e.N <= 0 || e.Total != n.sent+e.N {
			return fmt.Errorf("sent %d after %d makes no total of %d", e.N, n.sent, e.Total)
		}
		if n.sending && e.Expected != n.sentExpected {
			return fmt.Errorf("sent expects %d, then %d", n.sentExpected, e.Expected)
		}
		if e.Expected >= 0 && e.Total > e.Expected {
			return fmt.Errorf("sent %d of %d", e.Total, e.Expected)
		}
		n.sending, n.sent, n.sentExpected = true, e.Total, e.Expected
	case Resumed:
		if e.Total < 0 || e.Expected >= 0 && e.Total > e.Expected {
			return fmt.Errorf("resumed at %d of %d", e.Total, e.Expected)
		}
		n.counting, n.written, n.expected = true, e.Total, e.Expected
	case Wrote:
		if e.N <= 0 || e.Total != n.written+e.N {
			return fmt.Errorf("wrote %d after %d makes no total of %d", e.N, n.written, e.Total)
		}
		if n.counting && e.Expected != n.expected {
			return fmt.Errorf("wrote expects %d, then %d", n.expected, e.Expected)
		}
		if e.Expected >= 0 && e.Total > e.Expected {
			return fmt.Errorf("wrote %d of %d", e.Total, e.Expected)
		}
		n.counting, n.written, n.expected = true, e.Total, e.Expected
	}
	return nil
}
