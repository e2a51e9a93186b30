package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"time"
)

// ErrNotRunning says that there is no agent.
var ErrNotRunning = errors.New("no agent is running")

// Options say how the agent is reached.
type Options struct {
	// Command starts it; nil: this program with "agent run".
	Command []string
	// Runtime and State are its directories, "" for the default.
	Runtime, State string
	// Dial replaces the socket, and then nothing is started.
	Dial func(ctx context.Context) (net.Conn, error)
	// Start starts one that is not there.
	Start bool
	// Notify gets notifications, see handshake. It may be nil.
	Notify func(method string, params []byte)
}

const (
	// startTime is how long an agent may take to answer after its start. It
	// opens a database and may have to put a damaged one aside.
	startTime = 20 * time.Second
	// poll is the time between two looks at whether it answers.
	poll = 10 * time.Millisecond
	// handoverTime is how long an agent that was started at the same moment may
	// take to answer, if the one started here has failed; relaunchTime how long
	// before another one is started, if this one has found one there, which may
	// have been about to end.
	handoverTime = time.Second
	relaunchTime = 200 * time.Millisecond
	// handshakeTime bounds the handshake with an agent that is there.
	handshakeTime = 20 * time.Second
)

// Dial connects to the agent. An agent of another version that has nothing to
// do makes room for one of this version, if Start allows that to be started; a
// busy one is left alone, and the error is a *[ProtocolError].
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if o.Dial != nil {
		conn, err := o.Dial(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
		}
		return greet(ctx, conn, o, Places{})
	}
	at, err := Find(o.Runtime, o.State)
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(startTime); ; {
		conn, err := connect(ctx, at)
		if err != nil {
			if !o.Start || errors.Is(err, ErrStranger) {
				return nil, err
			}
			if conn, err = start(ctx, o.Command, at); err != nil {
				return nil, err
			}
		}
		c, err := greet(ctx, conn, o, at)
		if !errors.Is(err, ErrLost) || ctx.Err() != nil || time.Now().After(until) {
			return c, err
		}
		// The system took the connection for an agent that has just ended.
		select {
		case <-time.After(poll):
		case <-ctx.Done():
		}
	}
}

// greet does the handshake. at is zero where no agent can be started.
func greet(ctx context.Context, conn net.Conn, o Options, at Places) (*Conn, error) {
	bounded, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	c, err := handshake(bounded, conn, at, o.Notify)
	var other *ProtocolError
	if !errors.As(err, &other) {
		return c, err
	}
	refused := c.Stop(bounded, false)
	if closeErr := c.Close(); refused != nil || !o.Start || at == (Places{}) {
		return nil, errors.Join(err, closeErr)
	}
	if conn, err = start(ctx, o.Command, at); err != nil {
		return nil, err
	}
	again, stop := context.WithTimeout(ctx, handshakeTime)
	defer stop()
	c, err = handshake(again, conn, at, o.Notify)
	if err != nil && c != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, err
}

// connect connects to the socket, to an agent of this user's.
func connect(ctx context.Context, at Places) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", at.Socket())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	if err := CheckPeer(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// killed tells whether a process was ended from outside.
func killed(ended error) bool {
	exit, ok := errors.AsType[*exec.ExitError](ended)
	return ok && !exit.Exited()
}

// start starts an agent and connects to it, or to another one that was quicker.
func start(ctx context.Context, command []string, at Places) (net.Conn, error) {
	ended, err := launch(command, at)
	if err != nil {
		return nil, fmt.Errorf("the agent cannot be started: %w", err)
	}
	var late <-chan time.Time
	var reason error
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		conn, err := connect(ctx, at)
		if err == nil || errors.Is(err, ErrStranger) {
			return conn, err
		}
		select {
		case failed := <-ended:
			// It may have found another one that is about to answer. That one was
			// killed says nothing of the next.
			wait := relaunchTime
			if failed != nil && !killed(failed) {
				wait, reason = handoverTime, fmt.Errorf("the agent ended at once (%w): see %s", failed, at.Log())
			}
			ended, late = nil, time.After(wait)
		case <-late:
			if reason != nil {
				return nil, reason
			}
			// That one is gone.
			if ended, err = launch(command, at); err != nil {
				return nil, fmt.Errorf("the agent cannot be started: %w", err)
			}
			late = nil
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("the agent does not answer (%w): see %s", ctx.Err(), at.Log())
		}
	}
}
