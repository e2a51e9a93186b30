package dialog

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// help shows the keys of a screen.
type help struct {
	o       *Options
	context keymap.Context
	find    *field // nil while nothing is looked for
	scroll  scroll
	closed  bool
}

// NewHelp shows the keys of context as the map has them, and what the signs
// mean. / looks for a key or a word.
func NewHelp(context keymap.Context, o *Options) Dialog { return &help{o: o, context: context} }

func (d *help) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed {
		return nil, nil
	}
	if w, ok := msg.(Wheel); ok {
		d.scroll.by(w.Lines)
		return nil, nil
	}
	if d.find != nil {
		d.updateFind(msg)
		return nil, nil
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	switch action, _ := d.o.Keys.Lookup(keymap.Dialog, k.String()); action {
	case keymap.Back, keymap.Help:
		d.closed = true
		return Closed{}, nil
	case keymap.Find:
		d.find = newField("")
		d.scroll.top = 0
	default:
		d.scroll.act(action)
	}
	return nil, nil
}

// updateFind edits what is looked for. esc stops looking.
func (d *help) updateFind(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		d.find.paste(msg.Content)
	case tea.KeyPressMsg:
		action, _ := d.o.Keys.Lookup(keymap.Field, msg.String())
		switch key := msg.String(); {
		case action == keymap.Back:
			d.find = nil
		case action != "":
		case key == "up":
			d.scroll.act(keymap.MoveUp)
		case key == "down":
			d.scroll.act(keymap.MoveDown)
		case key == "pgup":
			d.scroll.act(keymap.PageUp)
		case key == "pgdown":
			d.scroll.act(keymap.PageDown)
		default:
			d.find.key(msg, action)
			d.scroll.top = 0
		}
	}
}

func (d *help) Draw(width, height int, full bool) Box {
	cells, l := width, small
	if !full {
		cells, l = fitting(width, 110, 74), medium
		if cells == 110 {
			l = wide
		}
	}
	p := newPage(d.o, cells, nil)
	title := "Help: " + string(d.context)
	switch {
	case d.find != nil:
		return d.drawFound(p, title, height, full)
	case l == wide:
		title = fmt.Sprintf(phrases.HelpTitle, d.context)
		d.columns(p, true, 30, 42, 38)
	case l == medium && cells == 74:
		d.columns(p, false, 34, 40)
	default:
		d.list(p, "")
	}
	d.legend(p, l)
	d.scroll.fit(len(p.lines), height)
	scroll := keymap.Hint{Keys: d.o.scrollKeys(), Text: "scroll", Priority: 2}
	if d.scroll.overflows() {
		if full {
			part := d.scroll.part()
			title += strings.Repeat(" ", max(p.width-len(title)-len(part), 2)) + part
		} else {
			scroll.Text += " " + d.scroll.part()
		}
	}
	hints := []keymap.Hint{
		scroll,
		d.o.hint(keymap.Dialog, keymap.Find, 1, phrases.FindAKey),
		{Keys: d.o.hint(keymap.Dialog, keymap.Help, 0, "").Keys + " or " + d.o.hint(keymap.Dialog, keymap.Back, 0, "").Keys, Text: "close"},
	}
	if full {
		hints[1].Text = "find"
		hints[2] = d.o.hint(keymap.Dialog, keymap.Back, 0, "close")
	}
	return p.box(title, hints, d.scroll.top, height, full)
}

// columns writes the groups beside each other, the next ones below. The last
// one has the rest of the width.
func (d *help) columns(p *page, air bool, widths ...int) {
	groups := d.o.Keys.Help(d.context, d.o.symbols())
	for len(groups) > 0 {
		row := groups[:min(len(widths), len(groups))]
		groups = groups[len(row):]
		var columns [][]helpLine
		longest := 0
		for i, g := range row {
			room := widths[i] - 1
			if i == len(row)-1 {
				room = p.width - sum(widths[:i])
			}
			columns = append(columns, d.groupLines(g, room))
			longest = max(longest, len(columns[i]))
			p.column(sum(widths[:i]))
			p.put(themes.Accent, g.Title)
		}
		p.end()
		if air {
			p.end()
		}
		for n := range longest {
			for i, c := range columns {
				if n < len(c) {
					p.column(sum(widths[:i]))
					c[n].put(p)
				}
			}
			p.end()
		}
		if len(groups) > 0 {
			p.end()
		}
	}
}

func sum(widths []int) int {
	n := 0
	for _, w := range widths {
		n += w
	}
	return n
}

// helpLine is a line of a column: keys in so many cells, and what they do.
type helpLine struct {
	keys  text.Text
	cells int
	text  text.Text
}

