package phrases

// WhichIs names one of n transfers, the latest, behind what is said of all.
func WhichIs(n int, name string) string {
	if n == 1 {
		return ": " + name
	}
	return "; the latest is " + name
}

// What came of acts on transfers.
const (
	NothingToPauseIn       = "%s: nothing to pause or resume"
	NothingToPause         = "nothing to pause or resume"
	NothingToPauseButRetry = "%s: nothing to pause or resume; {retry} tries again"
	NothingToRestart       = "%s: nothing to start again; what is done stays"
	Removed                = "removed %s; {undo} brings it back"
	RemovedSome            = "removed %s; {undo} brings them back"
	RemovedWithFile        = "removed %s with what was on disk"
	NothingToUndo          = "nothing to bring back"
	BroughtBack            = "brought 1 transfer back"
	BroughtSomeBack        = "brought %d transfers back"
	NothingToRetry         = "%s: nothing to try again"
	NeedsNoURL             = "%s is done: it needs no other URL"
	FreshURLAfterPause     = "%s: {pause} pauses it, then it takes a fresh URL"
	FreshURLAfterCancel    = "%s: it cannot be paused; cancelled with {cancel} it takes a fresh URL"
	FreshURLWhenStopped    = "%s: when it has stopped it takes a fresh URL"
	NotRenewed             = "not renewed: %v"
)

// Files and what is copied.
const (
	CopiedURL     = "copied the URL of %s"
	CopiedPath    = "copied the path of %s"
	NoFileYet     = "%s has no file yet"
	NotComplete   = "%s is not complete yet: only a whole file is opened"
	NoOpener      = "there is no program here to open files with: install xdg-open"
	HasNoFile     = "%s is in memory only: it has no file"
	URLNamesIt    = "%s is an upload: its URL names it"
	RenameTheFile = "%s is done: rename the file itself"
	NotRenamed    = "not renamed: %v"
	FileWillBe    = "its file will be %s"
)

// How the monitor looks and is configured.
const (
	ThemeIs            = "theme: %s%s"
	MouseOn            = "mouse on: click, double click, wheel; select text with shift"
	MouseOff           = "mouse off: the terminal selects text again"
	ConfigurationInUse = "the configuration was read again and is in use"
	NothingToReread    = "there is no configuration to read again"
	ConfigurationStays = "%v; the configuration stays as it was"
)

// What came of adding.
const (
	NotAdded     = "added %d; not %s: %v"
	SomeNotAdded = "added %d, not %d; the first: %s: %v"
	AddedPaused  = "added 1, paused; {pause} starts it"
	Added        = "added %d"
)

// Order, priority, limits.
const (
	PriorityHighest = "%s: the priority is the highest already"
	PriorityLowest  = "%s: the priority is the lowest already"
	PriorityIs      = "%s: priority %s"
	PlaceUnsorted   = "%s: place %d of %d in the queue; sort by added to see the queue's order"
	Place           = "%s: place %d of %d in the queue"
	OnlyQueued      = "%s: only what is queued has a place in the queue"
	FirstAlready    = "%s: the first of its priority already; {priority-up} makes it more urgent"
	LastAlready     = "%s: the last of its priority already; {priority-down} makes it less urgent"
	NoLimit         = "%s: no limit"
	AtMost          = "%s: at most %s"
)

// Screens.
const (
	LogIsAboutAll     = "the %s is about all transfers; {back} goes back"
	NoTransferHere    = "there is no transfer here"
	PaneNeedsLines    = "the pane needs 30 lines, and 20 for a failure; {open} shows the details"
	PaneNeedsTransfer = "the pane needs 30 lines and a transfer; {open} shows the details"
	NotInLog          = "the %s has no such thing; {back} goes back"
	HistoryFails      = "the history cannot be read: %v"
	StoodStill        = "back: transfers stood still meanwhile; what a server dropped is tried again"
	Problem           = "%v"
	Leaving           = "pausing %d transfers, %d at rest; {interrupt} again leaves at once"
	LeavingShort      = "pausing %d, %d at rest; {interrupt}: at once"
	LeavingTiny       = "pausing %d, done %d"
)

// Questions.
const (
	OthersAsk       = "this transfer asks nothing; others do"
	NoQuestion      = "no question waits"
	Settled         = "the question has settled itself"
	AnsweredAlready = "the question was answered already"

	AnsweredElsewhere = "the question was answered in another terminal"
)

// QuestionGone says of a question that waits no more, and was not answered here, why.
func QuestionGone(elsewhere bool) string {
	if elsewhere {
		return AnsweredElsewhere
	}
	return Settled
}

// The background.
const (
	GivenToAgent    = "gave %d to the agent"
	NotTaken        = "%d not taken; the first: %s: %v"
	NoAgent         = "there is no agent here"
	NothingToDetach = "nothing is left to go on in the background"
)
