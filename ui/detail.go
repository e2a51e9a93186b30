package ui

import (
	"strconv"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/text"
	"haul/ui/units"
)

// section is a part of the detail screen.
type section int

const (
	secOverview section = iota
	secSegments
	secHeaders
	secRedirects
	secTLS
	secEvents
	sectionCount
)

// name and short are what a section is called in the tabs.
func (n section) name() string {
	return [sectionCount]string{"overview", "segments", "headers", "redirects", "tls", "events"}[n]
}

func (n section) short() string {
	return [sectionCount]string{"o", "seg", "hdr", "redir", "tls", "ev"}[n]
}

// detailScreen is everything about one transfer: all sections at once where
// there is room, else one at a time.
type detailScreen struct {
	id      model.RowID
	section section
	wrap    bool
	// scroll is the first line shown of the section (of the left half, where
	// all are shown).
	scroll int
	// follow keeps the end of the events in sight; else back is how many lines
	// before the end they stop.
	follow bool
	back   int
	// story tells that a failure is explained first, on small screens.
	story bool

	page int // lines that the last frame showed, for paging
	most int // the greatest scroll that makes sense
}

// open shows a transfer. Where a failure has no room in the list, it comes
// first.
func (d *detailScreen) open(r *model.Row, width, height int) {
	*d = detailScreen{id: r.ID, section: secSegments, follow: true}
	if height < 20 || width < 72 {
		d.section = secOverview
		d.story = explained(r.State)
	}
	if explained(r.State) {
		d.section = secEvents
	}
}

// atOnce tells whether a screen has room for all sections.
func atOnce(width, height int) bool { return width >= 110 && height >= 30 }

// draw draws the screen.
func (d *detailScreen) draw(s *scene, st *strips) {
	detail, ok := s.Detail(d.id)
	bottom := s.height
	if s.height >= 6 {
		bottom--
	}
	switch {
	case !ok:
		s.gap(1)
		s.say(themes.Subtle, "This transfer was taken off the list.")
		s.end()
	case d.story:
		d.drawStory(s, &detail)
	case atOnce(s.width, s.height):
		bottom--
		d.drawAll(s, &detail, bottom)
		s.truncate(bottom)
		s.blank(bottom)
		s.rule(text.Text{})
	default:
		d.drawTabs(s, &detail, bottom)
	}
	if bottom == s.height {
		return
	}
	s.truncate(s.height - 1)
	s.blank(s.height - 1)
	st.footer(s, keymap.Detail)
}

// clampScroll keeps scrolling inside of what there is.
func (d *detailScreen) clampScroll(total, page int) {
	d.page, d.most = page, max(total-page, 0)
	d.scroll = max(min(d.scroll, d.most), 0)
}

// drawStory explains a failure on a screen that has no room for a pane.
func (d *detailScreen) drawStory(s *scene, detail *model.Detail) {
	s.gap(1)
	sign, _ := signOf(&s.theme.Glyphs, detail.State)
	s.say(themes.Error, sign+" ")
	s.middle(themes.Text, text.Clean(detail.Name), s.room()-1)
	s.end()
	s.rule(text.Text{})
	before, after := storyWords(detail)
	for _, line := range s.ruler.Wrap(text.Clean(before+detail.Host+after), s.width-2) {
		s.gap(1)
		s.text(themes.Text, line)
		s.end()
	}
	if detail.Done > 0 && detail.State == model.Failed {
		s.gap(1)
		s.say(themes.Text, "after ")
		s.part(themes.Text, detail.Done, detail.Size, " of ")
		if detail.Attempt > 0 {
			s.say(themes.Text, ", tried ")
			s.count(themes.Text, detail.Attempt)
			s.say(themes.Text, " of ")
			s.count(themes.Text, detail.Attempts)
		}
		s.end()
	}
	for _, line := range s.ruler.Wrap(errorText(detail), s.width-2) {
		s.gap(1)
		s.text(themes.Error, line)
		s.end()
	}
	s.end()
	s.gap(1)
	s.say(themes.Subtle, "can continue: ")
	s.continuation(detail)
	s.end()
	s.end()
	drawRemedies(s, detail, 3)
}

