package ui

import (
	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// listScreen is the list of transfers with the strips around it.
type listScreen struct {
	top  int // position of the first row shown
	pane bool
	// focus gives the keys that move to the pane, of which scroll is the first
	// line shown. of is the row that it was scrolled for.
	focus        bool
	scroll, most int
	of           model.RowID
	calm         calm
	rows         []model.Row // those shown, used again for each frame
}

// draw draws the whole screen.
func (l *listScreen) draw(s *scene, strip *strips) layout {
	position, id := s.Cursor()
	current, ok := s.Row(id)
	failed := ok && explained(current.State)
	if id != l.of {
		l.of, l.scroll = id, 0
	}
	lay := layoutFor(s.width, s.height, l.pane, failed, len(s.theme.Glyphs.Spark) > 0, s.units)
	if !lay.footer && strip.speaks() {
		lay.footer = true
		lay.list.n--
	}
	if lay.oneLine {
		if lay.footer {
			strip.footer(s, keymap.List, id)
		} else {
			strip.counts(s)
			s.end()
		}
		return lay
	}
	strip.header(s)
	if lay.banner {
		strip.banner(s, lay)
	}
	if s.totals.Rows == 0 {
		drawEmpty(s, lay)
	} else {
		if lay.columnHeader {
			drawColumnHeader(s, lay)
		}
		l.drawRows(s, lay, position)
		s.blank(lay.list.last())
		if lay.pane.shows() {
			l.drawPane(s, lay, id, failed)
			s.truncate(lay.pane.last())
			s.blank(lay.pane.last())
		}
		if lay.rule {
			s.rule(text.Text{})
		}
		if lay.status {
			strip.status(s)
		}
	}
	if lay.footer {
		strip.footer(s, keymap.List, id)
	}
	return lay
}

// follow moves the first row so that the cursor is among those shown.
func (l *listScreen) follow(position, length, lines int) {
	if position < l.top {
		l.top = position
	}
	if position >= l.top+lines {
		l.top = position - lines + 1
	}
	l.top = max(min(l.top, length-lines), 0)
}

func (l *listScreen) drawRows(s *scene, lay layout, position int) {
	length := s.Len()
	if length == 0 {
		words := "Nothing matches. " + s.named(keymap.List, phrases.ClearTheFilterOrShowAll)
		for _, line := range s.folded(text.Clean(string(words)), s.width-5, lay.list.n) {
			s.gap(4)
			s.text(themes.Subtle, line)
			s.end()
		}
		return
	}
	l.follow(position, length, lay.list.n)
	l.rows = s.Rows(l.rows[:0], l.top, lay.list.n)
	for i := range l.rows {
		r := &l.rows[i]
		l.calm.row(r, s.now)
		s.selected = l.top+i == position
		drawRow(s, &lay.columns, r)
		s.end()
	}
}

// drawColumnHeader names the columns; the one that the list is sorted by has
// an arrow.
func drawColumnHeader(s *scene, lay layout) {
	c := &lay.columns
	key, rev := s.Sort()
	const none = model.SortKey(-1)
	head := func(col span, name ours, right bool, k model.SortKey) {
		if !col.shows() {
			return
		}
		if k == key {
			name += ours(sortArrow(&s.theme.Glyphs, key, rev))
		}
		at := col.at
		if right {
			at = col.last() - name.cells() // the arrow may stand in the gap
		}
		s.to(max(at, s.x))
		from := s.x
		s.say(themes.Subtle, name)
		if k != none {
			s.zones = append(s.zones, zone{y: s.lines(), from: from, to: s.x, sort: k, sorts: true})
		}
	}
	head(c.name, "NAME", false, model.SortName)
	head(c.size, "SIZE", true, model.SortSize)
	head(c.done, "DONE", true, model.SortDone)
	head(c.bar, "PROGRESS", false, none)
	head(c.rate, "RATE", true, model.SortRate)
	head(c.spark, "LAST 60 S", false, none)
	head(c.eta, "ETA", true, model.SortETA)
	switch c.shared {
	case stateOrETA:
		head(c.state, "ETA", true, model.SortETA)
	case stateOrRate:
		head(c.state, "RATE", true, model.SortRate)
	default:
		head(c.state, "STATE", false, model.SortState)
	}
	head(c.host, "HOST", false, model.SortHost)
	s.end()
}

// sortArrow points down where the largest comes first. Quantities begin with
// it, everything else with the smallest.
func sortArrow(g *themes.Glyphs, k model.SortKey, rev bool) string {
	largest := k == model.SortSize || k == model.SortDone || k == model.SortRate
	if largest != rev {
		return g.SortDown
	}
	return g.SortUp
}

// drawRow draws a line of the list, as far as its columns show.
func drawRow(s *scene, c *columns, r *model.Row) {
	g := &s.theme.Glyphs
	role := roleOf(r)
	plain := themes.Text
	if r.State == model.Queued || r.State == model.Cancelled {
		plain = themes.Subtle
	}

	switch {
	case s.selected:
		s.sign(themes.Accent, g.Cursor)
	case c.mark < 0 && r.Marked:
		s.sign(themes.Accent, g.Mark)
	default:
		s.gap(1)
	}
	if c.mark >= 0 && r.Marked {
		s.to(c.mark)
		s.sign(themes.Accent, g.Mark)
	}
	sign, moving := signOf(g, r.State)
	s.to(c.sign)
	s.sign(role, sign)
	switch {
	case moving:
		s.sign(role, g.Ellipsis)
	case r.Insecure:
		s.sign(themes.Warn, g.Alert)
	}
	s.to(c.name.at)
	s.middle(plain, s.names.of(r), c.name.n)

	if c.size.shows() {
		s.to(c.size.at)
		from := s.open(plain)
		s.buf = s.units.AppendBytes(s.buf, r.Size)
		s.shut(from, c.size.n)
	}
	s.to(c.done.at)
	from := s.open(plain)
	s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
	s.shut(from, c.done.n)
	if c.bar.shows() {
		s.to(c.bar.at)
		s.bar(barRole(r, role), c.bar.n, units.Fraction(r.Done, r.Size))
	}
	running := r.State == model.Running
	if c.rate.shows() && running && r.Rate > 0 {
		s.to(c.rate.at)
		from := s.open(plain)
		s.buf = s.units.AppendRate(s.buf, int64(r.Rate))
		s.shut(from, c.rate.n)
	}
	if c.spark.shows() && running {
		s.curve = s.Spark(s.curve[:0], r.ID)
		s.to(c.spark.at)
		s.spark(themes.Accent, c.spark.n, s.curve)
	}
	if c.eta.shows() {
		drawETA(s, c.eta, r, plain)
	}
	drawState(s, c, r, role)
	if c.host.shows() {
		hostRole := themes.Subtle
		if r.Insecure {
			hostRole = themes.Warn
		}
		s.to(c.host.at)
		s.left(hostRole, text.Clean(r.Host), c.host.n)
	}
}

// barRole is the colour of the full part of a bar.
func barRole(r *model.Row, state themes.Role) themes.Role {
	if r.State == model.Running {
		return themes.Bar
	}
	return state
}

// rowName is the name of a row with what it is, if that is no download.
func rowName(r *model.Row) text.Text {
	if r.Upload {
		return text.Clean(r.Name + " (upload)")
	}
	if r.Data {
		return text.Clean(r.Name + " (data)")
	}
	return text.Clean(r.Name)
}

// drawETA writes the time that is left, or the time until a retry.
func drawETA(s *scene, col span, r *model.Row, role themes.Role) {
	s.to(col.at)
	from := s.open(role)
	switch {
	case r.State == model.Retrying && !waitsForNetwork(r):
		s.buf = units.AppendDuration(s.buf, until(r.RetryAt, s.now))
	case r.State == model.Running && (r.ETA >= 0 || r.Size < 0):
		s.buf = units.AppendETA(s.buf, r.ETA)
	}
	s.shut(from, col.n)
}

// drawState writes the state, or what shares its column.
func drawState(s *scene, c *columns, r *model.Row, role themes.Role) {
	if !c.state.shows() {
		return
	}
	running := r.State == model.Running
	switch {
	case c.shared == stateOrETA && running:
		drawETA(s, c.state, r, themes.Text)
		return
	case c.shared == stateOrRate && running && r.Rate > 0:
		s.to(c.state.at)
		from := s.open(themes.Text)
		s.buf = s.units.AppendShortRate(s.buf, int64(r.Rate))
		s.shut(from, c.state.n)
		return
	}
	s.to(c.state.at)
	from := s.open(role)
	s.buf = appendState(s.buf, r, c.state.n, c.shared == stateOrETA, s.now)
	if c.shared == stateAlone {
		s.shut(from, min(len(s.buf)-from, c.state.n))
	} else {
		s.shut(from, c.state.n)
	}
}
