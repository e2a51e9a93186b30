package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/ui"
	"haul/ui/phrases"
	"haul/ui/plain"
)

// frontEnd is the monitor or the printer.
type frontEnd interface {
	tea.Model
	// Interrupted tells whether it was ended by an interrupt.
	Interrupted() bool
}

// monitorHeap is by how many per cent the heap may grow between collections
// while the monitor is open. It stays open for hours: a tenth less memory with
// 10,000 rows is worth more there than the few collections that Go's 100 saves.
const monitorHeap = 70

// show runs the model in the mode chosen until it has ended.
func (j *job) show(ctx context.Context, m *model.Model, show mode) (err error) {
	var front frontEnd
	var opts []tea.ProgramOption
	var gone <-chan struct{}
	if show == modeMonitor {
		opt, err := j.monitorOptions()
		if err != nil {
			return err
		}
		if in, ok := j.env.Stdin.(*os.File); ok {
			read := newTerminalInput(in)
			opt.In, gone = read, read.gone
		}
		end := j.follow(m, &opt)
		defer func() { err = errors.Join(err, end()) }()
		monitor, err := ui.New(ctx, m, opt)
		if err != nil {
			return fail(ExitUsage, "%w", err)
		}
		front, opts = monitor, monitor.ProgramOptions()
	} else {
		front = j.printer(m, show)
		// No renderer and no input: Bubble Tea's loop without its terminal.
		opts = []tea.ProgramOption{tea.WithoutRenderer(), tea.WithInput(nil), tea.WithOutput(io.Discard)}
	}
	opts = append(opts, tea.WithContext(ctx), tea.WithoutSignalHandler())
	program := tea.NewProgram(front, opts...)
	if monitor, ok := front.(*ui.App); ok {
		defer monitor.Pace(program)()
		if j.env.getenv("GOGC") == "" {
			defer debug.SetGCPercent(debug.SetGCPercent(monitorHeap))
		}
	}

	if show != modeMonitor && (len(j.specs) >= manyTransfers || j.rest != nil) && j.env.getenv("GOGC") == "" {
		defer raiseHeap()()
	}

	stop := j.signals(program.Send, gone)
	_, err = program.Run()
	stop()
	if monitor, ok := front.(*ui.App); ok && monitor.Reset() != "" {
		// A terminal that is gone needs no setting right.
		_, _ = io.WriteString(j.env.Stdout, monitor.Reset())
	}
	if j.password != nil {
		err = errors.Join(err, j.password.restore())
	}

	j.interrupted = front.Interrupted()
	if errors.Is(err, tea.ErrProgramKilled) && j.interrupted {
		err = nil // the second interrupt
	}
	if p, ok := front.(*plain.Printer); ok {
		j.putOff = p.PutOff()
		if p.Err() != nil && err == nil {
			err = fail(ExitDisk, phrases.CannotWriteOutput, cause(p.Err()))
		}
	}
	return err
}

func (j *job) printer(m *model.Model, show mode) *plain.Printer {
	opt := plain.Options{
		Out: j.env.Stdout, JSON: show == modeJSON, Units: j.options.units(), Progress: j.options.progress, Start: j.start,
		Attached: j.lost != nil, Expects: j.expects, Named: j.named, Forgets: j.noJournal,
	}
	// Without a working directory paths are shown whole.
	opt.Dir, _ = os.Getwd()
	if j.canAsk() {
		lines := bufio.NewReader(j.env.Stdin)
		if in, ok := j.env.Stdin.(*os.File); ok {
			j.password = &hidden{in: in}
		}
		opt.Talk, opt.Into = j.env.Stderr, j.dir
		opt.Shared = isTerminal(j.env.Stdout) && isTerminal(j.env.Stderr)
		opt.Read = func(secret bool) (string, error) {
			if secret && j.password != nil {
				return j.password.read()
			}
			line, err := lines.ReadString('\n')
			return strings.TrimRight(line, "\r\n"), err
		}
		opt.Steer = j.canSteer(show)
		opt.Stay = opt.Steer && (j.bare || j.options.paused || opt.Attached) // nothing may run yet
	}
	return plain.New(m, opt)
}

// canAsk tells whether questions can be asked line by line.
func (j *job) canAsk() bool { return isTerminal(j.env.Stdin) && j.options.input != "-" }

// canSteer tells whether commands are read line by line: plain lines were asked
// for, by somebody who waits for them. To read in the background would stop haul.
func (j *job) canSteer(show mode) bool {
	in, ok := j.env.Stdin.(*os.File)
	return ok && show == modePlain && j.options.config.Interface.Plain && j.canAsk() && inForeground(in)
}

func (j *job) monitorOptions() (ui.Options, error) {
	o := j.options
	note := j.note
	if n := len(j.complaints); n > 0 {
		// They were printed on the normal screen, which the monitor covers.
		note = j.complaints[0]
		if n > 1 {
			note += fmt.Sprintf(phrases.MoreAtTheEnd, n-1)
		}
	}
	look := o.config.Interface
	// The configuration was checked: its keys make a map.
	keys, err := o.config.Keys.Map()
	if err != nil {
		return ui.Options{}, fail(ExitUsage, "%w", err)
	}
	return ui.Options{
		Theme: look.Theme, Themes: o.themes, Color: look.Colour, Glyphs: look.Glyphs, Units: look.Units, Wide: look.Ambiguous == 2, Mouse: look.Mouse, NoPane: !look.Pane, NoGraphs: !look.Graphs,
		Keys:    keys,
		Notify:  notifications(o.config.Notifications),
		Environ: j.env.Environ, In: j.env.Stdin, Out: j.env.Stdout,
		Dir: j.dir, Note: note, Attached: j.lost != nil, Forgets: j.noJournal, Start: j.start, Open: opener(), Copy: copier(j.env), Free: freeBytes,
		History: o.inMonitor,
	}, nil
}
