package ui

import (
	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// leastEvents is how many lines the events keep.
const leastEvents = 8

// drawAll draws all sections: what moves on top, segments, redirects and TLS
// on the left, headers on the right, events below.
func (d *detailScreen) drawAll(s *scene, f *finder, detail *model.Detail, bottom int) {
	r := &detail.Row
	s.gap(1)
	s.say(themes.Subtle, "transfers / ")
	name := text.Clean(r.Name)
	s.middle(themes.Text, name, min(s.ruler.Width(name), s.room()-46))
	m := s.mark()
	stateLine(s, r, 3, true)
	s.push(m, s.width-1)
	s.end()
	s.rule(text.Text{})
	barLine(s, r, false)
	s.end()
	ratesLine(s, detail)
	s.end()
	if r.Reason != "" {
		s.gap(2)
		s.text(themes.Warn, text.Clean(r.Reason))
	}
	s.end()
	if r.Insecure {
		s.gap(2)
		s.say(themes.Warn, phrases.TheServerWasAcceptedWithoutBeingVerified)
		s.end()
	}

	half := s.width / 2
	left := d.leftHalf(s, detail, half)
	right := sectionLines(s, secHeaders, detail, s.width-half, d.wrap)
	right = append(right, noLine, title("PHASES", keymap.Section1, text.Const(phrases.OfTheLatestAttempt)))
	right = append(right, waterfallLines(detail, s.width-half, s.now)...)
	room := bottom - s.lines() - 1 - leastEvents
	total := max(len(left), len(right))
	found, event := f.lookAlso(total, func(i int) string {
		words := ""
		if i < len(left) {
			words = s.wordsOf(left[i], half)
		}
		if i < len(right) {
			words += s.wordsOf(right[i], s.width-half)
		}
		return words
	}, s.units, detail.Events)
	d.scroll = f.scrolledTo(found, d.scroll, room)
	d.clampScroll(total, room)
	for i := range min(total, room) {
		at := i + d.scroll
		s.selected = at == found
		if at < len(left) {
			s.within(half-1, left[at])
		}
		s.to(half)
		s.sign(themes.Border, s.theme.Glyphs.Border.Left)
		if at < len(right) {
			s.shifted(half, right[at])
		}
		s.end()
	}
	follow := "follow: off"
	if d.follow {
		follow = "follow: on"
	}
	s.rule(text.Clean("DELEGATE EVENTS  " + follow))
	d.drawEvents(s, f, event, detail, bottom-s.lines())
}

// leftHalf is segments, redirects and TLS, one below the other.
func (d *detailScreen) leftHalf(s *scene, detail *model.Detail, width int) []line {
	lines := []line{title("SEGMENTS", keymap.Section2, text.Const(phrases.MapLegend)), noLine}
	lines = append(lines, segmentLines(s, detail, width, false)...)
	lines = append(lines, noLine, title("REDIRECT CHAIN", keymap.Section4, text.Text{}), noLine)
	lines = append(lines, redirectLines(s, detail, width, d.wrap)...)
	lines = append(lines, noLine, title("TLS", keymap.Section5, text.Text{}), noLine)
	return append(lines, tlsLines(s, detail, width)...)
}

// within writes a line that must not go beyond column x.
func (s *scene) within(x int, l line) {
	width := s.width
	s.width = min(x, width)
	l(s)
	s.width = width
}

// shifted writes a line whose column 0 is column x of the screen.
func (s *scene) shifted(x int, l line) {
	width := s.width
	s.width, s.x, s.origin = width-x, s.x-x, x
	l(s)
	s.width, s.x, s.origin = width, s.x+x, 0
}

// drawEvents draws the last events, or those before them after scrolling. On
// wide screens they run in two columns. found is the event that f has found, -1
// for none.
func (d *detailScreen) drawEvents(s *scene, f *finder, found int, detail *model.Detail, room int) {
	if room <= 0 {
		return
	}
	columns := 1
	if atOnce(s.width, s.height) {
		columns = 2
	}
	events := detail.Events
	if d.follow {
		d.back = 0
	}
	shown := room * columns
	most := max(len(events)-shown, 0)
	if found >= 0 {
		d.follow = false
		d.back = most - f.scrolledTo(found, most-d.back, shown)
	}
	d.back = max(min(d.back, most), 0)
	if d.section == secEvents && (columns == 1 || d.single) {
		d.page, d.most = room, most
	}
	end := len(events) - d.back
	found -= max(end-shown, 0)
	events = events[max(end-shown, 0):end]
	if len(events) == 0 {
		s.gap(2)
		s.say(themes.Subtle, phrases.NoEventsYet)
		s.end()
		return
	}
	rows := len(events)
	if columns == 2 {
		rows = (rows + 1) / 2
	}
	width := s.width / columns
	for i := range rows {
		s.selected = found >= 0 && found%rows == i && found < len(events)
		for c := range columns {
			at := i + c*rows
			if at >= len(events) {
				continue
			}
			s.to(c * width)
			s.within((c+1)*width-1, func(s *scene) { eventLine(s, c*width, events, at) })
		}
		s.end()
	}
}

// eventLine writes an event; the task is named where it changes.
func eventLine(s *scene, at int, events []model.Event, i int) {
	e := &events[i]
	if s.width-at < 50 {
		s.to(at + 1)
		s.clock(themes.Faint, e.Time, "15:04:05")
		s.gap(1)
		s.text(themes.Text, eventText(s.units, e))
		return
	}
	s.to(at + 2)
	s.clock(themes.Faint, e.Time, "15:04:05.000")
	s.to(at + 16)
	if e.Task != 0 && (i == 0 || events[i-1].Task != e.Task) {
		s.say(themes.Accent, "#")
		s.count(themes.Accent, int(e.Task))
	}
	s.to(max(at+19, s.x+1))
	s.text(themes.Text, eventText(s.units, e))
}
