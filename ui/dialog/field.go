package dialog

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/ui/text"
)

const (
	// maxTyped is how many characters a field takes. URLs with signatures
	// have one or two thousand.
	maxTyped = 8192

	// maxBullets is how much a password field shows of the length.
	maxBullets = 24
)

// field is a line of text that can be edited. The editing is that of bubbles;
// the drawing is ours, because the page has to clean and to measure as for all
// other text.
//
// The input is behind a pointer so that printing a dialog, with whatever verb,
// shows an address.
type field struct {
	input  *textinput.Model
	secret bool
}

func newField(value string) *field {
	input := textinput.New()
	input.CharLimit = maxTyped
	// bubbles would read the clipboard in a command, and what that brings
	// would go to the field that has the focus by then. Terminals paste by
	// themselves.
	input.KeyMap.Paste.SetEnabled(false)
	input.SetVirtualCursor(false)
	// Which field gets keys is decided by the form. The command only makes
	// the virtual cursor blink.
	_ = input.Focus()
	input.SetValue(value)
	input.CursorEnd()
	return &field{input: &input}
}

// newSecret is a field that shows bullets.
func newSecret() *field {
	f := newField("")
	f.secret = true
	// Not for drawing: it keeps deletion by words from telling where words
	// end.
	f.input.EchoMode = textinput.EchoPassword
	return f
}

func (*field) context() keymap.Context { return keymap.Field }

func (f *field) key(k tea.KeyPressMsg, action keymap.Action) bool {
	if action != "" || f.input == nil {
		return false
	}
	// Without virtual cursor, suggestions and clipboard the input has no
	// commands.
	*f.input, _ = f.input.Update(k)
	return true
}

// paste inserts the first line of s that is not blank. More than one line has
// no meaning in a field, and the second may well be the password.
func (f *field) paste(s string) {
	if f.input == nil {
		return
	}
	line, _, _ := strings.Cut(strings.TrimLeft(strings.ReplaceAll(s, "\r", "\n"), "\n"), "\n")
	*f.input, _ = f.input.Update(tea.PasteMsg{Content: line})
}

func (f *field) value() string {
	if f.input == nil {
		return ""
	}
	return f.input.Value()
}

func (f *field) set(value string) {
	f.input.SetValue(value)
	f.input.CursorEnd()
}

// wipe empties the field for good. Go does not promise that no copy is left in
// memory; nothing here holds one.
func (f *field) wipe() {
	if f.input != nil {
		f.input.Reset()
	}
	f.input = nil
}

// window is what a field of so many cells shows, and the cell of the cursor,
// which may be the one behind the last.
func (f *field) window(r text.Ruler, bullet string, cells int, focused bool) (shown text.Text, cursor int) {
	if f.input == nil {
		return text.Text{}, 0
	}
	runes := []rune(f.input.Value())
	if f.secret {
		most := min(maxBullets, max(cells, 0))
		return text.Clean(strings.Repeat(bullet, min(len(runes), most))), min(f.input.Position(), most)
	}
	if !focused {
		return r.Truncate(text.Clean(string(runes)), cells), 0
	}
	at := f.input.Position()
	// Begin so far left that all before the cursor fits. A character takes
	// seldom less than a cell, so there is no need to begin earlier than this.
	start := max(at-max(cells, 0), 0)
	for start < at && r.Width(text.Clean(string(runes[start:at]))) > cells {
		start++
	}
	cursor = r.Width(text.Clean(string(runes[start:at])))
	// Marks and joiners can make the whole narrower than its parts.
	shown = r.Truncate(text.Clean(string(runes[start:])), cells)
	return shown, min(cursor, max(cells, 0))
}
