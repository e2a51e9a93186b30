package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"haul/internal/credentials"
	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/ui/phrases"
)

func attachCommand(env Env, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "attach [ID]", Short: phrases.AttachShort,
		Long: phrases.AttachLong,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: completeTasks(o),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.settle(env); err != nil {
				return err
			}
			var selected model.RowID
			if len(args) == 1 {
				n, err := parseTask(args[0])
				if err != nil {
					return err
				}
				if n.session != background.CommandIdentifier {
					return fail(ExitUsage, phrases.OfAnotherProgram, n)
				}
				selected = model.RowID(n.id)
			}
			return attach(cmd.Context(), env, o, selected)
		},
	}
}

// attachToTasks attaches to what the agent has, if there is somebody to see it
// and something in the background. It starts no agent.
func attachToTasks(ctx context.Context, env Env, o *options) (attached bool, err error) {
	if err := o.settle(env); err != nil {
		return false, err
	}
	if j := (&job{options: o, env: env}); !j.canAttach(chooseMode(env, o)) {
		return false, nil
	}
	asking, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	c, err := o.dial(asking, false)
	if err != nil {
		return false, nil //nolint:nilerr // haul attach says why; this run is about something else then
	}
	tasks, err := c.Tasks(asking, background.CommandIdentifier)
	_ = c.Close() // it was only asked
	if err != nil || len(tasks) == 0 {
		return false, nil //nolint:nilerr // as above
	}
	return true, attach(ctx, env, o, 0)
}

// canAttach tells whether there is somebody to show the agent's tasks to, who can
// steer them.
func (j *job) canAttach(show mode) bool { return show == modeMonitor || j.canSteer(show) }

// attach shows the tasks of the shared session until it is left.
func attach(ctx context.Context, env Env, o *options, selected model.RowID) error {
	dir, _, err := o.destination(0)
	if err != nil {
		return err
	}
	j := &job{
		options: o, env: env, dir: dir, noJournal: true,
		note: phrases.AttachNote, named: selected,
	}
	show := chooseMode(env, o)
	if !j.canAttach(show) {
		return fail(ExitUsage, phrases.AttachNeedsTerminal)
	}
	if selected != 0 {
		if err := checkTask(ctx, env, o, session.TaskID(selected)); err != nil {
			return err
		}
	}
	if show == modePlain {
		fmt.Fprintln(env.Stderr, j.note)
	}
	_, opt, err := j.settings()
	if err != nil {
		return err
	}
	opt.Interactive, opt.Attached = true, true
	if show == modeMonitor {
		opt.FrameInterval = monitorFrame
	}
	// The agent keeps what is to be kept, in the places that are the user's.
	opt.Trusted = trustedServers()
	if places := credentials.NewPlaces(keptDir(), o.config.Credentials.Keep, nil); places != nil {
		opt.Keeper = places.Where
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	observer := model.NewAttached(opt, dir)
	j.lost = observer.Lost()
	cfg := session.BackgroundConfiguration(background.CommandIdentifier)
	cfg.Shared = true
	if cfg.Agent, err = o.where(); err != nil {
		return fail(ExitSome, phrases.CannotStartAgent, cause(err))
	}
	s, err := session.New(cfg, observer)
	if err != nil {
		return unreached(err)
	}
	j.expects = len(s.Reassociated()) > 0
	m := model.New(ctx, s, observer.Observer, opt)
	m.Select(selected)
	err = j.show(ctx, m, show)
	left := m.Totals()
	cancel()
	s.Detach()
	s.Wait()
	if err := observer.Close(); err != nil {
		env.warn(phrases.NamesMayBeLost, cause(err))
	}
	switch {
	case err != nil:
		return err
	case observer.Err() != nil:
		return &exitError{code: ExitSome, err: observer.Err()}
	}
	if n := left.Running + left.Queued + left.Asking + left.Retrying + left.Paused; n > 0 {
		_, err = fmt.Fprintln(env.Stdout, phrases.InBackground(n))
	}
	if err == nil && j.interrupted {
		return &exitError{code: ExitInterrupted}
	}
	return err
}

// checkTask tells whether the agent has a task of haul's.
func checkTask(ctx context.Context, env Env, o *options, id session.TaskID) error {
	return withAgent(ctx, env, o, true, func(ctx context.Context, c *background.Client) error {
		_, missing, err := findTasks(ctx, c, background.CommandIdentifier, []session.TaskID{id})
		if err == nil && len(missing) > 0 {
			err = fail(ExitUsage, phrases.NoSuchTransfer, missing[0])
		}
		return err
	})
}
