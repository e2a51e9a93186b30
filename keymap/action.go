package keymap

// Action is a thing that a user can ask for. Its text is its name in the
// configuration file, and stays the same from version to version.
type Action string

// Moving about.
const (
	MoveUp       Action = "move-up"
	MoveDown     Action = "move-down"
	MoveFirst    Action = "move-first"
	MoveLast     Action = "move-last"
	HalfPageUp   Action = "half-page-up"
	HalfPageDown Action = "half-page-down"
	PageUp       Action = "page-up"
	PageDown     Action = "page-down"
	Open         Action = "open"
	Back         Action = "back"
	Filter       Action = "filter"
	Find         Action = "find"
	Sort         Action = "sort"
	SortReverse  Action = "sort-reverse"
	ViewAll      Action = "view-all"
	ViewRunning  Action = "view-running"
	ViewWaiting  Action = "view-waiting"
	ViewAsking   Action = "view-asking"
	ViewDone     Action = "view-done"
	Section1     Action = "section-1"
	Section2     Action = "section-2"
	Section3     Action = "section-3"
	Section4     Action = "section-4"
	Section5     Action = "section-5"
	Section6     Action = "section-6"
	NextSection  Action = "next-section"
	PrevSection  Action = "prev-section"
	NextTransfer Action = "next-transfer"
	PrevTransfer Action = "prev-transfer"
	NextField    Action = "next-field"
	PrevField    Action = "prev-field"
)

// Doing something with transfers.
const (
	Pause        Action = "pause"
	PauseAll     Action = "pause-all"
	Cancel       Action = "cancel"
	RemoveFile   Action = "remove-file"
	Retry        Action = "retry"
	Restart      Action = "restart"
	EditURL      Action = "edit-url"
	Add          Action = "add"
	Undo         Action = "undo"
	Limit        Action = "limit"
	PriorityUp   Action = "priority-up"
	PriorityDown Action = "priority-down"
	QueueUp      Action = "queue-up"
	QueueDown    Action = "queue-down"
	Rename       Action = "rename"
	Mark         Action = "mark"
	MarkRange    Action = "mark-range"
	MarkInvert   Action = "mark-invert"
	MarkAll      Action = "mark-all"
	CopyURL      Action = "copy-url"
	CopyPath     Action = "copy-path"
	OpenFile     Action = "open-file"
	OpenFolder   Action = "open-folder"
)

// Asking, seeing, leaving.
const (
	Answer    Action = "answer"
	Press     Action = "press"
	Confirm   Action = "confirm"
	Submit    Action = "submit"
	More      Action = "more"
	Pane      Action = "pane"
	PaneFocus Action = "pane-focus"
	Follow    Action = "follow"
	Wrap      Action = "wrap"
	Log       Action = "log"
	History   Action = "history"
	Theme     Action = "theme"
	Mouse     Action = "mouse"
	Reload    Action = "reload"
	Help      Action = "help"
	Redraw    Action = "redraw"
	Suspend   Action = "suspend"
	Detach    Action = "detach"
	Quit      Action = "quit"
	Interrupt Action = "interrupt"
)

// Context is where the keyboard is. Its text is its name in the configuration
// file.
type Context string

const (
	List   Context = "list"   // the list of transfers
	Detail Context = "detail" // one transfer
	Dialog Context = "dialog" // a question, the help screen: anything over the list
	Field  Context = "text"   // a text field has the focus, in a dialog or in the filter
)

// Contexts are all contexts, in the order of the help screen.
func Contexts() []Context { return []Context{List, Detail, Dialog, Field} }
