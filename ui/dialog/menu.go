package dialog

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/themes"
	"haul/ui/text"
)

// Item is a line of a menu.
type Item struct {
	// Name is what [Confirmed] has.
	Name string
	// Label is what is shown.
	Label string
}

// menu lets choose one of a list.
type menu struct {
	o      *Options
	title  string
	items  []Item
	at     int
	now    int // what holds so far, -1 for none
	scroll scroll
	closed bool
}

// NewMenu lets choose one of items. now is the one that holds already, and has
// the cursor; -1 for none.
func NewMenu(title string, items []Item, now int, o *Options) Dialog {
	return &menu{o: o, title: title, items: items, at: min(max(now, 0), max(len(items)-1, 0)), now: now}
}

func (d *menu) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed {
		return nil, nil
	}
	var r Result
	switch msg := msg.(type) {
	case Wheel:
		d.at = max(min(d.at+msg.Lines, len(d.items)-1), 0)
	case Click:
		if at := d.scroll.top + msg.Y; at < len(d.items) && msg.Y >= 0 {
			d.at, d.closed = at, true
			r = Confirmed{Choice: d.items[at].Name}
		}
	case tea.KeyPressMsg:
		r = d.press(msg)
	}
	return r, nil
}

func (d *menu) press(k tea.KeyPressMsg) (r Result) {
	page := max(d.scroll.height, 1)
	switch action, _ := d.o.Keys.Lookup(keymap.Dialog, k.String()); action {
	case keymap.Back:
		r = Closed{}
	case keymap.Press:
		if len(d.items) > 0 {
			r = Confirmed{Choice: d.items[d.at].Name}
		}
	case keymap.MoveDown, keymap.NextField:
		d.at++
	case keymap.MoveUp, keymap.PrevField:
		d.at--
	case keymap.MoveFirst:
		d.at = 0
	case keymap.MoveLast:
		d.at = len(d.items)
	case keymap.PageDown, keymap.HalfPageDown:
		d.at += page
	case keymap.PageUp, keymap.HalfPageUp:
		d.at -= page
	}
	d.at = max(min(d.at, len(d.items)-1), 0)
	d.closed = r != nil
	return r
}

func (d *menu) Draw(width, height int, full bool) Box {
	cells := width
	if !full {
		cells = fitting(width, d.cells())
	}
	p := newPage(d.o, cells, nil)
	for i, it := range d.items {
		d.item(p, i, it)
	}
	p.focusY = d.at
	d.scroll.fit(len(p.lines), height)
	if d.at < d.scroll.top {
		d.scroll.top = d.at
	} else if bottom := d.scroll.top + max(height, 1) - 1; d.at > bottom {
		d.scroll.top += d.at - bottom
	}
	hints := []keymap.Hint{
		{Keys: d.o.scrollKeys(), Text: "move", Priority: 2},
		d.o.hint(keymap.Dialog, keymap.Press, 1, "choose"),
		d.o.hint(keymap.Dialog, keymap.Back, 0, "back"),
	}
	return p.box(d.title, hints, d.scroll.top, height, full)
}

func (d *menu) item(p *page, i int, it Item) {
	g := d.o.Theme.Glyphs
	if i == d.at {
		p.put(themes.Accent, g.Cursor)
	}
	p.column(2)
	if i == d.now {
		p.put(themes.Accent, g.Bullet)
	}
	p.column(4)
	sgr := d.o.Theme.SGR(themes.Text)
	if i == d.at {
		sgr = d.o.Theme.Selected(themes.Text)
	}
	p.putText(sgr, text.Clean(it.Label))
	p.end()
}

// cells is as wide as the longest item and the hint need.
func (d *menu) cells() int {
	most := 36
	for _, it := range d.items {
		most = max(most, 4+d.o.cells(it.Label))
	}
	return most
}
