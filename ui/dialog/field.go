package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/ui/text"
)

const (
	// maxTyped is how many characters a field takes. URLs with signatures
	// have one or two thousand.
	maxTyped = 4096

	// maxSecret is the same for passwords, some of which are tokens.
	maxSecret = 2048

	// maxBullets is how much a password field shows of the length.
	maxBullets = 24
)

// field is a text field. Its text is behind a pointer, so that printing a
// dialog, with whatever verb, shows an address.
type field struct {
	edit   *edit // nil after wipe
	secret bool
}

func newField(value string) *field {
	f := &field{edit: &edit{most: maxTyped}}
	f.edit.insert(value)
	return f
}

// newSecret is a field that shows bullets.
func newSecret() *field { return &field{edit: newSecretEdit(maxSecret), secret: true} }

func (*field) context() keymap.Context { return keymap.Field }

func (f *field) key(k tea.KeyPressMsg, action keymap.Action) bool {
	if action != "" || f.edit == nil {
		return false
	}
	key := k.String()
	if f.secret {
		key = wholeWords(key)
	}
	if !f.edit.press(key) {
		f.edit.insert(k.Text)
	}
	return true
}

// wholeWords turns keys for words into those for the line: where words end in
// a password is nobody's business.
func wholeWords(key string) string {
	switch key {
	case "alt+left", "ctrl+left", "alt+b":
		return "home"
	case "alt+right", "ctrl+right", "alt+f":
		return "end"
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		return "ctrl+u"
	case "alt+d", "alt+delete", "ctrl+delete":
		return "ctrl+k"
	}
	return key
}

// paste inserts the first line of s that is not empty. More than one line has
// no meaning in a field, and the second may well be the password.
func (f *field) paste(s string) {
	if f.edit == nil {
		return
	}
	line, _, _ := strings.Cut(strings.TrimLeft(strings.ReplaceAll(s, "\r", "\n"), "\n"), "\n")
	f.edit.insert(line)
}

func (f *field) value() string {
	if f.edit == nil {
		return ""
	}
	return string(f.edit.text)
}

func (f *field) isEmpty() bool { return f.edit == nil || len(f.edit.text) == 0 }

// empty takes out what was typed.
func (f *field) empty() {
	if f.edit != nil {
		f.edit.clear()
	}
}

// wipe empties the field for good.
func (f *field) wipe() {
	f.empty()
	f.edit = nil
}

// window is what a field of so many cells shows, and the cell of the cursor,
// which may be the one behind the last.
func (f *field) window(r text.Ruler, bullet string, cells int, focused bool) (shown text.Text, cursor int) {
	if f.edit == nil {
		return text.Text{}, 0
	}
	runes, at := f.edit.text, f.edit.at
	switch {
	case f.secret:
		most := min(maxBullets, cells)
		return text.Clean(strings.Repeat(bullet, min(len(runes), most))), min(at, most)
	case !focused:
		return r.Truncate(text.Clean(string(runes)), cells), 0
	}
	// Begin so far left that all before the cursor fits. A character takes
	// seldom less than a cell, so there is no need to begin earlier than this.
	start := max(at-cells, 0)
	before := r.Width(text.Clean(string(runes[start:at])))
	for start < at && before > cells {
		start++
		before = r.Width(text.Clean(string(runes[start:at])))
	}
	return r.Truncate(text.Clean(string(runes[start:])), cells), before
}
