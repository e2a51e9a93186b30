package wire

import (
	"encoding/json"
	"net/http"
	"time"
)

// Protocol is the version of the protocol. Peers speak with their own version
// only.
const Protocol = 2

// The methods. The first word says what they are about.
const (
	MethodHello       = "agent.hello"
	MethodStatus      = "agent.status"
	MethodStop        = "agent.stop"
	MethodOpen        = "session.open"
	MethodForget      = "session.forget"
	MethodSessions    = "session.list"
	MethodCreate      = "task.create"
	MethodCreateAll   = "task.create_all"
	MethodSet         = "task.set"
	MethodAct         = "task.act"
	MethodAgain       = "task.again"
	MethodLimit       = "agent.limit"
	MethodAcknowledge = "task.acknowledge"
	MethodAnswer      = "task.answer"
	MethodTasks       = "task.list"
	MethodWait        = "task.wait"
	MethodLog         = "task.log"
	MethodHistory     = "history.search"
	// NotifyTasks goes from the agent to a peer that has opened a session.
	NotifyTasks = "tasks"
)

// Error codes of replies, beside those of JSON-RPC itself. Those between -900
// and -1 are numbers of the URL Loading System.
const (
	CodeProtocol  = 1    // another version of the protocol
	CodeOrder     = 2    // agent.hello or session.open is missing
	CodeNoTask    = 3    // no such task or session
	CodeTooLate   = 4    // the task was resumed or has ended
	CodeBusy      = 5    // agent.stop with transfers under way
	CodeInvalid   = 6    // the session takes no such task
	CodeStore     = 7    // the agent could not write down what it was told
	CodeInUse     = -996 // BackgroundSessionInUseByAnotherProcess
	CodeRefused   = -32600
	CodeNoMethod  = -32601
	CodeBadParams = -32602
)

// Hello is the first call of either side's program.
type Hello struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"` // of the program, for people
}

// Greeting answers Hello.
type Greeting struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	PID      int    `json:"pid"`
}

// Status is what the agent is doing.
type Status struct {
	Version  string    `json:"version"`
	Protocol int       `json:"protocol"`
	PID      int       `json:"pid"`
	Started  time.Time `json:"started"`
	Sessions int       `json:"sessions"`
	Attached int       `json:"attached"` // connections that have a session open
	Running  int       `json:"running"`
	Waiting  int       `json:"waiting"` // resumed, and not running
	Asking   int       `json:"asking"`  // questions without an answer
	Ended    int       `json:"ended"`   // results that nobody has taken yet
	// Notices are what the agent has to say aloud: a database that was put
	// aside, a disk that is full.
	Notices []string `json:"notices,omitempty"`
}

// Stop asks the agent to end. Without Force an agent with running tasks stays.
type Stop struct {
	Force bool `json:"force,omitempty"`
}

// Open associates the connection with a session.
type Open struct {
	Identifier    string        `json:"identifier"`
	Shared        bool          `json:"shared,omitempty"`
	Configuration Configuration `json:"configuration"`
	// Delayed tells that the delegate answers questions of kind "delayed".
	Delayed bool `json:"delayed,omitempty"`
}

// Configuration is the part of a session's configuration that the agent needs.
// Secret fields of Header are kept in memory only.
type Configuration struct {
	RequestTimeout  time.Duration `json:"request_timeout"`
	ResourceTimeout time.Duration `json:"resource_timeout"`
	Header          http.Header   `json:"header,omitempty"`
	UserAgent       string        `json:"user_agent,omitempty"`
	Languages       []string      `json:"languages,omitempty"`
	PerHost         int           `json:"per_host"`
	Connections     int           `json:"connections,omitempty"`
	HTTP1           bool          `json:"http1,omitempty"`
	OverlapCheck    bool          `json:"overlap_check,omitempty"`
	LaunchEvents    bool          `json:"launch_events,omitempty"`
	// Discretionary tasks begin when nothing else waits.
	Discretionary bool `json:"discretionary,omitempty"`
}

// Opened answers Open. The tasks of the session follow with NotifyTasks, those
// that have ended and were not acknowledged first, in the order of their ends;
// the last of these notifications says so.
type Opened struct {
	Tasks int `json:"tasks"` // how many there are
}

// Forget removes a session with all that it has; running tasks are cancelled.
type Forget struct {
	Identifier string `json:"identifier"`
}

// Session is a session in a list.
type Session struct {
	Identifier string `json:"identifier"`
	Attached   int    `json:"attached"`
	Tasks      int    `json:"tasks"`
	Asking     int    `json:"asking"`
}

// Request is a request without its body.
type Request struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header,omitempty"`
	// Omitted are secret fields that the agent has lost: it keeps them in
	// memory only.
	Omitted []string `json:"omitted,omitempty"`
	// User and Password are those of the URL, which is without them.
	User     string         `json:"user,omitempty"`
	Password string         `json:"password,omitempty"`
	Timeout  *time.Duration `json:"timeout,omitempty"` // nil: the configuration's
}

// The kinds of task.
const (
	KindDownload = "download"
	KindUpload   = "upload"
)

