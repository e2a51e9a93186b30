package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/adrg/xdg"

	"haul/internal/credentials"
	"haul/model"
	"haul/session"
	"haul/session/hsts"
	"haul/session/reachability"
	"haul/ui/phrases"
	"haul/ui/text"
)

// monitorFrame is the time between frames of progress in the monitor, whose
// figures change no more often. News shows at once.
const monitorFrame = 250 * time.Millisecond

// job is one run of haul from its transfers to its exit code.
type job struct {
	options *options
	env     Env
	dir     string
	specs   []model.Spec
	// rest is what is still to be read of a list, nil for nothing; its lines
	// become transfers by pattern.
	rest    *list
	pattern model.Spec
	// bare tells that nothing was asked for on the command line, so that
	// what an earlier run left is what this one is about.
	bare bool
	// complaints were found before the start; the rest goes on.
	complaints []string
	// late are those that were found while the monitor covered the screen.
	late    []string
	covered bool
	// note is shown above the list.
	note string
	// configure changes the session's configuration; nil for nothing.
	configure func(*session.Configuration)
	// lost is closed when an attached session has ended; nil for a session of
	// this run's own.
	lost <-chan struct{}
	// expects tells that rows of an attached session are on their way, named is the
	// one that it is about, 0 for all.
	expects bool
	named   model.RowID
	// noJournal keeps nothing for the next run.
	noJournal bool

	command     *credentials.Command // is asked for passwords; nil for none
	start       tea.Cmd              // what adding the transfers asked to be run
	password    *hidden              // reads passwords line by line; nil when nobody is asked so
	interrupted bool                 // a signal or Ctrl-C ended the run
	putOff      int                  // questions that were asked and not answered
}

// run makes the session and the model, shows them until the end, and says how
// it ended.
func (j *job) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg, opt, err := j.settings()
	if err != nil {
		return err
	}
	j.complain()
	kept := j.keep(&cfg, &opt)

	show := chooseMode(j.env, j.options)
	opt.Interactive = show == modeMonitor || j.canAsk()
	if show == modeMonitor {
		opt.FrameInterval = monitorFrame
	}
	if !j.noJournal {
		if opt.Journal, err = model.OpenJournal(filepath.Join(xdg.StateHome, "haul", "journal")); err != nil {
			return fail(ExitDisk, phrases.CannotKeepJournal, cause(err))
		}
	}
	stays := show == modeMonitor || j.canSteer(show) // for what is to be added
	opt.Brief = !stays
	// With nothing to share it with, a stream of HTTP/2 costs more than a
	// connection of HTTP/1.1.
	if len(j.specs) == 1 && j.rest == nil && !j.options.continueAll && !stays {
		cfg.HTTP1Within = math.MaxInt64
	}
	hand := handing{options: j.options, env: j.env}
	if !j.noJournal {
		opt.Handover = hand.take
	}
	network := reachability.New()
	defer network.Close()
	cfg.Reachability, opt.Reachability = network, network
	observer := model.NewObserver()
	s, err := session.New(cfg, observer)
	if err != nil {
		return fail(ExitSome, "%w", err)
	}
	m := model.New(ctx, s, observer, opt)

	interrupted, err := j.begin(m)
	if err == nil && j.bare && interrupted == 0 && !stays {
		err = j.nothingToDo()
	} else if err == nil {
		j.covered = show == modeMonitor
		err = j.show(ctx, m, show)
		for _, line := range j.late {
			j.env.warn("%s", line)
		}
		if show == modeMonitor {
			err = errors.Join(err, j.farewell(m))
		} else {
			fmt.Fprint(j.env.Stderr, detached(m))
		}
		if j.bare && interrupted > 0 && !j.options.continueAll && !stays {
			j.env.warn(phrases.UnfinishedPlain, interrupted)
		}
	}

	cancel()
	s.InvalidateAndCancel()
	s.Wait()
	kept.complain(j.env.Stderr)
	if durable := observer.Close(); durable != nil {
		err = errors.Join(err, fail(ExitDisk, phrases.NamesMayBeLost, cause(durable)))
	}
	err = errors.Join(err, hand.close())
	if opt.Journal != nil {
		err = errors.Join(err, opt.Journal.Close())
	}
	if err != nil {
		return err
	}
	return j.ending(m)
}

