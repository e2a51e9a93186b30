package model

import (
	"context"
	"math/rand/v2"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/session"
	"haul/transfer"
)

// Model is the user's transfers. It belongs to the goroutine that calls Update.
type Model struct {
	ctx     context.Context
	session *session.Session
	o       *Observer
	opt     Options
	policy  retryPolicy

	lastID RowID
	rows   map[RowID]*row // removed ones too, until the end
	all    []*row         // in the order in which they were added
	wanted map[target]RowID
	claims map[string]RowID // partial files of this run
	dirs   map[string]*directory
	undo   [][]*row
	feed   *Feed // nil when the list has been read

	list   list
	marked int
	// unfinished counts what an earlier run left.
	unfinished int
	queue      *queue
	waiting    waiting
	moving     map[*row]bool
	begun      []*row // their entries in the journal are written with the next frame
	counts     [len(stateNames)]int
	retries    heap[due]
	alarm      alarm
	net        network
	limits     *transfer.Limits

	heard           heard
	in, out         meter
	inMoved, outNow int64 // bytes in all
	sumSize, sumNow int64 // of the rows that have a size

	prompts       []PromptView
	promptVersion uint64
	unanswered    []Unanswered
	outbox        outbox
	version       uint64
	dirty         []*slot // reused

	leaving bool // no new starts
	// handing is closed when the agent has what was added last, nil before.
	handing chan struct{}
	// detaching are the rows of a Detach, and whether each is to wait.
	detaching  map[RowID]bool
	handedOver int
	detachErr  error

	selected RowID // that the cursor waits for, of an attached model
	awaiting map[RowID]session.TaskID
	deadline context.CancelFunc

	cmds []tea.Cmd // what the present call returns
}

// New makes a model over s, whose delegate is o. ctx ends every command.
func New(ctx context.Context, s *session.Session, o *Observer, opt Options) *Model {
	opt = opt.withDefaults()
	if !opt.Attached { // its observer has them, and hears of tasks already
		o.opt = opt
	}
	places := newQueue(opt.Running, opt.PerHost)
	places.grows = opt.Grow
	m := &Model{
		ctx: ctx, session: s, o: o, opt: opt,
		policy:  retryPolicy{most: opt.Retries, backoff: opt.Backoff, random: rand.Float64},
		rows:    make(map[RowID]*row),
		wanted:  make(map[target]RowID),
		claims:  make(map[string]RowID),
		dirs:    make(map[string]*directory),
		queue:   places,
		moving:  make(map[*row]bool),
		retries: heap[due]{less: func(a, b due) bool { return a.at.Before(b.at) }},
		net:     network{path: opt.Reachability},
		limits:  transfer.NewLimits(opt.RateLimit, opt.HostRateLimits),
	}
	return m
}

func (o Options) withDefaults() Options {
	if o.Running <= 0 {
		o.Running = 8
	}
	if o.PerHost <= 0 {
		o.PerHost = 6
	}
	switch {
	case o.Retries == 0:
		o.Retries = 5
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.Backoff <= 0 {
		o.Backoff = time.Second
	}
	if o.Redirect == "" {
		o.Redirect = RedirectAskCrossHost
	}
	if o.FrameInterval <= 0 {
		o.FrameInterval = 33 * time.Millisecond
	}
	return o
}

// Init returns the first commands.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.o.Next(m.ctx, m.opt.FrameInterval), m.o.nextRoom(m.ctx)}
	if m.net.path != nil {
		cmds = append(cmds, after(m.ctx, watchAfter, watchMsg{}))
	}
	return tea.Batch(cmds...)
}

