package model

import (
	"net/http"
	"time"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// row is one transfer of the user. A row that only waits is small; what comes
// with running is in parts of its own.
type row struct {
	id RowID
	life
	spec      *Spec
	name      string
	url       string // redacted
	host      string // shown, of the latest hop
	queueHost string // what the limit per host counts
	reason    string
	waits     bool // in the queue's heap
	rank      rank
	seat      int // in Model.waiting

	size, done int64
	limit      int64              // bytes per second, 0 for none
	part       string             // the partial file, "" for none
	had        trace              // the partial file as the row last had it
	from       string             // the resource that its bytes were asked for first, "" for that of spec.URL
	resume     session.ResumeData // handed out by the last task, nil when spent
	home       origin             // of the URL that the row was added with
	renewed    bool               // spec.URL is a fresh link that no task has gone on from

	task    session.Task // the live one
	slot    *slot
	omitted []string       // of an attached model: secret fields of the request
	latest  session.TaskID // of an attached model: the newest task of the row
	attempt int
	best    int64 // the most bytes that were at hand when a task failed
	// retryAt is when the next retry is due, zero when it waits for the
	// network; notBefore is the earliest time that a change of the network
	// can bring it to. listens tells that such a change is a reason.
	retryAt, notBefore time.Time
	listens            bool
	heard              int          // changes of the network before the last attempt
	failedWith         session.Code // of the last attempt that failed
	status             int
	code               session.Code
	disk               bool // the failure was the disk's
	insecure           bool
	can                bool   // a pause would keep the bytes
	why                string // why not
	marked             bool
	removed            bool
	destination        string // in the agent, "" if it was not told
	inherited          bool   // another row has its bytes
	leftover           bool   // an earlier run left it, and nothing has become of it since
	path               string
	file               mark // of path, when it got there

	// journalled is what the journal has for spec.URL, "" before it was asked.
	journalled struct{ spec, url string }
	begun      bool // in Model.begun

	pos             int // in the list, -1 when it is not listed
	outAt           int // number of its latest event in the outbox
	counted         bool
	hadSize, hadNow int64 // what the totals count for it

	ran *run // nil until its first task
}

// run is what a row has once it ran.
type run struct {
	lineage  *lineage
	rate     *transfer.Rate // the row's limit for its tasks
	meter    meter
	timeline timeline
	segments []Segment
	hops     []Hop
	metrics  []transfer.Transaction
	request  *http.Request
	response *http.Response
	headOf   session.TaskID // the task that response is of
	trust    string
	refused  session.Method // how a credential was given that was refused last, "" for none
	rule     partial.Rule
	dropped  string // in words: which mirrors, and why
	failedAt time.Time
	waits    []time.Duration // before the retries in a row
	content  *content        // of the latest data task
	// surprised: its partial file was not free although it was thought to be.
	surprised bool
}

// mostSegments and mostTransactions bound what a row that is paused and
// retried for days keeps.
const (
	mostSegments     = 64
	mostTransactions = 64
	mostHops         = 64
	mostWaits        = 8
)

// keepLast appends v to s, of which at most n are kept.
func keepLast[T any](s []T, v T, n int) []T {
	if len(s) >= n {
		s = append(s[:0], s[len(s)-n+1:]...)
	}
	return append(s, v)
}

// view is the row as plain data.
func (r *row) view(attempts int) Row {
	v := Row{
		ID: r.id, Name: r.name, URL: r.url, Host: r.host, State: r.state, Status: r.status,
		Upload: r.spec.Upload != "", Data: r.spec.Data, Size: r.size, Done: r.done, ETA: -1,
		Limit: r.limit, Attempt: r.attempt, Attempts: attempts, Reason: r.reason, Code: r.code, Dropped: r.dropped(),
		Resumable: r.can, Marked: r.marked, Insecure: r.insecure, Path: r.path,
		Priority: r.rank.urgency,
	}
	if r.state == Retrying {
		v.RetryAt = r.retryAt
		if r.retryAt.IsZero() {
			v.Reason = noNetwork
		}
	}
	if r.state == Running && v.Reason == "" && !r.can && r.why != "" && r.done > 0 {
		v.Reason = "cannot be resumed: " + r.why
	}
	if r.state.moving() && r.ran != nil {
		v.Rate = r.ran.meter.rate()
		if r.size >= 0 {
			v.ETA = r.ran.meter.eta(r.size - r.done)
		}
	}
	return v
}

// dropped names the mirrors that the row's tasks found to be no good.
func (r *row) dropped() string {
	if r.ran == nil {
		return ""
	}
	return r.ran.dropped
}

// detail is everything about the row.
func (r *row) detail(attempts int) Detail {
	d := Detail{Row: r.view(attempts), Method: r.spec.method(), Hint: r.spec.Hint, PartialFile: r.part}
	n := r.ran
	if n == nil {
		return d
	}
	d.Spark, d.Peak, d.Mean = n.meter.spark.values(), max(n.meter.peak, d.Rate), n.meter.mean()
	d.Segments = append(d.Segments, n.segments...)
	if last := len(d.Segments) - 1; last >= 0 && d.Segments[last].Running {
		if r.state.moving() {
			d.Segments[last].Rate = d.Rate
			d.Segments = r.connections(d.Segments)
		} else {
			d.Segments[last].stand(r.state)
		}
		if t, ok := r.task.(*session.DownloadTask); ok {
			d.Have = t.Have().Ranges()
		}
	}
	d.Hops, d.Waits = append(d.Hops, n.hops...), append(d.Waits, n.waits...)
	if t, ok := r.task.(*session.DownloadTask); ok {
		d.Mirrors = t.Mirrors()
	}
	if n.content != nil {
		d.Content, d.ContentCut = n.content.read()
	}
	d.Trust, d.Rule = n.trust, string(n.rule)
	d.Transactions = append(d.Transactions, n.metrics...)
	if r.task != nil {
		d.Transactions = append(d.Transactions, r.task.Metrics().Transactions...)
	}
	if last := len(d.Transactions) - 1; last >= 0 {
		d.Request = d.Transactions[last].Request
	} else if n.request != nil {
		d.Request = visibleHeader(n.request.Header)
	}
	if resp := n.response; resp != nil {
		d.Status, d.Protocol = resp.Status, resp.Proto
		d.Response = visibleHeader(resp.Header)
		d.TLS = resp.TLS
		if resp.TLS != nil && d.Trust == "" {
			d.Trust = "verified: system roots or --cacert"
		}
	}
	d.Events, d.EventsLost = n.timeline.events(), n.timeline.lost
	return d
}

// stand says of a segment whose task stays that it does not run: that of a row
// that is held or asks, or waits in the agent.
func (s *Segment) stand(in State) {
	s.Running = false
	if s.Outcome == "" {
		s.Outcome = in.String()
	} else {
		s.Outcome = in.String() + ", " + s.Outcome
	}
}

// connections puts the connections of the running task in the place of its
// segment, the last one, if it has several.
func (r *row) connections(list []Segment) []Segment {
	t, ok := r.task.(*session.DownloadTask)
	if !ok {
		return list
	}
	live := t.Segments()
	if len(live) == 0 {
		return list
	}
	task := list[len(list)-1]
	list = list[:len(list)-1]
	for _, seg := range live {
		task.Start, task.End, task.Planned = seg.Start, seg.At, seg.End
		task.Connection, task.Host, task.Rate = seg.Connection, seg.Host, seg.Rate
		list = append(list, task)
	}
	return list
}

// method is the request's method.
func (s *Spec) method() string {
	switch {
	case s.Upload == "":
		return http.MethodGet
	case s.Method == "":
		return http.MethodPut
	}
	return s.Method
}
