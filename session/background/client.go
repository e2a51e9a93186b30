package background

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"haul/session"
	"haul/session/internal/link"
	"haul/session/internal/wire"
)

// What a client is told, see package documentation of docs/api.md for each
// member.
type (
	Status       = wire.Status
	SessionInfo  = wire.Session
	TaskInfo     = wire.Task
	Question     = wire.Question
	LogLine      = wire.LogLine
	HistoryQuery = wire.HistoryQuery
	Past         = wire.Past
	Create       = wire.Create
	Settings     = wire.Settings
	Request      = wire.Request
	Answer       = wire.Answer
	Identity     = wire.Identity
	IdentityFile = wire.IdentityFile
)

// ErrNotRunning is returned by [Dial] when there is no agent and none is to be
// started.
var ErrNotRunning = link.ErrNotRunning

// Client is a connection of a command to the agent. It opens no session: it
// sees the tasks of all of them, and does not count as somebody who is there.
// Safe for use by several goroutines.
type Client struct{ conn *link.Conn }

// Dial connects to the agent. With start it is started if nobody answers. The
// connection outlives ctx; Close ends it.
func Dial(ctx context.Context, at session.Agent, start bool) (*Client, error) {
	c, err := link.Dial(ctx, link.Options{
		Command: at.Command, Runtime: at.RuntimeDirectory, State: at.StateDirectory, Dial: at.Dial, Start: start,
	})
	if err != nil {
		return nil, err
	}
	return &Client{c}, nil
}

// Close ends the connection. Tasks go on.
func (c *Client) Close() error { return c.conn.Close() }

// Call calls any method with params, which are JSON, and returns the result as
// JSON. Errors that the agent returned are *[CallError].
func (c *Client) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	var result json.RawMessage
	var p any
	if len(params) > 0 {
		p = params
	}
	err := c.conn.Call(ctx, method, p, &result)
	return result, err
}

// CallError is an error that the agent returned.
type CallError = link.CallError

// Status tells what the agent is doing.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.conn.Call(ctx, wire.MethodStatus, nil, &s)
	return s, err
}

// Stop ends the agent, and the connection with it. Tasks that are under way go
// on when it is started again. Without force an agent with running tasks
// refuses.
func (c *Client) Stop(ctx context.Context, force bool) error { return c.conn.Stop(ctx, force) }

// Sessions lists the sessions that have tasks.
func (c *Client) Sessions(ctx context.Context) ([]SessionInfo, error) {
	var list []SessionInfo
	err := c.conn.Call(ctx, wire.MethodSessions, nil, &list)
	return list, err
}

// Forget removes a session with all of its tasks, files on their way included.
func (c *Client) Forget(ctx context.Context, identifier string) error {
	return c.conn.Call(ctx, wire.MethodForget, wire.Forget{Identifier: identifier}, nil)
}

// Tasks lists the tasks of a session, or of all if identifier is "".
func (c *Client) Tasks(ctx context.Context, identifier string) ([]TaskInfo, error) {
	var all []TaskInfo
	for q := (wire.List{Identifier: identifier}); ; {
		var page wire.Tasks
		if err := c.conn.Call(ctx, wire.MethodTasks, q, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Tasks...)
		if !page.More || len(page.Tasks) == 0 {
			return all, nil
		}
		last := page.Tasks[len(page.Tasks)-1]
		q.After = &wire.Place{Identifier: last.Identifier, ID: last.ID}
	}
}

// Create makes a task in the session named in what, which is made if there is
// none, and returns its identifier: it is durable then. A download with a
// Destination is put there by the agent when it is complete, if the status is a
// success; nobody has to be there.
func (c *Client) Create(ctx context.Context, what Create) (session.TaskID, error) {
	var made wire.Created
	err := c.conn.Call(ctx, wire.MethodCreate, what, &made)
	return session.TaskID(made.ID), err
}

// mostCreating bounds the tasks of one call in bytes of JSON, far below what the
// agent takes.
const mostCreating = 1 << 20

