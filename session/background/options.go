package background

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// CommandIdentifier is the session of the transfers that are made with
// `haul -b` and its like. It is shared.
const CommandIdentifier = "haul"

// Options say how an agent behaves. The zero value is good.
type Options struct {
	// Location names the directories.
	Location session.Agent
	// Linger is how long the agent stays with nothing to do and nobody there,
	// 5 minutes by default; below zero: for ever.
	Linger time.Duration
	// Running is how many tasks run at once, 16 by default.
	Running int
	// RunningPerHost is how many tasks of [CommandIdentifier] run at once from
	// one host; 0: as the configuration of the session says.
	RunningPerHost int
	// RateLimit bounds all transfers together, HostRateLimits those with each
	// one host, named as [transfer.NewLimits] says: bytes per second, 0 for none.
	// Both can be changed through the protocol, for as long as the agent runs.
	RateLimit      int64
	HostRateLimits map[string]int64
	// Configure changes the configuration of the sessions inside: proxies,
	// roots of trust, where credentials are kept. identifier is that of the
	// background session. It is called before the first task of a session runs,
	// and again after Generation has changed: then the next attempts are made
	// in a session of their own.
	Configure  func(identifier string, c *session.Configuration)
	Generation int
	// Connections says how many connections a file of the host at addr has, a
	// "host:port"; 0: as the session has it. nil: 0.
	Connections func(addr string) int
	// Answerer returns what answers the challenges of a task without a person,
	// nil for nothing. It is called before the first challenge of a task. nil:
	// every challenge is a question.
	Answerer func(Subject) Answerer
	// Reachability tells when the network has changed, for tasks that wait
	// for it. nil: they wait for the clock only.
	Reachability session.Reachability
	// Hook is told of what may need a person while no session with the
	// identifier is there, and of every end; see [Occasion]. It is called on
	// goroutines of its own, up to 4 at a time, begun in order, and may take its
	// time: until ctx ends, 10 seconds after the agent was told to stop.
	Hook func(ctx context.Context, e Event)
	// Files is the file system of downloads. nil: the machine's.
	Files partial.FS
	// committed is called after each commit to the database, before anybody
	// hears of it; nil for nothing.
	committed func()
	// Changed delivers options that take the place of these while the agent
	// runs, all but Location, Reachability, Files, Changed, Version and Log. nil: they
	// stay.
	Changed <-chan Options
	// Version is the program's, for people.
	Version string
	// Log gets what the agent does. nil: nothing is written. No secret is in it.
	Log *slog.Logger
}

// Access is what lets a task in, as its maker has said.
type Access = wire.Access

// Subject is a task whose challenges are to be answered.
type Subject struct {
	Identifier string
	URL        *url.URL
	// User is the user information of the URL, nil for none.
	User   *url.Userinfo
	Access Access
}

// Answerer answers the challenges of one task. Its methods are called on
// goroutines of the task's.
type Answerer interface {
	// Answer answers a challenge, or says that somebody has to be asked. It may
	// take its time, and ends when ctx does.
	Answer(ctx context.Context, t session.Task, c *session.Challenge) Decision
	// Remember tells what somebody has answered.
	Remember(p session.ProtectionSpace, c *session.Credential)
}

// Decision is what an [Answerer] says.
type Decision struct {
	Disposition session.Disposition
	Credential  *session.Credential
	Words       string // for the story of the task; no secret
	// Ask tells that somebody has to be asked. Reason and Detail go with the
	// question, and Unasked credentials were refused that nobody has typed.
	Ask            bool
	Reason, Detail string
	Unasked        int
}

const (
	defaultLinger  = 5 * time.Minute
	defaultRunning = 16
)

// Occasion is why a hook is called.
type Occasion string

// The occasions.
const (
	OnQuestion Occasion = "question"
	OnFinish   Occasion = "finish"
	OnFail     Occasion = "fail"
)

// Event is what a hook is told. It is fit to be written as JSON.
type Event struct {
	Occasion   Occasion       `json:"event"`
	Identifier string         `json:"identifier"`
	ID         session.TaskID `json:"id"`
	URL        string         `json:"url"` // redacted
	// Path is where the file is, "" if there is none.
	Path   string `json:"path,omitempty"`
	Status int    `json:"status,omitempty"`
	Bytes  int64  `json:"bytes"`
	// Reason is the failure, or what is asked.
	Reason string `json:"reason,omitempty"`
	// Attached tells that a session with the identifier is there. Hooks of
	// questions are called only where none is.
	Attached bool      `json:"attached"`
	Time     time.Time `json:"time"`
}