// stateLine is the state with the figures of a running transfer:
// "running 63%  21.4 MB/s".
func stateLine(s *scene, r *model.Row, gap int, eta bool) {
	role := roleOf(r)
	from := s.open(role)
	s.buf = appendState(s.buf, r, 14, false, s.now)
	s.shutTight(role, from)
	if r.Size >= 0 {
		s.gap(gap)
		from := s.open(themes.Text)
		s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
		s.shutTight(themes.Text, from)
	}
	if r.State != model.Running {
		return
	}
	s.gap(max(gap, 2))
	s.rate(themes.Text, r.Rate)
	if eta && r.ETA >= 0 {
		s.gap(gap)
		from := s.open(themes.Text)
		s.buf = units.AppendETA(s.buf, r.ETA)
		s.shutTight(themes.Text, from)
		s.say(themes.Subtle, " left")
	}
}

// drawTabs draws one section, with the names of all above it.
func (d *detailScreen) drawTabs(s *scene, detail *model.Detail, bottom int) {
	r := &detail.Row
	s.gap(1)
	name := text.Clean(r.Name)
	if s.width >= 50 {
		s.middle(themes.Text, name, min(s.ruler.Width(name), s.room()-36))
		m := s.mark()
		stateLine(s, r, 1, false)
		s.push(m, s.width-1)
	} else {
		s.middle(themes.Text, name, min(s.ruler.Width(name), s.room()-1))
	}
	s.end()
	d.drawTabNames(s)
	if s.width < 50 {
		s.gap(1)
		s.bar(barRole(r, roleOf(r)), s.width-16, units.Fraction(r.Done, r.Size))
		s.gap(1)
		from := s.open(themes.Text)
		s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
		s.shutTight(themes.Text, from)
		s.end()
		s.gap(1)
		s.part(themes.Text, r.Done, r.Size, "/")
		s.gap(2)
		if r.State == model.Running {
			s.shortFigures(r)
		} else {
			from := s.open(roleOf(r))
			s.buf = appendState(s.buf, r, 12, true, s.now)
			s.shutTight(roleOf(r), from)
		}
		s.end()
	}
	s.truncate(bottom - 1)
	s.rule(text.Text{})
	d.drawSection(s, detail, bottom)
}

// shortFigures writes rate and remaining time in few cells.
func (s *scene) shortFigures(r *model.Row) {
	from := s.open(themes.Text)
	s.buf = append(s.units.AppendShort(s.buf, int64(r.Rate)), "/s"...)
	s.shutTight(themes.Text, from)
	if r.ETA >= 0 {
		s.gap(2)
		from := s.open(themes.Text)
		s.buf = units.AppendETA(s.buf, r.ETA)
		s.shutTight(themes.Text, from)
	}
}

// drawTabNames writes the sections, the one shown in brackets.
func (d *detailScreen) drawTabNames(s *scene) {
	s.gap(1)
	for n := range sectionCount {
		name, gap := " "+n.name(), 2
		if s.width < 72 {
			name, gap = n.short(), 1
		}
		if n > 0 {
			s.gap(gap)
		}
		name = string(rune('1'+n)) + name
		if n == d.section {
			s.say(themes.Accent, "["+name+"]")
		} else {
			s.say(themes.Subtle, name)
		}
	}
	s.end()
}

// drawSection draws the section that was chosen, and below the segments the
// last events, if there is room.
func (d *detailScreen) drawSection(s *scene, detail *model.Detail, bottom int) {
	room := bottom - s.lines()
	if room <= 0 {
		return
	}
	if d.section == secEvents {
		d.drawEvents(s, detail, room)
		return
	}
	section, tail := room, 0
	if d.section != secHeaders && room >= 6 {
		tail = room / 2
	}
	lines := sectionLines(s, d.section, detail, s.width, d.wrap)
	if tail > 0 {
		section = min(max(len(lines)+1, room-tail), room-3)
		if len(lines) > section {
			section, tail = room, 0
		}
	}
	d.clampScroll(len(lines), section)
	top := s.lines()
	for _, line := range lines[d.scroll:min(len(lines), d.scroll+section)] {
		line(s)
		s.end()
	}
	if tail == 0 {
		return
	}
	if s.width < 72 {
		s.end()
		d.drawEvents(s, detail, bottom-s.lines())
		return
	}
	s.blank(min(top+max(len(lines)+1, 6), bottom-4))
	n := bottom - s.lines() - 1
	s.rule(text.Clean("events (last " + strconv.Itoa(min(n, len(detail.Events))) + ")"))
	d.drawEvents(s, detail, n)
}
