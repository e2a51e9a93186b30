package plain

import (
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/units"
)

// Options say how a Printer prints.
type Options struct {
	Out io.Writer
	// JSON prints objects instead of lines.
	JSON bool
	// Units are those of sizes and rates in lines.
	Units units.System
	// Progress is the time between progress lines of a row; 0 prints none.
	Progress time.Duration
	// Read reads a line from the person at the keys, without showing it if it
	// is hidden; it is called on a goroutine of its own, never twice at once.
	// nil when nobody is there: then nothing is asked.
	Read func(hidden bool) (string, error)
	// Talk is where questions and replies go.
	Talk io.Writer
	// Shared tells that Out and Talk are one terminal, so that lines wait while
	// an answer is typed.
	Shared bool
	// Steer reads commands as well as answers, and numbers the transfers.
	// After the first command, or at once with Stay, the printer waits for
	// more when all is at rest.
	Steer, Stay bool
	// Attached tells that the transfers are the agent's, and go on when the printer
	// ends.
	Attached bool
	// Expects tells that rows are on their way: nothing is at rest before the first.
	Expects bool
	// Named is a row to tell of as soon as it is there; 0 for none.
	Named model.RowID
	// Forgets tells that what is not done at the end is not kept for a later run.
	Forgets bool
	// Into is the directory of transfers that are added by a command.
	Into string
	// Start runs beside the model's own first commands.
	Start tea.Cmd
	// Dir is what paths are shown relative to.
	Dir string
}

// Printer prints what happens to the rows of a model until none is active. It
// belongs to the loop that runs it.
type Printer struct {
	model *model.Model
	opt   Options
	out   *output
	write format
	rows  map[model.RowID]*printed
	keys  keys
	// changed are the rows that print looks at, for their room.
	changed []model.RowID

	begun       bool // the rows that were there at the start are printed
	draining    bool
	interrupted bool
	err         error // of the output, the first
}

// printed is what was printed of a row last.
type printed struct {
	state   model.State
	started bool
	attempt int // that the row waited for, in Retrying
	at      time.Time
	percent int
	// ran is how long the row has run, but for the time since it began to be what
	// it is; from is how many bytes there were at the start.
	ran   time.Duration
	since time.Time
	from  int64
}

// resumed takes in that a task goes on at an offset. What it had before the row was
// started did not come in the time that is told; what a pause leaves did.
func (w *printed) resumed(offset int64) {
	if w.started {
		offset = min(offset, w.from)
	}
	w.from = offset
}

// format is one of the two ways to print.
type format interface {
	// tells tells whether an event is told.
	tells(model.Event) bool
	event(model.Event, model.Row)
	// change tells what became of a row, and false if it is too early to tell.
	change(model.Row, *printed, time.Time) bool
	progress(model.Row, time.Time)
	question(model.PromptView, time.Time)
	total(model.Summary, time.Time)
}

// New returns a printer of m.
func New(m *model.Model, opt Options) *Printer {
	p := &Printer{model: m, opt: opt, rows: map[model.RowID]*printed{}}
	p.keys = keys{talk: talk{&spoken{to: opt.Talk}, opt.Units, opt.Steer, opt.Attached}, later: map[model.PromptID]bool{}}
	p.out = &output{w: opt.Out, failed: func(err error) {
		if p.err == nil {
			p.err = err
		}
	}}
	if opt.JSON {
		p.write = &objects{p.out}
	} else {
		l := &lines{output: p.out, units: opt.Units, dir: opt.Dir, numbered: opt.Steer, kept: phrases.KeptForLater}
		switch {
		case opt.Attached:
			l.kept = phrases.GoesOn
		case opt.Forgets:
			l.kept = phrases.NotKept
		}
		p.write = l
	}
	return p
}

// Interrupted tells whether it ended by a model.DrainMsg.
func (p *Printer) Interrupted() bool { return p.interrupted }

// PutOff is how many questions were put off, or left when the input ended.
func (p *Printer) PutOff() int { return len(p.keys.later) }

// Err is the first error of the output: a closed pipe, a full disk.
func (p *Printer) Err() error { return p.err }

type progressMsg struct{}

// Init starts the model and the progress timer.
func (p *Printer) Init() tea.Cmd {
	return tea.Batch(p.model.Init(), p.opt.Start, p.nextProgress(), p.read())
}

// Update hands msg to the model and prints what that changed.
func (p *Printer) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case model.DrainMsg:
		p.interrupted = true
		if p.draining {
			return p, tea.Quit
		}
		p.draining = true
		cmd = p.model.Quit()
	case model.HangupMsg:
		if !p.draining {
			p.draining = true
			cmd = p.model.Detach()
		}
	case model.QuitMsg:
		p.keys.line.end()
		p.share()
		p.out.together(p.print)
		p.last()
		p.write.total(p.model.Summary(), time.Now())
		return p, tea.Quit
	case progressMsg:
		p.printProgress()
		cmd = p.nextProgress()
	case lineMsg:
		cmd = p.typed(msg)
	default:
		cmd = p.model.Update(msg)
	}
	p.out.together(p.print)
	p.tellNamed()
	if p.err != nil && !p.draining {
		p.draining = true
		return p, tea.Batch(cmd, p.model.Quit())
	}
	p.ask()
	p.share()
	switch {
	case p.draining:
	case p.stays():
		p.rest()
	case p.model.Idle() || p.stuck():
		p.draining = true
		return p, tea.Batch(cmd, p.model.Quit())
	}
	return p, tea.Batch(cmd, p.read())
}