// Create makes a task in the open session, or in that of Identifier if the
// connection has none. One with a Token that the session knows already is that
// task: the call can be repeated when its reply was lost.
type Create struct {
	Identifier string          `json:"identifier,omitempty"`
	Token      string          `json:"token,omitempty"`
	Kind       string          `json:"kind"`
	Request    *Request        `json:"request,omitempty"`     // may be left out with ResumeData
	ResumeData json.RawMessage `json:"resume_data,omitempty"` // of a download
	File       string          `json:"file,omitempty"`        // of an upload: its absolute path
	Settings
	Access *Access `json:"access,omitempty"`
	// Start resumes the task at once.
	Start bool `json:"start,omitempty"`
}

// Access is what lets a task in, besides what the agent has for all of its
// session's. Paths are absolute.
type Access struct {
	// User is the name that sources of passwords are asked for.
	User  string `json:"user,omitempty"`
	Netrc string `json:"netrc,omitempty"` // a file that is such a source
	// Certificates are client certificates for the URL's own origin.
	Certificates []IdentityFile `json:"certificates,omitempty"`
	// TrustSHA256 are fingerprints of server certificates to accept, in
	// hexadecimal.
	TrustSHA256 []string `json:"trust_sha256,omitempty"`
	// Token answers the first question of the URL's own origin for a token. It is
	// in the agent's memory only.
	Token string `json:"token,omitempty"`
}

// Settings of a task. nil members stay as they are.
type Settings struct {
	Description   *string    `json:"description,omitempty"`
	Priority      *float32   `json:"priority,omitempty"`
	EarliestBegin *time.Time `json:"earliest_begin,omitempty"`
	// ExpectedSend and ExpectedReceive are how many bytes the app expects, 0 for
	// unknown.
	ExpectedSend    *int64 `json:"expected_send,omitempty"`
	ExpectedReceive *int64 `json:"expected_receive,omitempty"`
	// Order is the place among tasks of one priority that wait, the lowest
	// first; that of their making to begin with.
	Order *int64 `json:"order,omitempty"`
	// RateLimit is in bytes per second, 0 for none.
	RateLimit *int64 `json:"rate_limit,omitempty"`
	// Name gives the file of a download another name in the directory of its
	// destination, until it is complete. It becomes the description too.
	Name *string `json:"name,omitempty"`
	// Of downloads, before the first resume.
	PartialFile *string     `json:"partial_file,omitempty"`
	Destination *string     `json:"destination,omitempty"`
	Connections *int        `json:"connections,omitempty"` // for one file; -1: as many as help
	Overwrite   bool        `json:"overwrite,omitempty"`   // with Destination
	Header      http.Header `json:"header,omitempty"`      // added to the request's
}

// Created answers Create.
type Created struct {
	ID int64 `json:"id"`
	// Error says in an answer to CreateAll why there is no task; ID is 0 then.
	Error string `json:"error,omitempty"`
}

// MostCreated is how many tasks CreateAll takes.
const MostCreated = 500

// CreateAll makes up to 500 tasks, whose identifiers follow their order.
type CreateAll struct {
	Tasks []Create `json:"tasks"`
}

// Set changes settings of a task.
type Set struct {
	Identifier string `json:"identifier,omitempty"`
	ID         int64  `json:"id"`
	Settings
}

// Changed answers Set: SettingsRevision of the states behind it.
type Changed struct {
	SettingsRevision uint64 `json:"settings_revision"`
}

// The acts.
const (
	ActResume  = "resume"
	ActSuspend = "suspend"
	ActCancel  = "cancel"
	ActPause   = "pause" // cancel by producing resume data
)

// Act acts on tasks. Identifier is needed where no session is open; no IDs
// means all tasks of it, and "*" with no IDs all tasks of all sessions.
type Act struct {
	Identifier string  `json:"identifier,omitempty"`
	IDs        []int64 `json:"ids,omitempty"`
	Act        string  `json:"act"`
}

// Acted answers Act: the revisions of the states after it, by task.
type Acted struct {
	Revisions map[int64]uint64 `json:"revisions"`
}

// Again makes a new task of one that has ended without success, in its place:
// with its request, what is secret of it, its settings and the bytes at hand. A
// task that waits for its next try goes on at once and is the one returned. With
// URL, or Anew, one that has not ended is ended first. Token is as in Create.
type Again struct {
	Identifier string `json:"identifier,omitempty"`
	ID         int64  `json:"id"`
	Token      string `json:"token,omitempty"`
	// URL is a fresh one of the same file; "" for that of before.
	URL string `json:"url,omitempty"`
	// Anew throws the bytes at hand away.
	Anew bool `json:"anew,omitempty"`
}

// Limit bounds the rate of all that the agent transfers, or of what it transfers
// with Host, which is named with its port unless that is the scheme's own. It
// lasts as long as the agent.
type Limit struct {
	Host           string `json:"host,omitempty"`
	BytesPerSecond int64  `json:"bytes_per_second"` // 0: none
}

// Limits are the rates that tasks share, in bytes per second, 0 for none.
type Limits struct {
	All   int64            `json:"all"`
	Hosts map[string]int64 `json:"hosts,omitempty"`
}

