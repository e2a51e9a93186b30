package background

import (
	"log/slog"
	"time"

	"haul/session"
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
	// RateLimit bounds all transfers together, HostRateLimits those with each
	// one host, named as [transfer.NewLimits] says: bytes per second, 0 for none.
	// Both can be changed while the agent runs.
	RateLimit      int64
	HostRateLimits map[string]int64
	// Configure changes the configuration of the sessions inside: proxies,
	// roots of trust. identifier is that of the background
	// session. It is called before the first task of a session runs.
	Configure func(identifier string, c *session.Configuration)
	// Reachability tells when the network has changed, for tasks that wait
	// for it. nil: they wait for the clock only.
	Reachability session.Reachability
	// Hook is told of what may need a person while no session with the
	// identifier is there, and of every end; see [Occasion]. It is called on a
	// goroutine of its own, one call at a time and in order, and may take its
	// time.
	Hook func(Event)
	// Files is the file system of downloads. nil: the machine's.
	Files partial.FS
	// committed is called after each commit to the database, before anybody
	// hears of it; nil for nothing.
	committed func()
	// Version is the program's, for people.
	Version string
	// Log gets what the agent does. nil: nothing is written. No secret is in it.
	Log *slog.Logger
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