// settings turns the flags into what the session and the model want.
func (j *job) settings() (session.Configuration, model.Options, error) {
	o := j.options
	cfg, err := o.network(j.env)
	if err != nil {
		return cfg, model.Options{}, err
	}
	all, hosts, err := o.rates()
	if err != nil {
		return cfg, model.Options{}, err
	}
	d := o.config.Downloads
	opt := model.Options{
		Retries: d.Retry, Redirect: model.Redirect(d.Redirect),
		Insecure: o.insecure, KeepErrorBody: d.KeepErrorBody, Overwrite: d.Force,
		RateLimit: all, HostRateLimits: hosts,
	}
	o.connections(&cfg, &opt)
	if d.Retry == 0 {
		opt.Retries = -1
	}
	if opt.TrustSHA256, err = o.fingerprints(); err != nil {
		return cfg, opt, err
	}
	opt.TrustHost = o.trustHost
	if !j.noJournal {
		opt.Trusted = trustedServers()
	} else {
		cfg.StrictTransport = hsts.New()
	}
	if err = o.identities(&opt); err != nil {
		return cfg, opt, err
	}
	if j.configure != nil {
		j.configure(&cfg)
	}
	if opt.Token, err = o.auth.token(); err != nil {
		return cfg, opt, err
	}
	if j.command, err = o.passwords(j.env, &opt); err != nil {
		return cfg, opt, err
	}
	opt.HostUser = o.hostUser
	opt.Credential, err = o.credential(j.env, &opt)
	return cfg, opt, err
}

// complain prints what was found wrong before the start.
func (j *job) complain() {
	for _, c := range j.complaints {
		j.env.warn("%s", text.Clean(c))
	}
}

// begin puts the transfers into the model and returns how many rows of an
// earlier run are among them.
func (j *job) begin(m *model.Model) (interrupted int, err error) {
	if j.bare || j.options.continueAll {
		if interrupted, err = m.Interrupted(); err != nil {
			return 0, fail(ExitDisk, phrases.CannotReadJournal, cause(err))
		}
		if j.options.continueAll {
			j.start = m.ResumeAll() // before Add: --paused is about the new ones
		}
	}
	_, problems, cmd := m.Add(j.specs)
	j.start = tea.Batch(j.start, cmd)
	j.refused(problems)
	if j.rest != nil {
		j.start = tea.Batch(j.start, m.AddFrom(j.rest.feed(j.pattern, j.refused)))
	} else if len(problems) > 0 && len(problems) == len(j.specs) {
		return 0, &exitError{code: ExitUsage}
	}
	return interrupted, nil
}

// refused complains about what is not taken in: at once, or, while the monitor
// has the screen, when it is gone.
func (j *job) refused(problems []model.Problem) {
	for _, p := range problems {
		line := text.Clean(p.Err.Error()).String()
		if p.URL != "" {
			line = text.Clean(p.URL).String() + ": " + line
		}
		j.complaints = append(j.complaints, p.Err.Error())
		if j.covered {
			j.late = append(j.late, line)
		} else {
			j.env.warn("%s", line)
		}
	}
}

// nothingToDo answers a bare haul away from a terminal.
func (j *job) nothingToDo() error {
	_, err := fmt.Fprintln(j.env.Stdout, phrases.NothingToDo)
	return err
}

// ending turns the summary into an exit code, the worst first.
func (j *job) ending(m *model.Model) error {
	sum := m.Summary()
	said := map[string]bool{} // rows of one server ask the same
	for _, q := range sum.Unanswered {
		line := fmt.Sprintf(phrases.NobodyWasAsked, text.Clean(q.What), q.Flag)
		if !said[line] {
			said[line] = true
			j.env.warn("%s", line)
		}
	}
	switch {
	case j.interrupted:
		return &exitError{code: ExitInterrupted}
	case sum.Disk:
		return &exitError{code: ExitDisk}
	case len(sum.Unanswered) > 0, j.putOff > 0:
		return &exitError{code: ExitUnanswered}
	case sum.Failed+sum.Refused > 0, len(j.complaints) > 0:
		return &exitError{code: ExitSome}
	}
	return nil
}