func (h helpLine) put(p *page) {
	x := p.cells
	p.putText(p.o.Theme.SGR(themes.Accent), h.keys)
	p.column(x + h.cells + 1)
	p.putText(p.o.Theme.SGR(themes.Text), h.text)
}

// groupLines are the rows of a group, many keys and long texts on more than one
// line.
func (d *help) groupLines(g keymap.Group, room int) []helpLine {
	const least, most = 10, 13
	r := d.o.Ruler
	cells := least
	for _, row := range g.Rows {
		cells = max(cells, min(d.o.cells(d.keysOf(row)), most))
	}
	cells = min(cells, room/2)
	var lines []helpLine
	for _, row := range g.Rows {
		keys := r.Wrap(text.Clean(d.keysOf(row)), cells)
		words := r.Wrap(text.Clean(row.Text), room-cells-1)
		for i := range max(len(keys), len(words)) {
			h := helpLine{cells: cells}
			if i < len(keys) {
				h.keys = keys[i]
			}
			if i < len(words) {
				h.text = words[i]
			}
			lines = append(lines, h)
		}
	}
	return lines
}

// keysOf are the keys of a row, with the sign of a change.
func (d *help) keysOf(r keymap.Row) string {
	if r.Changed {
		return r.Keys + d.o.Theme.Glyphs.Changed
	}
	return r.Keys
}

// list writes all rows below each other, those that have find in them.
func (d *help) list(p *page, find string) {
	var all keymap.Group
	for _, g := range d.o.Keys.Help(d.context, d.o.symbols()) {
		for _, r := range g.Rows {
			if find == "" || hasWord(r, find) {
				all.Rows = append(all.Rows, r)
			}
		}
	}
	for _, h := range d.groupLines(all, p.width-1) {
		p.column(1)
		h.put(p)
		p.end()
	}
}

// hasWord looks for a key, as it stands, or a part of the text in either case.
func hasWord(r keymap.Row, find string) bool {
	for _, k := range strings.Fields(r.Keys) {
		if k == find {
			return true
		}
	}
	return strings.Contains(strings.ToLower(r.Text), strings.ToLower(find))
}

// legend says what the signs mean: of every state the list's own sign, and what
// stands around it.
func (d *help) legend(p *page, l layout) {
	g := d.o.Theme.Glyphs
	p.end()
	states := []string{g.Running + " running", g.Paused + " paused"}
	if g.Held == g.Paused {
		states[1] += ", held"
	} else {
		states = append(states, g.Held+" held")
	}
	states = append(states,
		g.Queued+" queued", g.Asks+" asks you", g.Retry+phrases.WaitsToRetry, g.Done+" done",
		g.Failed+phrases.FailedInAnyWay, g.Alert+" expired",
		g.Running+g.Ellipsis+phrases.PausingOrCancelling, g.Paused+g.Ellipsis+" resuming",
	)
	signs := []string{
		g.Cursor + " cursor", g.Mark + " marked", g.Alert + phrases.BesideAStateNotVerified,
		g.Alert + phrases.AboveTheListQuestions, "+ -" + phrases.MoreOrLessUrgent,
		g.SortDown + " " + g.SortUp + phrases.SortedByThisColumn,
	}
	changed := phrases.MappedKeysAreShown + g.Changed + phrases.HaulHelpListsTheFlags
	x := 9
	if l == small {
		x = 1
		p.say(themes.Subtle, " STATES")
	} else {
		p.label("States", x)
	}
	p.apart(themes.Text, states, x, 2)
	if l != small {
		p.label("Signs", x)
	}
	p.apart(themes.Text, signs, x, 3)
	if l != small {
		p.label("Changed", x)
	}
	p.wrap(themes.Text, changed, x, 4)
}

// drawFound shows the field and the rows that match.
func (d *help) drawFound(p *page, title string, height int, full bool) Box {
	d.list(p, d.find.value())
	if len(p.lines) == 0 {
		p.say(themes.Subtle, phrases.NoKeyDoesThatHere)
	}
	found := p.lines
	head := newPage(d.o, p.width, d.find)
	head.label("find", 5)
	head.field(d.find, 30, "_")
	head.end()
	room := max(height-len(head.lines), 0)
	d.scroll.fit(len(found), room)
	head.lines = append(head.lines, found[d.scroll.top:min(d.scroll.top+room, len(found))]...)
	hints := []keymap.Hint{
		{Keys: d.o.symbols().Down + " " + d.o.symbols().Up, Text: "scroll", Priority: 1},
		d.o.hint(keymap.Field, keymap.Back, 0, "all keys"),
	}
	return head.box(title, hints, 0, height, full)
}
