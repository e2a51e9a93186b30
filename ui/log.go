package ui

import (
	"strconv"
	"time"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// logLines is how many entries the log keeps.
const logLines = 500

// entry is a line of the log.
type entry struct {
	at   time.Time
	role themes.Role
	name text.Text // of the transfer
	text text.Text
}

// logScreen is a list of what has happened, that scrolls. One is the log of the
// program: the latest delegate calls of all transfers, but progress, and what
// haul itself has said. The other is the history, see history.go.
type logScreen struct {
	title   ours
	clock   string    // layout of the time
	short   string    // and on narrow screens
	empty   text.Text // why there are no entries
	follows bool      // there is a newest one to follow
	wide    bool      // names are there on narrow screens too
	entries []entry
	top     int  // of the lines shown
	newest  bool // the end stays in sight
	page    int
}

// add appends an entry; the oldest goes when there are too many.
func (l *logScreen) add(e entry) {
	if len(l.entries) >= logLines {
		n := copy(l.entries, l.entries[1:])
		l.entries = l.entries[:n]
		l.top = max(l.top-1, 0)
	}
	l.entries = append(l.entries, e)
}

// act scrolls.
func (l *logScreen) act(action keymap.Action) {
	l.top = scrolled(l.top, max(len(l.entries)-l.page, 0), l.page, action)
	l.newest = l.top >= len(l.entries)-l.page
}

// scrolled is the first line shown after an action.
func scrolled(top, most, page int, action keymap.Action) int {
	page = max(page, 1)
	switch action {
	case keymap.MoveUp:
		top--
	case keymap.MoveDown:
		top++
	case keymap.MoveFirst:
		top = 0
	case keymap.MoveLast:
		top = most
	case keymap.HalfPageUp:
		top -= max(page/2, 1)
	case keymap.HalfPageDown:
		top += max(page/2, 1)
	case keymap.PageUp:
		top -= page
	case keymap.PageDown:
		top += page
	}
	return max(min(top, most), 0)
}

// draw draws the screen.
func (l *logScreen) draw(s *scene, st *strips) {
	s.gap(1)
	s.say(themes.Accent, l.title)
	m := s.mark()
	s.count(themes.Subtle, len(l.entries))
	s.say(themes.Subtle, " entries")
	s.push(m, s.width-1)
	s.end()
	if s.height >= 6 {
		s.rule(text.Text{})
	}
	l.page = s.height - s.lines()
	footer := s.height >= 6 || st.speaks()
	if footer {
		l.page--
	}
	most := max(len(l.entries)-l.page, 0)
	found := st.find.look(len(l.entries), func(i int) string { return l.entries[i].name.String() + " " + l.entries[i].text.String() })
	if found >= 0 {
		l.newest = false
		l.top = st.find.scrolledTo(found, l.top, l.page)
	}
	if l.newest {
		l.top = most
	}
	l.top = min(l.top, most)
	if len(l.entries) == 0 {
		for _, line := range s.folded(l.empty, s.width-2, max(l.page, 0)) {
			s.gap(1)
			s.text(themes.Subtle, line)
			s.end()
		}
	}
	for i := l.top; i < min(l.top+l.page, len(l.entries)); i++ {
		e := &l.entries[i]
		s.selected = i == found
		s.gap(1)
		clock := l.clock
		if s.width < 50 && l.wide || s.width < 30 {
			clock = l.short
		}
		s.clock(themes.Faint, e.at, clock)
		s.gap(2)
		if s.width >= 50 || l.wide {
			s.middle(themes.Text, e.name, min(28, s.width/3))
			s.gap(2)
		}
		s.text(e.role, e.text)
		s.end()
	}
	if !footer {
		return
	}
	s.truncate(s.height - 1)
	s.blank(s.height - 1)
	if st.speaks() {
		st.footer(s, keymap.Detail, 0)
		return
	}
	hints := []keymap.Hint{
		{Keys: string(s.key(keymap.Detail, keymap.Back)), Text: "back"},
		{Keys: string(s.key(keymap.Detail, keymap.MoveDown) + " " + s.key(keymap.Detail, keymap.MoveUp)), Text: "scroll", Priority: 1},
		{Keys: string(s.key(keymap.Detail, keymap.Find)), Text: "find", Priority: 2},
	}
	if l.follows {
		hints = append(hints, keymap.Hint{Keys: string(s.key(keymap.Detail, keymap.Follow)), Text: "follow", Priority: 3})
	}
	drawHints(s, hints)
}

// news takes the model's events into the log, and says what has failed.
func (a *App) news() {
	for _, e := range a.model.TakeEvents() {
		if e.Progress() {
			continue
		}
		r, ok := a.model.Row(e.Row)
		line := entry{at: e.Time, role: themes.Subtle, name: text.Clean(r.Name), text: eventText(a.scene.units, &e)}
		if ok && e.Name == "DidComplete" {
			a.herald.noteEnd(&r)
			if explained(r.State) {
				line.role = themes.Error
				a.failed(&r)
			}
		}
		a.log.add(line)
		if a.screen == screenLog {
			a.touch()
		}
	}
}

// failed says that a transfer has failed, where nobody looks at it already.
func (a *App) failed(r *model.Row) {
	if a.leaving || a.screen == screenDetail && a.detail.id == r.ID {
		return
	}
	sign, _ := signOf(&a.glyphs, r.State)
	words := sign + " " + r.Name + " " + phrases.State(r.State)
	switch {
	case r.State == model.Refused && r.Status > 0:
		words += " " + strconv.Itoa(r.Status)
	case r.Code != 0:
		words += ": " + r.Code.String()
	}
	if r.Resumable && r.Done > 0 {
		words += ", can continue"
	}
	if r.State == model.Expired {
		words += ".  " + a.key(keymap.EditURL) + " fresh URL"
	} else {
		words += ".  " + a.key(keymap.Retry) + " retry"
	}
	a.say(themes.Error, phrases.Problem, words)
}
