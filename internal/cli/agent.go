package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"haul/session"
	"haul/session/background"
	"haul/ui/phrases"
)

// agentOptions are the flags about transfers in the background.
type agentOptions struct {
	background bool // of -b
}

func (a *agentOptions) register(f *pflag.FlagSet) {
	f.BoolVarP(&a.background, "background", "b", false, phrases.FlagBackground)
}

// agentCommands are the commands that are about transfers in the background.
func agentCommands(env Env, o *options) []*cobra.Command {
	return []*cobra.Command{
		agentCommand(env, o), attachCommand(env, o), lsCommand(env, o), waitCommand(env, o),
		logCommand(env, o), historyCommand(env, o), rpcCommand(env, o),
		actCommand(env, o, pauseAct()), actCommand(env, o, resumeAct()), actCommand(env, o, cancelAct()),
	}
}

// agentCommand is "haul agent" with what is below it.
func agentCommand(env Env, o *options) *cobra.Command {
	c := &cobra.Command{
		Use: "agent", Short: phrases.AgentShort,
		Long: phrases.AgentLong,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return agentStatus(cmd.Context(), env, o) },
	}
	force := false
	stop := &cobra.Command{
		Use: "stop", Short: phrases.AgentStopShort,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return stopAgent(cmd.Context(), env, o, force) },
	}
	stop.Flags().BoolVarP(&force, "now", "f", false, phrases.FlagStopNow)
	c.AddCommand(
		&cobra.Command{
			Use: "run", Short: phrases.AgentRunShort,
			Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return runAgent(cmd.Context(), env, o) },
		},
		&cobra.Command{
			Use: "start", Short: phrases.AgentStartShort,
			Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return startAgent(cmd.Context(), env, o) },
		},
		stop,
		&cobra.Command{
			Use: "status", Short: phrases.AgentStatusShort,
			Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return agentStatus(cmd.Context(), env, o) },
		},
	)
	return c
}

// where says how the agent is reached, and how it is started: with the same
// configuration file as this run.
func (o *options) where() (session.Agent, error) {
	if o.configFile == "" {
		return session.Agent{}, nil
	}
	program, err := os.Executable()
	if err != nil {
		return session.Agent{}, err
	}
	file, err := filepath.Abs(o.configFile)
	return session.Agent{Command: []string{program, "--config", file, "agent", "run"}}, err
}

// dial connects to the agent.
func (o *options) dial(ctx context.Context, start bool) (*background.Client, error) {
	at, err := o.where()
	if err != nil {
		return nil, fail(ExitSome, phrases.CannotStartAgent, cause(err))
	}
	c, err := background.Dial(ctx, at, start)
	switch {
	case errors.Is(err, background.ErrNotRunning) && !start:
		return nil, &exitError{code: ExitSome, err: errNoAgent}
	case err != nil:
		return nil, unreached(err)
	}
	return c, nil
}

// unreached is why the agent cannot be reached or started, with what to do where
// there is no place for what it keeps.
func unreached(err error) error {
	state := filepath.Join(xdg.StateHome, "haul") + string(filepath.Separator)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		at := filepath.Clean(e.Path) + string(filepath.Separator)
		if strings.HasPrefix(state, at) || strings.HasPrefix(at, state) {
			return fail(ExitDisk, phrases.NoPlaceForAgent, cause(err))
		}
	}
	return &exitError{code: ExitSome, err: err}
}

var errNoAgent = errors.New(phrases.NoAgentRuns)

// signalled is a context that ends with the first signal. The returned function
// ends what watches for it.
func signalled(ctx context.Context, env Env) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-env.Signals:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

// wasInterrupted turns an error of what a signal has ended into its exit code.
func wasInterrupted(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errInterrupted) {
		return &exitError{code: ExitInterrupted}
	}
	return err
}

func startAgent(ctx context.Context, env Env, o *options) error {
	c, err := o.dial(ctx, true)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing of it is used any more
	s, err := c.Status(ctx)
	if err != nil {
		return agentError(err)
	}
	_, err = fmt.Fprintf(env.Stdout, phrases.AgentRuns+"\n", s.PID)
	return err
}

// stopTime is how long an agent may take to stop its transfers.
const stopTime = 2 * time.Minute

// stopAgent ends the agent and returns when it is gone.
func stopAgent(ctx context.Context, env Env, o *options, force bool) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	c, err := o.dial(ctx, false)
	if errors.Is(err, errNoAgent) {
		_, err = fmt.Fprintln(env.Stdout, phrases.NoAgentIsRunning)
		return err
	}
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // the agent ends it
	if err := c.Stop(ctx, force); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return fail(ExitSome, phrases.AgentDoesNotEnd, stopTime)
		}
		if e, ok := errors.AsType[*background.CallError](err); ok && !force {
			return fail(ExitSome, phrases.AgentGoesOn, e.Message)
		}
		return agentError(err)
	}
	_, err = fmt.Fprintln(env.Stdout, phrases.AgentHasEnded)
	return err
}

// agentError is an error of a call as the end of a command.
func agentError(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: ExitSome, err: err}
}
