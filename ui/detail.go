package ui

import (
	"fmt"
	"strconv"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
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
func (n section) name() ours {
	return [sectionCount]ours{"overview", "segments", "headers", "redirects", "tls", "events"}[n]
}

func (n section) short() ours {
	return [sectionCount]ours{"o", "seg", "hdr", "redir", "tls", "ev"}[n]
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
	// single shows one section alone where there is room for all of them.
	single bool

	page int // lines that the last frame showed, for paging
	most int // the greatest scroll that makes sense
}

// open shows a transfer. Where a failure has no room in the list, it comes
// first.
func (d *detailScreen) open(r *model.Row, width, height int) {
	*d = detailScreen{id: r.ID, section: secSegments, follow: true}
	if r.Data { // its content is what it is about
		d.section, d.single = secOverview, true
	}
	if explained(r.State) {
		d.section = secEvents
		d.story = height < 20 || width < 72
	}
}

// atOnce tells whether a screen has room for all sections.
func atOnce(width, height int) bool { return width >= 110 && height >= 30 }

// draw draws the screen.
func (d *detailScreen) draw(s *scene, st *strips) {
	detail, ok := s.Detail(d.id)
	bottom, rules := s.height, 0
	if s.height >= 6 || st.speaks() {
		bottom--
	}
	if s.height >= 16 || d.story && s.height >= 10 {
		rules = 1
	}
	switch {
	case !ok:
		s.gap(1)
		s.say(themes.Subtle, phrases.ThisTransferWasTakenOffTheList)
		s.end()
	case d.story:
		d.drawStory(s, &detail)
	case atOnce(s.width, s.height) && !d.single:
		d.drawAll(s, st.find, &detail, bottom-rules)
	default:
		d.drawTabs(s, st.find, &detail, bottom-rules)
	}
	if bottom == s.height {
		return
	}
	s.truncate(s.height - 1 - rules)
	s.blank(s.height - 1 - rules)
	if rules > 0 {
		s.rule(text.Text{})
	}
	st.footer(s, keymap.Detail, d.id)
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
	s.sign(themes.Error, sign)
	s.gap(1)
	s.middle(themes.Text, text.Clean(detail.Name), s.room()-1)
	s.end()
	s.rule(text.Text{})
	before, after := phrases.Story(detail)
	words := before + detail.Host + after
	if detail.Done > 0 && detail.Size > 0 && detail.State == model.Failed {
		words += " after " + string(s.units.AppendPart(nil, detail.Done, detail.Size, " of "))
	}
	switch {
	case detail.Attempt == 0:
	case detail.Attempts == 0:
		words += fmt.Sprintf(", tried %d times", detail.Attempt)
	default:
		words += fmt.Sprintf(", tried %d/%d", detail.Attempt, detail.Attempts)
	}
	write := func(role themes.Role, t text.Text, most int) {
		for _, line := range s.folded(t, s.width-2, most) {
			s.gap(1)
			s.text(role, line)
			s.end()
		}
	}
	write(themes.Text, text.Clean(words), 3)
	const needed = 5 // what can be done, rule and hints
	if detail.Code != 0 {
		write(themes.Error, text.Clean(detail.Code.String()), 1)
	}
	write(themes.Error, text.Clean(detail.Reason), min(s.height-s.lines()-needed, 2))
	// Empty lines are for screens that have them to spare.
	if s.height-s.lines() > needed {
		s.end()
	}
	s.gap(1)
	s.say(themes.Subtle, "can continue: ")
	s.continuation(detail)
	s.end()
	if s.height-s.lines() > needed {
		s.end()
	}
	drawRemedies(s, keymap.Detail, detail, 3)
}

// stateLine is the state with the figures of a running transfer:
// "running 63%  21.4 MB/s".
func stateLine(s *scene, r *model.Row, gap int, eta bool) {
	role := roleOf(r)
	from := s.open(role)
	s.buf = appendState(s.buf, r, 14, false, s.now)
	s.shutTight(from)
	if r.Size >= 0 {
		s.gap(gap)
		from := s.open(themes.Text)
		s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
		s.shutTight(from)
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
		s.shutTight(from)
		s.say(themes.Subtle, " left")
	}
}

// drawTabs draws one section, with the names of all above it.
func (d *detailScreen) drawTabs(s *scene, f *finder, detail *model.Detail, bottom int) {
	r := &detail.Row
	if s.height < compactBelow {
		d.drawOneLineHead(s, r)
		d.drawSection(s, f, detail, bottom)
		return
	}
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
	if s.width < 50 && s.height >= 12 {
		s.gap(1)
		s.bar(barRole(r, roleOf(r)), s.width-16, units.Fraction(r.Done, r.Size))
		s.gap(1)
		from := s.open(themes.Text)
		s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
		s.shutTight(from)
		s.end()
		s.gap(1)
		s.part(themes.Text, r.Done, r.Size, "/")
		s.gap(2)
		if r.State == model.Running {
			s.shortFigures(r)
		} else {
			from := s.open(roleOf(r))
			s.buf = appendState(s.buf, r, 12, true, s.now)
			s.shutTight(from)
		}
		s.end()
	}
	s.truncate(bottom - 1)
	s.rule(text.Text{})
	d.drawSection(s, f, detail, bottom)
}

// compactBelow is the height below which one line has to do for name, figures
// and tabs.
const compactBelow = 8

// drawOneLineHead writes which section of which row this is, and how far it has
// come.
func (d *detailScreen) drawOneLineHead(s *scene, r *model.Row) {
	s.gap(1)
	from := s.x
	s.say(themes.Accent, "["+ours(rune('1'+d.section))+d.section.short()+"]")
	s.zone(from, keymap.NextSection)
	s.gap(1)
	name := text.Clean(r.Name)
	percent := 0
	if r.Size >= 0 {
		percent = 5
	}
	s.middle(themes.Text, name, min(s.ruler.Width(name), s.room()-percent-1))
	if percent > 0 {
		s.gap(1)
		from := s.open(themes.Text)
		s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
		s.shutTight(from)
	}
	s.end()
}

// shortFigures writes rate and remaining time in few cells.
func (s *scene) shortFigures(r *model.Row) {
	from := s.open(themes.Text)
	s.buf = append(s.units.AppendShort(s.buf, int64(r.Rate)), "/s"...)
	s.shutTight(from)
	if r.ETA >= 0 {
		s.gap(2)
		from := s.open(themes.Text)
		s.buf = units.AppendETA(s.buf, r.ETA)
		s.shutTight(from)
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
		name = ours(rune('1'+n)) + name
		from := s.x
		if n == d.section {
			s.say(themes.Accent, "["+name+"]")
		} else {
			s.say(themes.Subtle, name)
		}
		s.zone(from, sectionAction(n))
	}
	s.end()
}

// sectionAction shows a section.
func sectionAction(n section) keymap.Action {
	return [sectionCount]keymap.Action{
		keymap.Section1, keymap.Section2, keymap.Section3, keymap.Section4, keymap.Section5, keymap.Section6,
	}[n]
}

// drawSection draws the section that was chosen, and below the segments the
// last events, if there is room.
func (d *detailScreen) drawSection(s *scene, f *finder, detail *model.Detail, bottom int) {
	room := bottom - s.lines()
	if room <= 0 {
		return
	}
	if d.section == secEvents {
		_, event := f.lookAlso(0, nil, s.units, detail.Events)
		d.drawEvents(s, f, event, detail, room)
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
	events := detail.Events
	if tail == 0 {
		events = nil // they are not shown
	}
	found, event := f.lookAlso(len(lines), func(i int) string { return s.wordsOf(lines[i], s.width) }, s.units, events)
	d.scroll = f.scrolledTo(found, d.scroll, section)
	d.clampScroll(len(lines), section)
	top := s.lines()
	for i := d.scroll; i < min(len(lines), d.scroll+section); i++ {
		s.selected = i == found
		lines[i](s)
		s.end()
	}
	if tail == 0 {
		return
	}
	if s.width < 72 {
		s.end()
		d.drawEvents(s, f, event, detail, bottom-s.lines())
		return
	}
	s.blank(min(top+max(len(lines)+1, 6), bottom-4))
	n := bottom - s.lines() - 1
	s.rule(text.Clean("events (last " + strconv.Itoa(min(n, len(detail.Events))) + ")"))
	d.drawEvents(s, f, event, detail, n)
}

// act scrolls, or changes what is shown. all tells that there is room for all
// sections at once.
func (d *detailScreen) act(action keymap.Action, all bool) {
	switch action {
	case keymap.NextSection:
		d.turn(1, all)
	case keymap.PrevSection:
		d.turn(-1, all)
	case keymap.Section1:
		d.show(secOverview, all)
	case keymap.Section2:
		d.show(secSegments, all)
	case keymap.Section3:
		d.show(secHeaders, all)
	case keymap.Section4:
		d.show(secRedirects, all)
	case keymap.Section5:
		d.show(secTLS, all)
	case keymap.Section6:
		d.show(secEvents, all)
	case keymap.Follow:
		d.follow = !d.follow
	case keymap.Wrap:
		d.wrap = !d.wrap
	default:
		if d.section != secEvents || all && !d.single {
			d.scroll = scrolled(d.scroll, d.most, d.page, action)
			return
		}
		d.back = d.most - scrolled(d.most-d.back, d.most, d.page, action)
		d.follow = d.back == 0
	}
}

// turn goes to the next section or the one before. Where all have room at once,
// that is a place of its own between the last and the first.
func (d *detailScreen) turn(by section, all bool) {
	at := d.section + by
	switch {
	case !all:
		at = (at + sectionCount) % sectionCount
	case !d.single && by > 0:
		at = secOverview
	case !d.single:
		at = secEvents
	case at < 0 || at == sectionCount:
		d.single = false
		return
	}
	d.single = false // for show not to turn back
	d.show(at, all)
}

// show changes to a section. Where all have room at once it is shown alone, and
// all again by the same key.
func (d *detailScreen) show(n section, all bool) {
	switch {
	case d.story:
		d.story = false
		return
	case all && d.single && d.section == n:
		d.single = false
	case all:
		d.single = true
	}
	d.section, d.scroll = n, 0
}