// Update takes a message of this package (others are ignored) and returns what
// is to be run.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	now := time.Now()
	switch msg := msg.(type) {
	case FrameMsg:
		m.frame(now)
		m.later(m.o.Next(m.ctx, m.opt.FrameInterval))
	case roomMsg:
		m.drain(now)
		m.later(m.o.nextRoom(m.ctx))
	case fedMsg:
		m.fed(msg.batch)
	case pausedMsg:
		// A file that is complete already is known from the facts.
		m.drain(now)
		m.paused(msg)
	case placesMsg:
		m.heads()
		m.queue.advance()
	case dueMsg:
		m.due(now)
	case watchMsg:
		m.watch()
	case networkMsg:
		m.networkChanged(now)
		m.later(m.net.listen())
	case clearedMsg:
		m.cleared(msg)
	case deletedMsg:
		m.deleted(msg)
	case detachedMsg:
		m.detached(msg)
	case handedMsg:
		m.handed(msg)
	case deadlineMsg:
		m.deadlinePassed()
	default:
		return nil
	}
	return m.commit()
}

// later adds a command to what the present call returns.
func (m *Model) later(cmd tea.Cmd) {
	if cmd != nil {
		m.cmds = append(m.cmds, cmd)
	}
}

// commit ends every call that may have changed rows: it starts what may start,
// writes the journal and returns the commands.
func (m *Model) commit() tea.Cmd {
	m.schedule()
	m.advancePlaces()
	m.pace()
	if m.opt.Journal != nil {
		m.opt.Journal.flush()
	}
	cmds := m.cmds
	m.cmds = nil
	switch len(cmds) {
	case 0:
		return nil
	case 1:
		return cmds[0]
	}
	return tea.Batch(cmds...)
}

// step lets s happen to a row and keeps everything that depends on its state.
func (m *Model) step(r *row, s stimulus, result ...State) {
	before := r.life
	r.life = apply(before, s, result...)
	if r.state == before.state {
		return
	}
	m.version++
	m.list.touch(stateChanged)
	if !r.removed {
		m.count(r, before.state, -1)
		r.leftover = false
		m.count(r, r.state, 1)
	}
	if before.state.occupies() != r.state.occupies() {
		if r.state.occupies() {
			m.queue.occupy(r)
		} else {
			m.queue.release(r)
		}
	}
	if r.state.moving() {
		m.moving[r] = true
	} else {
		delete(m.moving, r)
	}
	if r.state == Queued && !m.opt.Attached {
		m.queue.push(r)
	}
	m.account(r)
	m.journalSoon(r)
}

// account keeps the sums of sizes and bytes at hand.
func (m *Model) account(r *row) {
	if r.counted {
		m.sumSize -= r.hadSize
		m.sumNow -= r.hadNow
	}
	r.counted = r.size > 0 && !r.removed && r.state != Cancelled
	if r.counted {
		r.hadSize, r.hadNow = r.size, min(r.done, r.size)
		m.sumSize += r.hadSize
		m.sumNow += r.hadNow
	}
}

// note puts an event of the model's own, or a delegate's, into the row's
// timeline and the outbox.
func (m *Model) note(r *row, e Event) {
	if r.ran != nil && !m.opt.Brief {
		r.ran.timeline.add(e)
	}
	r.outAt = m.outbox.add(e, r.outAt)
	m.version++
}

// act notes what the user or the model did.
func (m *Model) act(r *row, name, text string) {
	e := Event{Time: time.Now(), Row: r.id, Name: name, Text: text, Count: 1}
	if r.task != nil {
		e.Task = r.task.ID()
	}
	m.note(r, e)
}

// schedule starts rows as far as the limits allow.
func (m *Model) schedule() {
	for !m.leaving {
		r := m.queue.next()
		if r == nil {
			return
		}
		m.start(r)
	}
}

// pace says how often a frame comes without anything having happened: while
// rates have to fall, while the order has to settle, while seconds are counted.
func (m *Model) pace() {
	switch {
	case len(m.moving) > 0 || m.list.stale:
		m.o.setPace(250 * time.Millisecond)
	case m.counting() || len(m.prompts) > 0:
		m.o.setPace(time.Second)
	default:
		m.o.setPace(0)
	}
}
