package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"haul/session/background"
	"haul/ui/phrases"
	"haul/ui/text"
)

func logCommand(env Env, o *options) *cobra.Command {
	follow := false
	c := &cobra.Command{
		Use: "log ID", Short: phrases.LogShort,
		Args: cobra.ExactArgs(1), ValidArgsFunction: completeTasks(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := parseTask(args[0])
			if err != nil {
				return err
			}
			return withAgent(cmd.Context(), env, o, true, func(ctx context.Context, c *background.Client) error {
				return story(ctx, env, c, name, follow)
			})
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, phrases.FlagLogFollow)
	return c
}

// story prints the lines of a task's story.
func story(ctx context.Context, env Env, c *background.Client, name taskName, follow bool) error {
	last := int64(0)
	for {
		lines, ended, err := c.Log(ctx, name.session, name.id, last, follow)
		if err != nil {
			return err
		}
		if last == 0 && len(lines) == 0 && ended {
			return fail(ExitUsage, phrases.NoStoryOf, name)
		}
		for _, l := range lines {
			last = l.Number
			if _, err := fmt.Fprintf(env.Stdout, "%s  %s\n", l.Time.Local().Format(time.DateTime), text.Clean(l.Text)); err != nil {
				return err
			}
		}
		if !follow || ended && len(lines) == 0 {
			return nil
		}
	}
}

func historyCommand(env Env, o *options) *cobra.Command {
	var q background.HistoryQuery
	var since, until string
	c := &cobra.Command{
		Use: "history [NAME]", Short: phrases.HistoryShort,
		Long: phrases.HistoryLong,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				q.Name = args[0]
			}
			if err := checkHistory(&q, since, until, time.Now()); err != nil {
				return err
			}
			return withAgent(cmd.Context(), env, o, true, func(ctx context.Context, c *background.Client) error {
				return history(ctx, env, o, c, q)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&q.Host, "host", "", phrases.FlagHistoryHost)
	f.StringVar(&q.Result, "result", "", phrases.FlagHistoryResult)
	f.StringVar(&since, "since", "", phrases.FlagHistorySince)
	f.StringVar(&until, "until", "", phrases.FlagHistoryUntil)
	f.IntVar(&q.Limit, "limit", 0, phrases.FlagHistoryLimit)
	return c
}

// results are the words for the ends of tasks.
func results() []string { return []string{"done", "refused", "failed", "cancelled"} }

func checkHistory(q *background.HistoryQuery, since, until string, now time.Time) (err error) {
	if q.Result != "" && !slices.Contains(results(), q.Result) {
		return fail(ExitUsage, phrases.NoEnd, shown(q.Result), strings.Join(results(), ", "))
	}
	if q.Limit < 0 {
		return fail(ExitUsage, phrases.LimitBelowNone)
	}
	if q.Since, err = parseWhen(since, now, 0); err == nil {
		q.Until, err = parseWhen(until, now, 24*time.Hour-time.Millisecond)
	}
	return err
}

// parseWhen reads a time. A date alone stands for its beginning and the time
// of the day given.
func parseWhen(s string, now time.Time, ofDay time.Duration) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		return t.Add(ofDay), nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fail(ExitUsage, phrases.NoTime, shown(s))
}

// pastTransfers are what the history has, and what has ended and was not taken
// yet, which is as much past for whoever asks. The newest come first.
func pastTransfers(ctx context.Context, c *background.Client, q background.HistoryQuery) ([]background.Past, error) {
	past, err := c.History(ctx, q)
	if err != nil {
		return nil, err
	}
	tasks, err := c.Tasks(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		if p, ok := pastOf(t); ok && matches(q, p) {
			past = append(past, p)
		}
	}
	slices.SortStableFunc(past, func(a, b background.Past) int { return b.Ended.Compare(a.Ended) })
	if q.Limit > 0 {
		past = past[:min(q.Limit, len(past))]
	}
	return past, nil
}

// history prints what has ended.
func history(ctx context.Context, env Env, o *options, c *background.Client, q background.HistoryQuery) error {
	past, err := pastTransfers(ctx, c, q)
	if err != nil {
		return err
	}
	if o.json {
		enc := json.NewEncoder(env.Stdout)
		for _, p := range past {
			if err := enc.Encode(p); err != nil {
				return err
			}
		}
		return nil
	}
	if len(past) == 0 {
		fmt.Fprintln(env.Stderr, phrases.NothingFound) // a search has no output then
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, p := range past {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", text.Clean(pastName(p)), p.Ended.Local().Format(time.DateTime), p.Result,
			o.units().Bytes(p.Bytes), text.Clean(cmp.Or(p.Path, p.Name)), text.Clean(cmp.Or(p.Reason, p.Host)))
	}
	return w.Flush()
}

func pastName(p background.Past) string {
	return nameOfTask(background.TaskInfo{Identifier: p.Identifier, ID: p.ID}).String()
}

// pastOf is a task that has ended as the history will have it.
func pastOf(t background.TaskInfo) (background.Past, bool) {
	if t.Result == nil || t.Request == nil {
		return background.Past{}, false
	}
	p := background.Past{
		Identifier: t.Identifier, ID: t.ID, Kind: t.Kind, URL: shownURL(t.Request.URL), Name: fileOf(t),
		Result: taskState(t), Reason: reasonOf(t), Bytes: t.Counts.Received, Created: t.Created, Ended: t.Result.Ended,
	}
	p.Host = hostOfURL(t.Request.URL)
	if t.Result.Placed {
		p.Path = t.Result.Path
	}
	if t.Kind == "upload" {
		p.Bytes = t.Counts.Sent
	}
	if t.Response != nil {
		p.Status = t.Response.StatusCode
	}
	return p, true
}

// matches tells whether the agent would have found p.
func matches(q background.HistoryQuery, p background.Past) bool {
	holds := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(q.Name)) }
	return (q.Name == "" || holds(p.Name) || holds(p.URL)) && (q.Host == "" || strings.EqualFold(q.Host, p.Host)) &&
		(q.Result == "" || q.Result == p.Result) && !p.Ended.Before(q.Since) && (q.Until.IsZero() || !p.Ended.After(q.Until))
}

func rpcCommand(env Env, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "rpc METHOD [JSON]", Short: phrases.RPCShort,
		Long: phrases.RPCLong,
		Example: `  haul rpc agent.status
  haul rpc task.list '{"identifier": "haul"}'`,
		Args: cobra.RangeArgs(1, 2), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var params json.RawMessage
			if len(args) == 2 {
				params = json.RawMessage(args[1])
				if !json.Valid(params) {
					return fail(ExitUsage, phrases.NoJSON)
				}
			}
			return withAgent(cmd.Context(), env, o, false, func(ctx context.Context, c *background.Client) error {
				result, err := c.Call(ctx, args[0], params)
				if e, ok := errors.AsType[*background.CallError](err); ok {
					return &exitError{code: ExitSome, err: fmt.Errorf(phrases.AgentAnswersError, e.Code, e)}
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(env.Stdout, "%s\n", result)
				return err
			})
		},
	}
}
