package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// taskName names a task of the agent on the command line: a number for haul's
// own, SESSION/NUMBER for one of another program.
type taskName struct {
	session string
	id      session.TaskID
}

func (n taskName) String() string {
	if n.session == background.CommandIdentifier {
		return strconv.FormatInt(int64(n.id), 10)
	}
	return fmt.Sprintf("%s/%d", n.session, n.id)
}

func nameOfTask(t background.TaskInfo) taskName {
	return taskName{t.Identifier, session.TaskID(t.ID)}
}

// parseTask reads a name of a task.
func parseTask(arg string) (taskName, error) {
	n := taskName{session: background.CommandIdentifier}
	number := arg
	if i := strings.LastIndexByte(arg, '/'); i >= 0 {
		n.session, number = arg[:i], arg[i+1:]
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id < 1 || n.session == "" {
		return n, fail(ExitUsage, phrases.NoIdentifier, shown(arg))
	}
	n.id = session.TaskID(id)
	return n, nil
}

// parseTasks reads names of tasks, by session.
func parseTasks(args []string) (map[string][]session.TaskID, error) {
	of := map[string][]session.TaskID{}
	for _, arg := range args {
		n, err := parseTask(arg)
		if err != nil {
			return nil, err
		}
		of[n.session] = append(of[n.session], n.id)
	}
	return of, nil
}

// taskState is what a task does, in the words of the monitor.
func taskState(t background.TaskInfo) string {
	switch {
	case t.Result != nil && t.Result.Error != nil:
		if session.Code(t.Result.Error.Code) == session.Cancelled {
			return model.Cancelled.String()
		}
		return model.Failed.String()
	case t.Result != nil && t.Response != nil && t.Response.StatusCode >= 300:
		return model.Refused.String()
	case t.Result != nil:
		return model.Done.String()
	case t.State == "suspended":
		return model.Paused.String()
	}
	switch session.Doing(t.Doing) {
	case session.Loading:
		return model.Running.String()
	case session.WaitsNext:
		return model.Retrying.String()
	case session.Asks:
		return model.Asking.String()
	}
	return t.Doing
}

// reasonOf is why a task waits or has failed, "" for nothing to say.
func reasonOf(t background.TaskInfo) string {
	switch {
	case t.Result != nil && t.Result.Error != nil:
		if taskState(t) == model.Cancelled.String() {
			return ""
		}
		return failureWords(t)
	case taskState(t) == model.Refused.String():
		return t.Response.Status
	case t.Question != nil && t.Question.Space != nil:
		what := phrases.AsksForPassword
		switch {
		case t.Question.Trust != nil:
			what = phrases.AsksForTrust
		case t.Question.Space.Method == string(session.MethodClientCertificate):
			what = phrases.AsksForCertificate
		case t.Question.Space.Method == string(session.MethodBearer):
			what = phrases.AsksForToken
		}
		who := t.Question.Space.Host
		if t.Question.Space.Proxy {
			who = phrases.TheProxy(who)
		}
		return fmt.Sprintf(what, who)
	case t.Question != nil:
		return phrases.AsksToBegin
	case t.Next != nil:
		return fmt.Sprintf(phrases.AgainIn, t.Reason, time.Until(*t.Next).Round(time.Second))
	}
	return t.Reason
}

func failureWords(t background.TaskInfo) string {
	words := session.Code(t.Result.Error.Code).String()
	if t.Result.Error.Text != "" {
		words += ": " + t.Result.Error.Text
	}
	return words
}

// fileOf is the name of a task's file as far as it is known.
func fileOf(t background.TaskInfo) string {
	switch {
	case t.Result != nil && t.Result.Path != "" && t.Result.Placed:
		return filepath.Base(t.Result.Path)
	case t.Description != "":
		return t.Description
	case t.Request == nil:
		return ""
	}
	u := shownURL(t.Request.URL)
	u, _, _ = strings.Cut(u, "?")
	return path.Base(u)
}

// progressOf is how far a task is.
func progressOf(t background.TaskInfo, in units.System) string {
	now, all := t.Counts.Received, t.Counts.ExpectedReceived
	if t.Kind == "upload" {
		now, all = t.Counts.Sent, t.Counts.ExpectedSent
	}
	return string(in.AppendPart(nil, now, all, " of "))
}

// withAgent calls what with a connection to the agent. A signal ends it.
func withAgent(ctx context.Context, env Env, o *options, start bool, what func(context.Context, *background.Client) error) error {
	if err := o.settle(env); err != nil {
		return err
	}
	ctx, stop := signalled(ctx, env)
	defer stop()
	c, err := o.dial(ctx, start)
	if err != nil {
		return wasInterrupted(ctx, err)
	}
	err = what(ctx, c)
	// The agent goes on, and nothing that was done depends on the connection.
	_ = c.Close()
	err = wasInterrupted(ctx, err)
	var exit *exitError
	if err != nil && !errors.As(err, &exit) {
		return agentError(err)
	}
	return err
}

// act is one of the commands that act on tasks.
type act struct{ word, act, short, done string }

func pauseAct() act {
	return act{"pause", background.Suspend, phrases.PauseShort, "paused"}
}

func resumeAct() act {
	return act{"resume", background.Resume, phrases.ResumeShort, "resumed"}
}

func cancelAct() act {
	return act{"cancel", background.Cancel, phrases.CancelShort, "cancelled"}
}

func actCommand(env Env, o *options, a act) *cobra.Command {
	all := false
	c := &cobra.Command{
		Use: a.word + " ID... | --all", Short: a.short,
		Long:              phrases.ActLong(a.short),
		ValidArgsFunction: completeTasks(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			return doAct(cmd.Context(), env, o, a, all, args)
		},
	}
	c.Flags().BoolVarP(&all, "all", "a", false, phrases.FlagActAll)
	return c
}

func doAct(ctx context.Context, env Env, o *options, a act, all bool, args []string) error {
	if all == (len(args) > 0) {
		return fail(ExitUsage, phrases.WhichTransfers, a.word)
	}
	of, err := parseTasks(args)
	if err != nil {
		return err
	}
	if all {
		of[background.CommandIdentifier] = nil
	}
	return withAgent(ctx, env, o, false, func(ctx context.Context, c *background.Client) error {
		for name, ids := range of {
			known, missing, err := findTasks(ctx, c, name, ids)
			if err != nil {
				return err
			}
			if len(missing) > 0 {
				return fail(ExitUsage, phrases.NoSuchTransfer, missing[0])
			}
			var open []session.TaskID
			for _, t := range known {
				if t.Result == nil {
					open = append(open, session.TaskID(t.ID))
				} else if !all {
					env.warn(phrases.HasEndedAlready, nameOfTask(t), taskState(t))
				}
			}
			if len(open) == 0 {
				continue
			}
			if err := c.Act(ctx, a.act, name, open...); err != nil {
				return err
			}
			for _, id := range open {
				if _, err := fmt.Fprintf(env.Stdout, "%s %v\n", a.done, taskName{name, id}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// findTasks are the tasks of a session that ids name, all if there are none, and
// the names that no task has.
func findTasks(ctx context.Context, c *background.Client, of string, ids []session.TaskID) (found []background.TaskInfo, missing []taskName, err error) {
	list, err := c.Tasks(ctx, of)
	if err != nil || len(ids) == 0 {
		return list, nil, err
	}
	byID := make(map[session.TaskID]background.TaskInfo, len(list))
	for _, t := range list {
		byID[session.TaskID(t.ID)] = t
	}
	for _, id := range ids {
		t, ok := byID[id]
		if !ok {
			missing = append(missing, taskName{of, id})
			continue
		}
		found = append(found, t)
	}
	return found, missing, nil
}

// completionTime is how long a shell waits for identifiers.
const completionTime = time.Second

// completeTasks completes identifiers from an agent that runs; a key in a shell
// starts none.
func completeTasks(o *options) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		c, err := o.dial(ctx, false)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer func() { _ = c.Close() }() // it was only asked
		list, err := c.Tasks(ctx, "")
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		for _, t := range list {
			name := nameOfTask(t).String()
			words = append(words, cobra.CompletionWithDesc(name, text.Clean(taskState(t)+" "+fileOf(t)).String()))
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
