package session

// State is the state of a task.
type State int

// The states. Suspended and Running change into each other; nothing leaves
// Completed.
const (
	Suspended State = iota
	Running
	Canceling
	Completed
)

// String is the state's name.
func (s State) String() string {
	switch s {
	case Suspended:
		return "Suspended"
	case Running:
		return "Running"
	case Canceling:
		return "Canceling"
	case Completed:
		return "Completed"
	}
	return "State(?)"
}

// machine is the state machine of a task. It has no lock of its own and does
// nothing: each call returns what the driver of the task has to do.
type machine struct {
	state State
	// holds counts the Suspend calls that no Resume has taken back. A task is
	// born with one.
	holds int
	// resumed: it has run at least once. started: a driver has it.
	resumed, started bool
	// settled: the outcome stands, it is too late to cancel.
	settled bool
}

// effect is what a call of the machine makes the driver do.
type effect int

const (
	nothing effect = iota
	start          // begin the load
	release        // let a held load go on
	hold           // hold the load still
	stop           // end the load
	abort          // there is no load: only complete the task
)

func newMachine() machine { return machine{state: Suspended, holds: 1} }

func (m *machine) ended() bool { return m.state == Canceling || m.state == Completed }

func (m *machine) resume() effect {
	if m.ended() || m.holds == 0 {
		return nothing
	}
	if m.holds--; m.holds > 0 {
		return nothing
	}
	m.state, m.resumed = Running, true
	if m.started {
		return release
	}
	m.started = true
	return start
}

func (m *machine) suspend() effect {
	if m.ended() {
		return nothing
	}
	if m.holds++; m.holds > 1 {
		return nothing
	}
	m.state = Suspended
	return hold
}

func (m *machine) cancel() effect {
	if m.ended() || m.settled {
		return nothing
	}
	m.state = Canceling
	if m.started {
		return stop
	}
	m.started = true
	return abort
}

// follow makes the state that of a task elsewhere which this one stands for.
func (m *machine) follow(running bool) effect {
	switch {
	case m.ended(), m.settled, running == (m.holds == 0):
		return nothing
	case running:
		m.holds = 1
		return m.resume()
	}
	return m.suspend()
}

// settle makes success the outcome, unless the task was cancelled before. After
// it a cancel comes too late: the file may be in the delegate's hands.
func (m *machine) settle() bool {
	if m.ended() {
		return false
	}
	m.settled = true
	return true
}

func (m *machine) complete() { m.state = Completed }

// listed tells whether Session.Tasks shows the task.
func (m *machine) listed() bool { return m.resumed && !m.ended() }