// CreateAll makes tasks, whose identifiers follow their order. errs has the
// failure of each that was not made, whose identifier is 0; both slices are as
// long as what.
func (c *Client) CreateAll(ctx context.Context, what []Create) (ids []session.TaskID, errs []error) {
	ids, errs = make([]session.TaskID, len(what)), make([]error, len(what))
	for from := 0; from < len(what); {
		to, size := from, 0
		for ; to < len(what) && to-from < wire.MostCreated && size < mostCreating; to++ {
			if text, err := json.Marshal(what[to]); err == nil { // else the call says what is wrong
				size += len(text)
			}
		}
		var made []wire.Created
		err := c.conn.Call(ctx, wire.MethodCreateAll, wire.CreateAll{Tasks: what[from:to]}, &made)
		for i := from; i < to; i++ {
			switch {
			case err != nil:
				errs[i] = err
			case i-from >= len(made):
				errs[i] = errors.New("the agent has not answered for all tasks")
			case made[i-from].Error != "":
				errs[i] = errors.New(made[i-from].Error)
			default:
				ids[i] = session.TaskID(made[i-from].ID)
			}
		}
		from = to
	}
	return ids, errs
}

// The acts of [Client.Act].
const (
	Resume  = wire.ActResume
	Suspend = wire.ActSuspend
	Cancel  = wire.ActCancel
	Pause   = wire.ActPause
)

// Act resumes, suspends, cancels or pauses tasks: those named, or all of the
// session. identifier "*" without ids means all tasks there are.
func (c *Client) Act(ctx context.Context, act, identifier string, ids ...session.TaskID) error {
	return c.conn.Call(ctx, wire.MethodAct, wire.Act{Identifier: identifier, IDs: numbers(ids), Act: act}, nil)
}

// Acknowledge says that somebody has been told how tasks of a session ended:
// they are in the history then, unless a program that has the session open is
// still to be told.
func (c *Client) Acknowledge(ctx context.Context, identifier string, ids ...session.TaskID) error {
	return c.conn.Call(ctx, wire.MethodAcknowledge, wire.Acknowledge{Identifier: identifier, IDs: numbers(ids), What: wire.AckDone}, nil)
}

// Answer answers a question. It tells whether this was the first answer, the
// one that counts.
func (c *Client) Answer(ctx context.Context, a Answer) (first bool, err error) {
	var r wire.Answered
	err = c.conn.Call(ctx, wire.MethodAnswer, a, &r)
	return r.First, err
}

// Wait returns when the tasks named, or all of the session (of all sessions if
// identifier is ""), have ended, with the state of each; or when timeout has
// passed, 0 for none.
func (c *Client) Wait(ctx context.Context, timeout time.Duration, identifier string, ids ...session.TaskID) (tasks []TaskInfo, timedOut bool, err error) {
	var w wire.Waited
	err = c.conn.Call(ctx, wire.MethodWait, wire.Wait{Identifier: identifier, IDs: numbers(ids), Timeout: timeout}, &w)
	return w.Tasks, w.TimedOut, err
}

// Log returns the lines of a task's story behind line number after. With follow
// it waits until there is one, or the task has ended.
func (c *Client) Log(ctx context.Context, identifier string, id session.TaskID, after int64, follow bool) (lines []LogLine, ended bool, err error) {
	var l wire.LogLines
	q := wire.LogQuery{Identifier: identifier, ID: int64(id), After: after, Follow: follow}
	err = c.conn.Call(ctx, wire.MethodLog, q, &l)
	return l.Lines, l.Ended, err
}

// History searches the tasks that have ended and were taken, newest first.
func (c *Client) History(ctx context.Context, q HistoryQuery) ([]Past, error) {
	var h wire.History
	err := c.conn.Call(ctx, wire.MethodHistory, q, &h)
	return h.Past, err
}

func numbers(ids []session.TaskID) []int64 {
	list := make([]int64, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	return list
}
