package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"haul/session"
	"haul/session/background"
	"haul/ui/phrases"
	"haul/ui/text"
)

func waitCommand(env Env, o *options) *cobra.Command {
	timeout := time.Duration(0)
	c := &cobra.Command{
		Use: "wait [ID...]", Short: phrases.WaitShort,
		Long:              phrases.WaitLong,
		ValidArgsFunction: completeTasks(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			of, err := parseTasks(args)
			if err != nil {
				return err
			}
			if len(of) == 0 {
				of[background.CommandIdentifier] = nil
			}
			err = withAgent(cmd.Context(), env, o, false, func(ctx context.Context, c *background.Client) error {
				return waitFor(ctx, env, c, of, timeout)
			})
			if errors.Is(err, errNoAgent) && len(args) == 0 {
				fmt.Fprintln(env.Stderr, phrases.NoAgentToWaitFor)
				return nil
			}
			return err
		},
	}
	c.Flags().DurationVar(&timeout, "timeout", 0, phrases.FlagWaitTimeout)
	return c
}

// waitBatch is how many tasks one call waits for: as many as its answer names.
const waitBatch = 500

func waitFor(ctx context.Context, env Env, c *background.Client, of map[string][]session.TaskID, timeout time.Duration) error {
	var until time.Time
	if timeout > 0 {
		until = time.Now().Add(timeout)
	}
	var t tally
	for name, ids := range of {
		found, missing, err := findTasks(ctx, c, name, ids)
		if err != nil {
			return err
		}
		if err := t.past(ctx, env, c, missing); err != nil {
			return err
		}
		for len(found) > 0 {
			n := min(waitBatch, len(found))
			var batch []session.TaskID
			for _, one := range found[:n] {
				batch = append(batch, session.TaskID(one.ID))
			}
			found = found[n:]
			left := time.Duration(0)
			if timeout > 0 {
				left = max(time.Until(until), time.Millisecond)
			}
			ended, _, err := c.Wait(ctx, left, name, batch...)
			if err != nil {
				return err
			}
			var told []session.TaskID
			for _, one := range ended {
				if err := t.take(env, one); err != nil {
					return err
				}
				if one.Result != nil {
					told = append(told, session.TaskID(one.ID))
				}
			}
			// What another program has made is told to its delegate.
			if name == background.CommandIdentifier && len(told) > 0 {
				if err := c.Acknowledge(ctx, name, told...); err != nil {
					return err
				}
			}
		}
	}
	return t.exit()
}

// tally counts how tasks have ended.
type tally struct{ bad, asking, disk int }

// past takes in tasks that have ended and were taken: the history has them.
func (t *tally) past(ctx context.Context, env Env, c *background.Client, names []taskName) error {
	if len(names) == 0 {
		return nil
	}
	list, err := c.History(ctx, background.HistoryQuery{Limit: mostPast})
	if err != nil {
		return err
	}
	for _, name := range names {
		found := false
		for _, p := range list {
			if p.Identifier != name.session || p.ID != int64(name.id) {
				continue
			}
			found = true
			if p.Result != "done" {
				t.bad++
			}
			if err := waited(env, name, p.Result, p.Path, p.Reason); err != nil {
				return err
			}
			break
		}
		if !found {
			return fail(ExitUsage, phrases.NoSuchTransfer, name)
		}
	}
	return nil
}

// mostPast is as much as the agent tells of its history at once.
const mostPast = 5000

func (t *tally) take(env Env, one background.TaskInfo) error {
	state, path := taskState(one), ""
	switch {
	case one.Result == nil && one.Question != nil:
		t.asking++
	case state == "failed" && isDiskCode(session.Code(one.Result.Error.Code)):
		t.disk++
	case state != "done":
		t.bad++
	}
	if one.Result != nil && one.Result.Placed {
		path = one.Result.Path
	}
	return waited(env, nameOfTask(one), state, path, reasonOf(one))
}

func waited(env Env, name taskName, state, path, reason string) error {
	line := fmt.Sprintf("%s  %s", name, state)
	for _, more := range []string{path, reason} {
		if more != "" {
			line += "  " + text.Clean(more).String()
		}
	}
	_, err := fmt.Fprintln(env.Stdout, line)
	return err
}

func (t *tally) exit() error {
	switch {
	case t.disk > 0:
		return &exitError{code: ExitDisk}
	case t.asking > 0:
		return fail(ExitUnanswered, "%s", phrases.WaitForAnswers(t.asking))
	case t.bad > 0:
		return &exitError{code: ExitSome}
	}
	return nil
}

// isDiskCode tells the codes of failures of the file system.
func isDiskCode(c session.Code) bool {
	switch c {
	case session.CannotCreateFile, session.CannotOpenFile, session.CannotCloseFile, session.CannotWriteToFile,
		session.CannotRemoveFile, session.CannotMoveFile:
		return true
	default:
		return false
	}
}