// The things that are acknowledged.
const (
	AckFile = "file" // the delegate has taken the finished file
	AckDone = "done" // the delegate had its last call
)

// Acknowledge says that a result has reached its receiver. Identifier is needed
// where no session is open.
type Acknowledge struct {
	Identifier string `json:"identifier,omitempty"`

	IDs  []int64 `json:"ids"`
	What string  `json:"what"`
}

// The dispositions of an answer.
const (
	Use      = "use"
	Default  = "default"
	CancelIt = "cancel"
	Reject   = "reject"
)

// Answer answers a question. The first one counts; the reply tells whether it
// was the first.
type Answer struct {
	Identifier string `json:"identifier,omitempty"`
	ID         int64  `json:"id"`
	Question   uint64 `json:"question"`
	// Disposition is one of the above; of a delayed task use (with Request),
	// default or cancel.
	Disposition string `json:"disposition"`
	User        string `json:"user,omitempty"`
	Password    string `json:"password,omitempty"`
	// Keep keeps an accepted credential for the life of the agent, Permanent
	// where the agent keeps passwords for good.
	Keep      bool `json:"keep,omitempty"`
	Permanent bool `json:"permanent,omitempty"`
	// Trust accepts the server; it repeats the SHA-256 of the certificate
	// that was shown, in hexadecimal.
	Trust   string   `json:"trust,omitempty"`
	Request *Request `json:"request,omitempty"`
	// Identity is the client certificate to show.
	Identity *Identity `json:"identity,omitempty"`
}

// Identity is a client certificate with its key. The agent keeps it in memory
// only.
type Identity struct {
	Chain [][]byte `json:"chain"` // DER, the client's own first
	Key   []byte   `json:"key"`   // PKCS#8
}

// IdentityFile names the files of a client certificate: PEM or PKCS #12, and PEM
// where the key is not in the same one.
type IdentityFile struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key,omitempty"`
}

// Answered answers Answer.
type Answered struct {
	First bool `json:"first"`
}

// List lists tasks, of all sessions if Identifier is "", page by page: After is
// the last task of the page before.
type List struct {
	Identifier string `json:"identifier,omitempty"`
	After      *Place `json:"after,omitempty"`
}

// Place is the place of a task in a list of all.
type Place struct {
	Identifier string `json:"identifier"`
	ID         int64  `json:"id"`
}

// Tasks is the answer to List, and what NotifyTasks carries. In an answer More
// tells that there is another page. In notifications Complete tells that the
// state of every task of the session has been sent once, and Limits are there
// when they are new.
type Tasks struct {
	Tasks    []Task  `json:"tasks"`
	More     bool    `json:"more,omitempty"`
	Complete bool    `json:"complete,omitempty"`
	Limits   *Limits `json:"limits,omitempty"`
}

// Wait returns when the tasks named have ended, all those of the session (or
// of all sessions) if there are no IDs, or when Timeout has passed.
type Wait struct {
	Identifier string        `json:"identifier,omitempty"`
	IDs        []int64       `json:"ids,omitempty"`
	Timeout    time.Duration `json:"timeout,omitempty"` // 0: none
}

// Waited answers Wait.
type Waited struct {
	Tasks    []Task `json:"tasks"`
	TimedOut bool   `json:"timed_out,omitempty"`
}

// LogQuery asks for the story of a task. Follow waits until there is a line
// after After.
type LogQuery struct {
	Identifier string `json:"identifier,omitempty"`
	ID         int64  `json:"id"`
	After      int64  `json:"after,omitempty"`
	Follow     bool   `json:"follow,omitempty"`
}

// LogLine is one line of it.
type LogLine struct {
	Number int64     `json:"number"`
	Time   time.Time `json:"time"`
	Text   string    `json:"text"`
}

// LogLines answers LogQuery. Ended tells that there will be no more.
type LogLines struct {
	Lines []LogLine `json:"lines"`
	Ended bool      `json:"ended,omitempty"`
}

// HistoryQuery searches what has ended. Empty members match all.
type HistoryQuery struct {
	Name   string    `json:"name,omitempty"` // part of the file's name or URL
	Host   string    `json:"host,omitempty"`
	Result string    `json:"result,omitempty"` // done, refused, failed or cancelled
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Limit  int       `json:"limit,omitempty"` // 0: 1000
}

// Past is one task that has ended and was acknowledged.
type Past struct {
	Identifier string    `json:"identifier"`
	ID         int64     `json:"id"`
	Kind       string    `json:"kind"`
	URL        string    `json:"url"` // redacted
	Host       string    `json:"host"`
	Name       string    `json:"name"`
	Path       string    `json:"path,omitempty"`
	Result     string    `json:"result"`
	Reason     string    `json:"reason,omitempty"`
	Status     int       `json:"status,omitempty"`
	Bytes      int64     `json:"bytes"`
	Created    time.Time `json:"created"`
	Ended      time.Time `json:"ended"`
}

// History answers HistoryQuery, the newest first.
type History struct {
	Past []Past `json:"past"`
}