// tellNamed tells of the row that was named, once.
func (p *Printer) tellNamed() {
	if p.opt.Named == 0 || p.opt.Talk == nil {
		return
	}
	if r, ok := p.model.Row(p.opt.Named); ok {
		p.opt.Named = 0
		p.keys.say("%s", p.keys.sentence(r))
	}
}

// share has lines wait while an answer is typed on the same terminal.
func (p *Printer) share() {
	if p.draining {
		p.keys.line.end() // nobody reads it any more
	}
	p.out.hold(p.opt.Shared && p.keys.line.open)
}

// View is empty: the printer writes to its own output.
func (p *Printer) View() tea.View { return tea.View{} }

func (p *Printer) nextProgress() tea.Cmd {
	if p.opt.Progress <= 0 {
		return nil
	}
	return tea.Tick(p.look(), func(time.Time) tea.Msg { return progressMsg{} })
}

// look is the time between two looks for progress to tell: rows do not begin
// together.
func (p *Printer) look() time.Duration {
	const least = 100 * time.Millisecond
	return min(max(p.opt.Progress/10, least), p.opt.Progress)
}

// print prints the events since the last call, and then what they made of each
// row.
func (p *Printer) print() {
	now := time.Now()
	p.begin(now)
	rows := p.changed[:0]
	for _, ev := range p.model.TakeEvents() {
		if p.write.tells(ev) {
			if row, ok := p.model.Row(ev.Row); ok {
				p.write.event(ev, row)
			}
		}
		switch ev.Name {
		case "DidCreateTask":
			p.again(ev.Row)
		case "DidResumeAtOffset":
			p.printed(ev.Row, now).resumed(ev.Bytes)
		}
		if !slices.Contains(rows, ev.Row) {
			rows = append(rows, ev.Row)
		}
	}
	for _, id := range rows {
		p.change(id, now)
	}
	p.changed = rows
}

// again has the end of a new task be news, also where it is that of the one before
// and nothing was seen in between: the agent tells of both at once.
func (p *Printer) again(id model.RowID) {
	was := p.rows[id]
	if was == nil {
		return
	}
	switch was.state {
	case model.Refused, model.Expired, model.Mismatch, model.Failed, model.Cancelled:
		was.state = model.Queued
	}
}

// last prints what became of the rows of which no event told: the last fact of
// a task that was paused may come after the end.
func (p *Printer) last() {
	now := time.Now()
	var rows []model.RowID
	for id, was := range p.rows {
		if was.started && was.state != model.Done { // nothing comes after that
			rows = append(rows, id)
		}
	}
	slices.Sort(rows)
	for _, id := range rows {
		p.change(id, now)
	}
}

// change prints what became of a row if that is news.
func (p *Printer) change(id model.RowID, now time.Time) {
	row, ok := p.model.Row(id)
	if !ok {
		return
	}
	was := p.printed(id, now)
	if was.started && was.state == row.State && was.attempt == attemptOf(row) {
		return
	}
	if p.write.change(row, was, now) || !was.started {
		was.state, was.attempt = row.State, attemptOf(row)
	}
}

// attemptOf tells one wait for the next attempt from another: between two that
// get no response nothing is printed.
func attemptOf(r model.Row) int {
	if r.State == model.Retrying {
		return r.Attempt
	}
	return 0
}

// printed is what was printed of a row, nothing if it is met for the first time.
func (p *Printer) printed(id model.RowID, now time.Time) *printed {
	was := p.rows[id]
	if was == nil {
		was = &printed{state: -1, at: now, since: now}
		p.rows[id] = was
	}
	return was
}

// begin prints the rows that do nothing until somebody says so, once: what an
// earlier run left, and what was added paused. No event tells of them.
func (p *Printer) begin(now time.Time) {
	if p.begun {
		return
	}
	p.begun = true
	for _, row := range p.model.Rows(nil, 0, p.model.Len()) {
		if row.State != model.Paused {
			continue
		}
		was := p.printed(row.ID, now)
		p.write.change(row, was, now)
		was.state = row.State
	}
}

// printProgress prints a line for each running row that has a response, and has
// moved a quarter of its size or for which the interval has passed, whichever is
// later.
func (p *Printer) printProgress() {
	now := time.Now()
	for id, was := range p.rows {
		if was.state != model.Running {
			continue // it has ended, or has no response yet
		}
		row, ok := p.model.Row(id)
		if !ok || row.State != model.Running || headless(row) {
			continue
		}
		percent := -1
		if row.Size > 0 {
			percent = int(100 * row.Done / row.Size)
		}
		if now.Sub(was.at) < p.opt.Progress-p.look()/2 || percent >= 0 && percent < was.percent+25 {
			continue
		}
		was.at, was.percent = now, percent
		p.write.progress(row, now)
	}
}

// stuck tells that all that is left waits for questions that were put off.
// Nothing asks them again, so that waiting longer helps nobody.
func (p *Printer) stuck() bool {
	t := p.model.Totals()
	if t.Asking == 0 || t.Running+t.Queued+t.Retrying > 0 || p.keys.asked != nil {
		return false
	}
	prompts := p.model.Prompts()
	for _, q := range prompts {
		if !p.keys.later[q.ID] {
			return false
		}
	}
	return len(prompts) > 0
}
