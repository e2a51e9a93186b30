package dialog

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
)

// form is what dialogs with controls have in common: the ring of controls, of
// which one has the focus, and how far the page was scrolled away from it.
type form struct {
	o        *Options
	controls []control
	at       int
	// scrolled is by how many lines pgup and pgdown moved the page. Every
	// other key brings the focus back into sight.
	scrolled int
	// height is that of the last page drawn, top its first line in sight, spots
	// where its controls are.
	height, top int
	spots       []spot
}

func newForm(o *Options, controls ...control) form {
	return form{o: o, controls: controls}
}

func (f *form) focused() control { return f.controls[f.at] }

// focus gives a control the focus, if the form has it.
func (f *form) focus(c control) {
	for i := range f.controls {
		if f.controls[i] == c {
			f.at = i
		}
	}
}

// use changes the ring. The focus stays on its control, or goes to the first.
func (f *form) use(controls ...control) {
	c := f.focused()
	f.controls, f.at = controls, 0
	f.focus(c)
}

func (f *form) step(by int) { f.at = (f.at + by + len(f.controls)) % len(f.controls) }

// typing reports whether letters are text just now.
func (f *form) typing() bool { return f.focused().context() == keymap.Field }

// take gives a message to the control that has the focus and moves the focus.
// What is left for the dialog to do comes back: an action of the key map, or ""
// for nothing.
func (f *form) take(msg tea.Msg) keymap.Action {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		f.scrolled = 0
		f.focused().paste(msg.Content)
	case tea.KeyPressMsg:
		return f.press(msg)
	case Click:
		return f.click(msg)
	case Wheel:
		f.scrolled += msg.Lines
	}
	return ""
}

func (f *form) press(k tea.KeyPressMsg) keymap.Action {
	c := f.focused()
	action, _ := f.o.Keys.Lookup(c.context(), k.String()) // "" for none
	switch {
	case action == keymap.PageUp, action == "" && k.String() == "pgup":
		f.scrolled -= max(f.height-1, 1)
		return ""
	case action == keymap.PageDown, action == "" && k.String() == "pgdown":
		f.scrolled += max(f.height-1, 1)
		return ""
	}
	f.scrolled = 0
	if c.key(k, action) {
		return ""
	}
	switch action {
	case keymap.NextField, keymap.MoveDown:
		f.step(1)
	case keymap.PrevField, keymap.MoveUp:
		f.step(-1)
	default:
		return action
	}
	return ""
}

// layout is how much room a dialog takes.
type layout int

const (
	wide layout = iota
	medium
	small // the whole of a small screen
)

// margin is how much of the screen beside a box must stay in sight for the wide
// layout: the list goes on below.
const margin = 6

// compose fills a page with the roomiest layout that fits. wideCells and
// mediumCells are the widths of those layouts.
func (f *form) compose(width, height int, full bool, wideCells, mediumCells int, fill func(*page, layout)) (*page, layout) {
	if full {
		p := newPage(f.o, width, f.focused())
		fill(p, small)
		return p, small
	}
	if wideCells+margin <= width {
		p := newPage(f.o, wideCells, f.focused())
		if fill(p, wide); len(p.lines) <= height {
			return p, wide
		}
	}
	p := newPage(f.o, min(width, mediumCells), f.focused())
	fill(p, medium)
	return p, medium
}

// box ends a page: it cuts it to the height, around the focus or where the
// user has scrolled.
func (f *form) box(p *page, title string, hints []keymap.Hint, height int, full bool) Box {
	f.height = height
	if len(p.lines) > height {
		hints = append([]keymap.Hint{{Keys: "pgup pgdn", Text: "scroll", Priority: 1}}, hints...)
	}
	top := p.topFor(height)
	most := max(len(p.lines)-height, 0)
	f.scrolled = min(max(top+f.scrolled, 0), most) - top
	f.top, f.spots = top+f.scrolled, p.spots
	return p.box(title, hints, top+f.scrolled, height, full)
}
