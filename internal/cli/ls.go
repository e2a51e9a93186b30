package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"haul/session/background"
	"haul/ui/phrases"
	"haul/ui/text"
)

func lsCommand(env Env, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: phrases.LsShort,
		Long: phrases.LsLong,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := withAgent(cmd.Context(), env, o, false, func(ctx context.Context, c *background.Client) error {
				return listTasks(ctx, env, o, c)
			})
			if errors.Is(err, errNoAgent) {
				fmt.Fprintln(env.Stderr, phrases.NoAgentToList)
				return nil
			}
			return err
		},
	}
}

func listTasks(ctx context.Context, env Env, o *options, c *background.Client) error {
	tasks, err := c.Tasks(ctx, "")
	if err != nil {
		return err
	}
	status, err := c.Status(ctx)
	if err != nil {
		return err
	}
	for _, notice := range status.Notices {
		env.warn(phrases.AgentSays, text.Clean(notice))
	}
	if o.json {
		return listJSON(env.Stdout, tasks)
	}
	if len(tasks) == 0 {
		_, err := fmt.Fprintln(env.Stdout, phrases.NothingInBackground)
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, phrases.ListOfTransfers)
	for _, t := range tasks {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", text.Clean(nameOfTask(t).String()), taskState(t), progressOf(t, o.units()),
			text.Clean(fileOf(t)), text.Clean(reasonOf(t)))
	}
	return w.Flush()
}

// listedTask is a task in the output of haul ls --json.
type listedTask struct {
	ID       int64     `json:"id"`
	Session  string    `json:"session"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	URL      string    `json:"url"` // redacted
	Name     string    `json:"name"`
	Path     string    `json:"path,omitempty"`
	Bytes    int64     `json:"bytes"`
	Total    *int64    `json:"total,omitempty"`
	Status   int       `json:"status,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Question uint64    `json:"question,omitempty"`
	Created  time.Time `json:"created"`
}

func listJSON(out io.Writer, tasks []background.TaskInfo) error {
	enc := json.NewEncoder(out)
	for _, t := range tasks {
		l := listedTask{
			ID: t.ID, Session: t.Identifier, Kind: t.Kind, State: taskState(t), Name: fileOf(t),
			Bytes: t.Counts.Received, Reason: reasonOf(t), Created: t.Created,
		}
		total := t.Counts.ExpectedReceived
		if t.Kind == "upload" {
			l.Bytes, total = t.Counts.Sent, t.Counts.ExpectedSent
		}
		if total >= 0 {
			l.Total = &total
		}
		if t.Request != nil {
			l.URL = shownURL(t.Request.URL)
		}
		if t.Response != nil {
			l.Status = t.Response.StatusCode
		}
		if t.Question != nil {
			l.Question = t.Question.Number
		}
		if t.Result != nil && t.Result.Placed {
			l.Path = t.Result.Path
		}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

func agentStatus(ctx context.Context, env Env, o *options) error {
	err := withAgent(ctx, env, o, false, func(ctx context.Context, c *background.Client) error {
		s, err := c.Status(ctx)
		if err != nil {
			return err
		}
		if o.json {
			return json.NewEncoder(env.Stdout).Encode(s)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		for _, row := range []struct {
			name  string
			value any
		}{
			{"process", s.PID}, {"version", text.Clean(cmp.Or(s.Version, phrases.UnknownVersion))}, {"protocol", s.Protocol},
			{"since", s.Started.Local().Format(time.DateTime)}, {"attached", s.Attached}, {"running", s.Running},
			{"waiting", s.Waiting}, {"asking", s.Asking}, {"ended", s.Ended},
		} {
			fmt.Fprintf(w, "%s\t%v\n", row.name, row.value)
		}
		for _, notice := range s.Notices {
			fmt.Fprintf(w, "notice\t%s\n", text.Clean(notice))
		}
		return w.Flush()
	})
	if errors.Is(err, errNoAgent) {
		_, err = fmt.Fprintln(env.Stdout, phrases.NoAgentIsRunning)
	}
	return err
}
