package trace

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"haul/session"
)

// Kind is the short name of a delegate call.
type Kind string

// The kinds, and what stands in their parentheses.
const (
	Created          Kind = "created"
	Delayed          Kind = "delayed"    //
	Waiting          Kind = "waiting"    //
	SessionChallenge Kind = "schal"      // method
	TaskChallenge    Kind = "tchal"      // method, previous failure count
	Redirect         Kind = "redirect"   // status, new URL
	NewStream        Kind = "newstream"  //
	Upgraded         Kind = "upgraded"   // new URL
	Informational    Kind = "info"       // status
	Sent             Kind = "sent"       // new, total, expected
	Response         Kind = "response"   // status
	Data             Kind = "data"       // new
	Cache            Kind = "cache"      //
	Became           Kind = "became"     //
	Resumed          Kind = "resumed"    // offset, expected; printed resumed@offset
	Wrote            Kind = "wrote"      // new, total, expected
	Finished         Kind = "finished"   //
	Metrics          Kind = "metrics"    //
	Done             Kind = "done"       // "nil", or a code, "+resume" behind it
	Handler          Kind = "handler"    // status or "-", error as in done
	ResumeData       Kind = "resumedata" // "ok" or "nil"
	Invalid          Kind = "invalid"    // "nil", or a code
	EventsDone       Kind = "bgdone"     // of a session
)

// TaskKind tells the three kinds of task apart.
type TaskKind string

// The kinds of task.
const (
	DataTask     TaskKind = "data"
	UploadTask   TaskKind = "upload"
	DownloadTask TaskKind = "download"
)

// Task names the task of an event. It is comparable. A data task that became a
// download and that download are two tasks.
type Task struct {
	Kind TaskKind
	ID   session.TaskID
	Of   session.Task
}

// TaskOf names t.
func TaskOf(t session.Task) Task {
	n := Task{ID: t.ID(), Of: t}
	switch t.(type) {
	case *session.DataTask:
		n.Kind = DataTask
	case *session.UploadTask:
		n.Kind = UploadTask
	case *session.DownloadTask:
		n.Kind = DownloadTask
	}
	return n
}

func (t Task) String() string { return string(t.Kind) + " task " + strconv.FormatInt(int64(t.ID), 10) }

// Event is one delegate call.
type Event struct {
	// Task is the task it is about, zero for Invalid and EventsDone.
	Task Task
	Kind Kind
	// Args is what stands in the parentheses: "302", "/g".
	Args []string
	// Reply is the answer to a decision, "" while there is none.
	Reply string
	// N, Total and Expected are the numbers of Wrote and Sent; N is also
	// the length of Data, Total the offset of Resumed.
	N, Total, Expected int64
	// Err is the error of Done, Handler, ResumeData and Invalid.
	Err error
}

// String prints the event as it is written in patterns, without numbers.
func (e Event) String() string {
	s := string(e.Kind)
	switch {
	case e.Kind == Resumed:
		s += "@" + strconv.FormatInt(e.Total, 10)
	case len(e.Args) > 0:
		s += "(" + strings.Join(e.Args, ",") + ")"
	}
	if e.Reply != "" {
		s += "[" + e.Reply + "]"
	}
	return s
}

// Format prints a list of events on one line, with repeated ones counted:
// "created response(200)[allow] data x3 done(nil)".
func Format(events []Event) string {
	var words []string
	for i := 0; i < len(events); {
		s, n := events[i].String(), 1
		for i+n < len(events) && events[i+n].String() == s {
			n++
		}
		if n > 1 {
			s += " x" + strconv.Itoa(n)
		}
		words = append(words, s)
		i += n
	}
	return strings.Join(words, " ")
}

// errorName is how an error is written: "nil", "Cancelled",
// "NetworkConnectionLost+resume".
func errorName(err error) string {
	if err == nil {
		return "nil"
	}
	e, ok := errors.AsType[*session.Error](err)
	if !ok {
		return "untyped"
	}
	name := e.Code.String()
	if _, ok := session.ResumeDataFrom(err); ok {
		name += "+resume"
	}
	return name
}

// target is how the URL of a redirect is written: only the path when the
// origin stays the same.
func target(from *http.Response, to *http.Request) string {
	if from.Request != nil && sameOrigin(from.Request.URL, to.URL) {
		return to.URL.RequestURI()
	}
	return to.URL.String()
}

func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }
