package wire

import (
	"encoding/json"
	"net/http"
	"time"
)

// The states of a task in the agent.
const (
	StateSuspended = "suspended"
	StateRunning   = "running" // resumed: Doing says what it does
	StateEnded     = "ended"   // Result says how
)

// What a resumed task does.
const (
	DoingLoad   = "loading"
	DoingQueue  = "queued"  // for a place among those that run
	DoingRetry  = "retry"   // after a failure of the network, at Next
	DoingDelay  = "delayed" // until its earliest begin
	DoingAsk    = "asking"  // a question has no answer yet
	DoingFinish = "finishing"
)

// Task is the state of a task. What never changes comes once on a connection:
// Request is nil after that.
type Task struct {
	Identifier string   `json:"identifier,omitempty"` // in lists of several sessions
	ID         int64    `json:"id"`
	Kind       string   `json:"kind"`
	Request    *Request `json:"request,omitempty"` // without what is secret
	// Token is that of the call that made it; it comes with Request.
	Token   string    `json:"token,omitempty"`
	Created time.Time `json:"created"`

	// Revision grows with each change of State by an act.
	Revision uint64 `json:"revision"`
	State    string `json:"state"`
	Doing    string `json:"doing,omitempty"`
	// Reason is why it waits, for people; Next when it tries again.
	Reason string     `json:"reason,omitempty"`
	Next   *time.Time `json:"next,omitempty"`

	// SettingsRevision grows with each change of settings by Set, and begins anew
	// with the agent. A state with a smaller one than a reply to Set is older than
	// that change.
	SettingsRevision uint64 `json:"settings_revision,omitempty"`

	Description string  `json:"description,omitempty"`
	Priority    float32 `json:"priority"`
	// ExpectedSend and ExpectedReceive are the hints of the app, 0 for unknown.
	ExpectedSend    int64 `json:"expected_send,omitempty"`
	ExpectedReceive int64 `json:"expected_receive,omitempty"`

	// Order is the place among those of its priority that wait.
	Order     int64 `json:"order"`
	RateLimit int64 `json:"rate_limit,omitempty"`
	// Again is the task in whose place this one is; see the type Again.
	Again       int64  `json:"again,omitempty"`
	PartialFile string `json:"partial_file,omitempty"`
	Destination string `json:"destination,omitempty"`

	Current  *Request  `json:"current,omitempty"` // of the latest hop
	Response *Response `json:"response,omitempty"`
	Counts   Counts    `json:"counts"`
	Resumed  *Resumed  `json:"resumed,omitempty"`
	// CannotResume says why the download could not be resumed if it were
	// cancelled now, "" if it could.
	CannotResume string    `json:"cannot_resume,omitempty"`
	Attempts     int       `json:"attempts,omitempty"`
	Question     *Question `json:"question,omitempty"`
	Result       *Result   `json:"result,omitempty"`
}

// Counts are bytes of bodies; expected ones are -1 when unknown.
type Counts struct {
	Received         int64 `json:"received"`
	ExpectedReceived int64 `json:"expected_received"`
	Sent             int64 `json:"sent"`
	ExpectedSent     int64 `json:"expected_sent"`
}

// Response is the head of a response.
type Response struct {
	Status     string      `json:"status"`
	StatusCode int         `json:"status_code"`
	Proto      string      `json:"proto"`
	Header     http.Header `json:"header"`
	// Length is the Content-Length, -1 if unknown.
	Length int64 `json:"length"`
}

// Resumed is where a download goes on, or begins anew. Count grows with each.
type Resumed struct {
	Count    int    `json:"count"`
	Offset   int64  `json:"offset"`
	Expected int64  `json:"expected"`
	Rule     string `json:"rule,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// The kinds of question.
const (
	AskChallenge = "challenge"
	AskDelayed   = "delayed"
)

// Question is a question that waits for an answer.
type Question struct {
	Number uint64    `json:"number"`
	Kind   string    `json:"kind"`
	Since  time.Time `json:"since"`
	// Of a challenge.
	Space *Space `json:"space,omitempty"`
	// Detail is the variant of the method, the name of a request field, or the
	// file of a client certificate that could not be opened.
	Detail   string `json:"detail,omitempty"`
	Failures int    `json:"failures,omitempty"`
	Proposed string `json:"proposed,omitempty"` // the user of a credential at hand
	// Problem is why what was tried before is no good, where more is known than
	// that it was refused.
	Problem  string    `json:"problem,omitempty"`
	Response *Response `json:"response,omitempty"`
	Trust    *Trust    `json:"trust,omitempty"`
	// Issuers are those of a client certificate that the server accepts, each
	// in DER; none means any.
	Issuers [][]byte `json:"issuers,omitempty"`
}

// Space is a protection space.
type Space struct {
	Protocol string `json:"protocol"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Realm    string `json:"realm,omitempty"`
	Method   string `json:"method"`
	Proxy    bool   `json:"proxy,omitempty"`
}

// Trust is what a server showed of itself.
type Trust struct {
	Host    string   `json:"host"`
	Address string   `json:"address"`
	Proxy   bool     `json:"proxy,omitempty"`
	Chain   [][]byte `json:"chain"` // DER
	Version uint16   `json:"version"`
	Suite   uint16   `json:"suite"`
	Error   string   `json:"error"` // why it is not trusted
	// Strict: the host allows no exception (HSTS).
	Strict bool `json:"strict,omitempty"`
}

// Result is how a task ended.
type Result struct {
	// Number is the place of this end among all ends of the agent.
	Number int64     `json:"number"`
	Ended  time.Time `json:"ended"`
	// Path is the finished file, "" if there is none or it was taken. With
	// Placed it is in the place that the app named, and stays there.
	Path   string `json:"path,omitempty"`
	Placed bool   `json:"placed,omitempty"`
	// Body is the body of the response to an upload.
	Body    []byte          `json:"body,omitempty"`
	Metrics json.RawMessage `json:"metrics,omitempty"` // a session.Metrics
	Error   *Error          `json:"error,omitempty"`
}

// Error is a session.Error.
type Error struct {
	Code     int             `json:"code"`
	Text     string          `json:"text"` // of the cause, for people
	URL      string          `json:"url,omitempty"`
	Resource bool            `json:"resource,omitempty"`
	Resume   json.RawMessage `json:"resume,omitempty"`
	NoResume string          `json:"no_resume,omitempty"` // why there is none
	// CancelledBy is "user" where a command, or a connection that does not have
	// the session open, has cancelled the task.
	CancelledBy string `json:"cancelled_by,omitempty"`
	// Causes are what errors.Is finds: "exists", "no space", …
	Causes []string `json:"causes,omitempty"`
}

// The causes of an [Error] that have a name.
const (
	CauseExists    = "exists"
	CauseNotExists = "does not exist"
	CauseForbidden = "forbidden"
	CauseNoSpace   = "no space"
	CauseSpent     = "spent"
	CauseLocked    = "locked"
	CauseOtherFile = "other file"
	CauseDigest    = "digest"
)
