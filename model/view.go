package model

import (
	"crypto/tls"
	"net/http"
	"time"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// RowID identifies a row for the life of the program.
type RowID int64

// State is a row's state as the user names it.
type State int

// The states.
const (
	Queued State = iota
	Running
	Pausing
	Paused
	Held // suspended: the server cannot resume, the connection is kept
	Resuming
	Asking
	Retrying // waits for its back-off or for the network
	Cancelling
	Cancelled
	Done
	Refused  // the server answered with an error status
	Expired  // refused while resuming: the bytes at hand are kept, the link has to be renewed
	Mismatch // complete, but the checksum differs: kept aside
	Failed
)

// Row is one line of the list. Strings are as they came, uncleaned, but URLs
// are redacted.
type Row struct {
	ID     RowID
	Name   string
	URL    string
	Host   string // of the latest hop, with a port that is not the default
	State  State
	Status int // HTTP status of the latest response, 0 before one
	Upload bool
	Data   bool // it is kept in memory, to be looked at
	// Size is the size of the whole, Done the bytes at hand (or sent), in
	// bytes; Size -1 when unknown.
	Size, Done int64
	// Rate is bytes per second, smoothed over 3 s; ETA is negative when
	// unknown.
	Rate float64
	ETA  time.Duration
	// Limit bounds the rate in bytes per second, 0 for none.
	Limit int64
	// Attempt of Attempts retries, and when the next is due; zero while only
	// the network can bring it about.
	Attempt, Attempts int
	RetryAt           time.Time
	// Reason says why the row is where it is: why it cannot be resumed, how
	// it failed, what a refusal means.
	Reason string
	// Dropped names the mirrors that were found to be no good, and why.
	Dropped string
	// Code is the code of a failure, 0 for none.
	Code session.Code
	// Resumable tells whether a pause would keep the bytes.
	Resumable bool
	Marked    bool
	Priority  Priority
	Insecure  bool // its server was accepted without being verified
	// Path is where the finished file is.
	Path string
}

// Totals are the numbers of the whole list.
type Totals struct {
	Rows                                                    int
	Running, Paused, Queued, Asking, Retrying, Done, Failed int
	RateIn, RateOut                                         float64   // bytes per second
	Spark                                                   []float64 // rate of each of the last 60 s, oldest first
	Fraction                                                float64   // of all known bytes, -1 when unknown
}

// UnderWay counts the rows that run or will without anybody's doing: what
// pausing all pauses.
func (t *Totals) UnderWay() int { return t.Running + t.Queued + t.Asking + t.Retrying }

// Detail is everything about one row.
type Detail struct {
	Row
	Method     string
	Hint       string // of the Spec
	Spark      []float64
	Peak, Mean float64 // bytes per second
	Segments   []Segment
	// Have are the bytes at hand while several connections fetch the rest.
	Have        []partial.Range
	Hops        []Hop
	Mirrors     []session.Mirror // of the running task; its own place is the first
	Status      string           // "206 Partial Content"
	Protocol    string
	Request     http.Header // credentials replaced by "(hidden)"
	Response    http.Header
	TLS         *tls.ConnectionState
	Trust       string // "system roots", "accepted by you until you quit", …
	Rule        string // which rule made the continuation safe
	PartialFile string
	// Content is what a data task has brought, as it came; ContentCut tells that
	// there was more.
	Content    string
	ContentCut bool
	// Waits are those before the latest retries in a row, OthersReachable tells
	// that other hosts sent something about when the row failed, or since.
	Waits           []time.Duration
	OthersReachable bool
	Transactions    []transfer.Transaction
	Events          []Event // the latest, oldest first
	EventsLost      int     // how many were before those
}

// Segment is the byte range that one task of a row fetched, or of a running
// task that uses several connections, what one of them fetches.
type Segment struct {
	Task       session.TaskID
	Start, End int64 // bytes; End grows while it runs
	// Planned is the end of the range of a connection that runs, 0 where none
	// is planned.
	Planned int64
	// Connection is the number of the connection, from 1 on; 0 where the task
	// has one.
	Connection int
	Host       string // of the connection
	Rate       float64
	Running    bool
	Outcome    string // "paused", "206, If-Range \"5f3a\"", …
}

// Hop is one redirect that was followed or refused.
type Hop struct {
	Status   int    // 0 where the host wants https only, so that nobody was asked
	From, To string // redacted
	Answer   string // "followed: same host", "asked you: followed", …
}

// Event is one delegate call, as the timeline and the JSON output tell it.
type Event struct {
	Time   time.Time
	Row    RowID
	Task   session.TaskID
	Name   string // the delegate call: "DidResumeAtOffset", or "Resume", "Cancel"…
	Text   string // its arguments in short, secrets left out, uncleaned
	Count  int    // how many calls were merged
	Bytes  int64
	Total  int64
	Status int
	Code   session.Code
}

// View picks rows by state.
type View int

// The views 1 to 5 of the list.
const (
	ViewAll View = iota
	ViewRunning
	ViewWaiting
	ViewAttention // asks you, failed, refused, expired
	ViewDone
)

// SortKey is what the list is ordered by.
type SortKey int

// The sort keys.
const (
	SortAdded SortKey = iota
	SortName
	SortSize
	SortDone
	SortRate
	SortETA
	SortState
	SortHost
)

// Summary is how it all ended.
type Summary struct {
	Done, Failed, Refused, Cancelled, Kept int
	// Unanswered are questions that could not be asked, with the flag that
	// would have answered.
	Unanswered []Unanswered
	// Disk tells that a failure was the disk's.
	Disk bool
}

// Unanswered is a question that nobody was there to answer.
type Unanswered struct {
	Row  RowID
	What string // "password for https://host realm …"
	Flag string // "--user"
}
