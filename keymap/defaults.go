package keymap

// entry is a line of the default map: an action, what it does in a few words,
// and its keys in each context, separated by spaces.
type entry struct {
	action                     Action
	help                       string
	list, detail, dialog, text string
}

func (e entry) keys(c Context) string {
	switch c {
	case List:
		return e.list
	case Detail:
		return e.detail
	case Dialog:
		return e.dialog
	case Field:
		return e.text
	}
	return ""
}

// entries is the default map. An action without keys in a context does not
// exist there.
func entries() []entry {
	return []entry{
		{MoveUp, "one line up", "k up", "k up", "k up", ""},
		{MoveDown, "one line down", "j down", "j down", "j down", ""},
		{MoveFirst, "to the beginning", "g home", "g home", "g home", ""},
		{MoveLast, "to the end", "G end", "G end", "G end", ""},
		{HalfPageUp, "half a page up", "ctrl+u", "ctrl+u", "ctrl+u", ""},
		{HalfPageDown, "half a page down", "ctrl+d", "ctrl+d", "ctrl+d", ""},
		{PageUp, "a page up", "pgup", "pgup", "pgup", ""},
		{PageDown, "a page down", "pgdown", "pgdown", "pgdown", ""},
		{Open, "show the details", "enter", "", "", ""},
		{Back, "go back, or clear filter and marks", "esc", "esc q", "esc q", "esc"},
		{Filter, "filter the list", "/", "", "", ""},
		{Find, "find on this screen", "", "/", "/", ""},
		{Sort, "choose the order", "s", "", "", ""},
		{SortReverse, "reverse the order", "S", "", "", ""},
		{ViewAll, "show all transfers", "1", "", "", ""},
		{ViewRunning, "show running ones only", "2", "", "", ""},
		{ViewWaiting, "show waiting ones only", "3", "", "", ""},
		{ViewAsking, "show those that ask or have failed", "4", "", "", ""},
		{ViewDone, "show finished ones only", "5", "", "", ""},
		{Section1, "overview", "", "1", "", ""},
		{Section2, "segments", "", "2", "", ""},
		{Section3, "headers", "", "3", "", ""},
		{Section4, "redirects", "", "4", "", ""},
		{Section5, "TLS", "", "5", "", ""},
		{Section6, "events", "", "6", "", ""},
		{NextSection, "next section", "", "tab", "", ""},
		{PrevSection, "previous section", "", "shift+tab", "", ""},
		{NextTransfer, "next transfer", "", "n", "", ""},
		{PrevTransfer, "previous transfer", "", "N", "", ""},
		{NextField, "next field or button", "", "", "tab right", "tab"},
		{PrevField, "previous field or button", "", "", "shift+tab left", "shift+tab"},

		{Pause, "pause or resume", "p", "p", "", ""},
		{PauseAll, "pause or resume all", "P", "", "", ""},
		{Cancel, "cancel if running, else take off the list", "x", "x", "ctrl+x", "ctrl+x"},
		{RemoveFile, "take off the list and delete the file", "X", "X", "", ""},
		{Retry, "try again, from where it stopped", "r", "r", "", ""},
		{Restart, "start again from 0", "R", "R", "", ""},
		{EditURL, "give it another URL", "e", "e", "", ""},
		{Add, "add transfers", "a", "", "", ""},
		{Undo, "bring back what was taken off last", "u", "u", "", ""},
		{Limit, "limit the rate", "L", "L", "", ""},
		{PriorityUp, "more urgent", "+", "+", "", ""},
		{PriorityDown, "less urgent", "-", "-", "", ""},
		{QueueUp, "earlier in the queue", "K shift+up", "K shift+up", "", ""},
		{QueueDown, "later in the queue", "J shift+down", "J shift+down", "", ""},
		{Rename, "give its file another name", "m f2", "m f2", "", ""},
		{Mark, "mark", "space", "", "", ""},
		{MarkRange, "mark a range", "v", "", "", ""},
		{MarkInvert, "invert the marks", "*", "", "", ""},
		{MarkAll, "mark all", "ctrl+a", "", "", ""},
		{CopyURL, "copy the URL", "y", "y", "", ""},
		{CopyPath, "copy the path of the file", "Y", "Y", "", ""},
		{OpenFile, "open the file", "o", "o", "", ""},
		{OpenFolder, "open its folder", "O", "O", "", ""},

		{Answer, "answer a question", "!", "!", "", ""},
		{Press, "press the button", "", "", "enter", "enter"},
		{Confirm, "yes, do it", "", "", "y", ""},
		{Submit, "send the form", "", "", "ctrl+s", "ctrl+s"},
		{More, "show more", "", "", "ctrl+o", "ctrl+o"},
		{Pane, "preview pane", "tab", "", "", ""},
		{PaneFocus, "focus of the preview pane", "shift+tab", "", "", ""},
		{Follow, "follow the events", "", "f", "", ""},
		{Wrap, "wrap long lines", "", "w", "", ""},
		{Log, "log of the app", "l", "l", "", ""},
		{History, "what has ended in the background", "h", "h", "", ""},
		{Theme, "next theme", "T", "T", "", ""},
		{Mouse, "mouse on or off", "M", "M", "", ""},
		{Reload, "read the configuration again", "ctrl+r", "ctrl+r", "", ""},
		{Help, "all keys", "?", "?", "?", ""},
		{Redraw, "draw the screen again", "ctrl+l", "ctrl+l", "ctrl+l", "ctrl+l"},
		{Suspend, "suspend; transfers stop too", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z"},
		{Detach, "quit, and go on in the background", "d", "d", "", ""},
		{Quit, "quit; asks if transfers run", "q", "", "", ""},
		{Interrupt, "quit; twice at once, keeping what can resume", "ctrl+c", "ctrl+c", "ctrl+c", "ctrl+c"},
	}
}

// reserved is the key that an action keeps in a context even if the user gives
// it others: nobody can lock themselves in.
func reserved(c Context, a Action) string {
	switch {
	case a == Interrupt:
		return "ctrl+c"
	case a == Back:
		return "esc"
	case a == Help && c != Field:
		return "?"
	}
	return ""
}
