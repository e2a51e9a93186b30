package ui

import (
	"crypto/tls"
	"strconv"
	"strings"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// drawPane draws the preview of a row under the list, with its title.
func (l *listScreen) drawPane(s *scene, lay layout, id model.RowID, failed bool) {
	d, ok := s.Detail(id)
	if !ok {
		return
	}
	if l.focus {
		l.drawWhole(s, lay, &d)
		return
	}
	name := text.Clean(d.Name)
	if failed {
		s.rule(text.Clean(d.Name + " " + phrases.State(d.State)))
		if lay.pane.n > errorPaneHeight+1 {
			drawFailure(s, &d)
		} else {
			drawShortFailure(s, &d)
		}
		return
	}
	s.rule(name)
	drawPreview(s, &d)
}

// drawWhole draws all that there is to say about a row into the pane that has
// the focus, from where it was scrolled to.
func (l *listScreen) drawWhole(s *scene, lay layout, d *model.Detail) {
	keys := s.key(keymap.List, keymap.MoveDown) + " " + s.key(keymap.List, keymap.MoveUp) + " scroll, " +
		s.key(keymap.List, keymap.Back) + phrases.BackToTheList
	s.rule(text.Concat(s.ruler.TruncateMiddle(text.Clean(d.Name), max(s.width-keys.cells()-12, 8)), text.Const("   "), text.Clean(string(keys))))
	var lines []line
	for n := range sectionCount {
		if n == secEvents {
			continue
		}
		if n == secSegments || n == secTLS || n == secRedirects {
			lines = append(lines, noLine, title(ours(strings.ToUpper(string(n.name()))), sectionAction(n), text.Text{}))
		} else if n != secOverview {
			lines = append(lines, noLine)
		}
		lines = append(lines, sectionLines(s, n, d, s.width, true)...)
	}
	room := lay.pane.n - 1
	l.most = max(len(lines)-room, 0)
	l.scroll = max(min(l.scroll, l.most), 0)
	s.drawLines(lines[l.scroll:min(len(lines), l.scroll+room)])
}

// line writes one line, without its end.
type line func(s *scene)

// drawLines draws lines.
func (s *scene) drawLines(lines []line) {
	for _, l := range lines {
		l(s)
		s.end()
	}
}

func noLine(*scene) {}

// drawPreview says the most important things about a row.
func drawPreview(s *scene, d *model.Detail) {
	s.drawLines(overviewLines(s, d, s.width, false))
	s.end()
	latestEventsLine(s, d)
	s.end()
}

// overviewLines are what there is to say about every row.
func overviewLines(s *scene, d *model.Detail, width int, wrap bool) []line {
	lines := append(requestLines(s, d, width, wrap), func(s *scene) { responseLine(s, d) })
	lines = append(lines, hintLines(s, d, width)...)
	lines = append(lines, noLine)
	if width >= 50 { // else the bar is above the sections
		lines = append(lines, func(s *scene) { barLine(s, &d.Row, true) })
	}
	lines = append(lines,
		func(s *scene) { ratesLine(s, d) },
		func(s *scene) { tasksLine(s, d) },
		func(s *scene) { fileLine(s, d) },
	)
	if words := orderWords(s, &d.Row); words != "" {
		lines = append(lines, func(s *scene) {
			s.gap(2)
			s.say(themes.Subtle, "order ")
			s.say(themes.Text, words)
		})
	}
	return append(lines, labelledLines(s, "note", themes.Warn, d.Reason, width)...)
}

// orderWords say where a row stands in the queue, how urgent it is and how its
// rate is limited, if there is anything to say.
func orderWords(s *scene, r *model.Row) ours {
	var words ours
	if place, of := s.Place(r.ID); place > 0 {
		words = ours("place " + strconv.Itoa(place) + " of " + strconv.Itoa(of) + phrases.InTheQueue)
	}
	if r.Priority != model.NormalPriority {
		if words != "" {
			words += ", "
		}
		words += ours("priority " + r.Priority.String())
	}
	if n := s.RowRateLimit(r.ID); n > 0 {
		if words != "" {
			words += ", "
		}
		words += ours("at most " + s.units.Rate(n))
	}
	return words
}

// hintLines are what the newcomer may try with a row.
func hintLines(s *scene, d *model.Detail, width int) []line {
	return labelledLines(s, "try:", themes.Accent, d.Hint, width)
}

// labelledLines are a sentence after a label of four cells, as many lines as it
// takes; none without a sentence.
func labelledLines(s *scene, label ours, role themes.Role, sentence string, width int) []line {
	if sentence == "" {
		return nil
	}
	var lines []line
	for i, part := range s.ruler.Wrap(text.Clean(sentence), max(width-9, 8)) {
		lines = append(lines, func(s *scene) {
			s.gap(2)
			if i == 0 {
				s.say(themes.Subtle, label)
			}
			s.to(8)
			s.text(role, part)
		})
	}
	return lines
}

// requestLines say what was asked for.
func requestLines(s *scene, d *model.Detail, width int, wrap bool) []line {
	method := text.Clean(orElse(d.Method, "GET"))
	lines := urlLines(s, d.URL, 2+s.ruler.Width(method)+1, width, wrap)
	first := lines[0]
	lines[0] = func(s *scene) {
		s.gap(2)
		s.text(themes.Subtle, method)
		s.gap(1)
		first(s)
	}
	return lines
}

// responseLine says how it was answered.
func responseLine(s *scene, d *model.Detail) {
	s.gap(2)
	if d.Status == "" {
		s.say(themes.Subtle, phrases.NoResponseYet)
		return
	}
	parts := []string{d.Status, protocol(d.Protocol)}
	if d.TLS != nil {
		parts = append(parts, tls.VersionName(d.TLS.Version))
	}
	parts = append(parts, d.Response.Get("Content-Type"))
	if etag := d.Response.Get("Etag"); etag != "" {
		parts = append(parts, "etag "+etag)
	}
	if d.Response.Get("Accept-Ranges") == "bytes" || d.Row.Status == 206 {
		parts = append(parts, "ranges: yes")
	} else {
		parts = append(parts, "ranges: no")
	}
	for i, part := range parts {
		if part == "" {
			continue
		}
		if i > 0 {
			s.gap(2)
		}
		s.text(themes.Text, text.Clean(part))
	}
}

// protocol is the name of a version of HTTP as people write it: HTTP/2, but
// HTTP/1.0.
func protocol(p string) string {
	if p == "HTTP/1.0" {
		return p
	}
	return strings.TrimSuffix(p, ".0")
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// barLine writes a bar across the screen and how much of how much is there.
func barLine(s *scene, r *model.Row, percent bool) {
	width, sep := s.width-28, ours(" of ")
	if s.width < 100 {
		width, sep = s.width-18, "/"
		if percent {
			width -= 6
		}
	}
	width -= 2 * (s.units.BytesWidth() - units.SI.BytesWidth()) // two numbers stand behind it
	s.gap(2)
	s.bar(barRole(r, roleOf(r)), max(width, 4), units.Fraction(r.Done, r.Size))
	s.gap(2)
	if percent && r.Size >= 0 {
		from := s.open(themes.Text)
		s.buf = units.AppendPercent(s.buf, r.Done, r.Size)
		s.shutTight(from)
		s.gap(2)
	}
	s.part(themes.Text, r.Done, r.Size, sep)
}

// ratesLine writes the rates of a row and their curve.
func ratesLine(s *scene, d *model.Detail) {
	s.gap(2)
	s.say(themes.Subtle, "rate  ")
	if s.width < 72 {
		s.rate(themes.Text, d.Rate)
		s.say(themes.Subtle, " now  ")
		s.rate(themes.Text, d.Mean)
		s.say(themes.Subtle, " avg")
		return
	}
	s.rate(themes.Text, d.Rate)
	s.say(themes.Subtle, " now   ")
	s.rate(themes.Text, d.Mean)
	s.say(themes.Subtle, " avg   ")
	s.rate(themes.Text, d.Peak)
	s.say(themes.Subtle, " peak")
	if len(s.theme.Glyphs.Spark) > 0 && len(d.Spark) > 0 && s.room() > 45 {
		s.gap(4)
		s.spark(themes.Accent, 32, d.Spark)
		s.say(themes.Subtle, "   60 s")
	}
}

// tasksLine writes which task fetched what, as many as there is room for.
func tasksLine(s *scene, d *model.Detail) {
	s.gap(2)
	s.say(themes.Subtle, "tasks")
	segments := d.Segments
	const most = 3 // the latest matter
	if len(segments) > most {
		segments = segments[len(segments)-most:]
		s.gap(2)
		s.sign(themes.Subtle, s.theme.Glyphs.Ellipsis)
	}
	for i := range segments {
		seg := &segments[i]
		s.gap(2)
		s.say(themes.Accent, taskName(seg))
		s.gap(1)
		s.shortRange(themes.Text, seg, seg.Running)
		s.gap(1)
		s.text(themes.Subtle, s.ruler.Truncate(text.Clean(outcome(seg)), 44))
		s.gap(1)
	}
}

// taskName is the number of the task, and of its connection if it has several.
func taskName(seg *model.Segment) ours {
	name := "#" + ours(strconv.FormatInt(int64(seg.Task), 10))
	if seg.Connection > 0 {
		name += "." + ours(strconv.Itoa(seg.Connection))
	}
	return name
}

// outcome is how a segment ended, or that it runs.
func outcome(seg *model.Segment) string {
	if !seg.Running {
		return seg.Outcome
	}
	if seg.Outcome == "" {
		return "running"
	}
	return "running, " + seg.Outcome
}

// segmentRange writes "412 MB – 512 MB".
func (s *scene) segmentRange(r themes.Role, seg *model.Segment) {
	s.bytesOrZero(r, seg.Start)
	s.say(r, " "+ours(s.theme.Glyphs.Range)+" ")
	s.size(r, seg.End)
}

// shortRange writes "412–512 MB", or "412 MB–" where the end is left open.
func (s *scene) shortRange(r themes.Role, seg *model.Segment, open bool) {
	sep := ours(s.theme.Glyphs.Range)
	switch {
	case open:
		s.bytesOrZero(r, seg.Start)
		s.say(r, sep)
	case seg.Start == 0:
		s.say(r, "0"+sep)
		s.size(r, seg.End)
	default:
		s.part(r, seg.Start, seg.End, sep)
	}
}

// bytesOrZero writes a number of bytes; nothing needs no unit.
func (s *scene) bytesOrZero(r themes.Role, n int64) {
	if n == 0 {
		s.say(r, "0")
		return
	}
	s.size(r, n)
}

// fileLine writes where the file is, or will be.
func fileLine(s *scene, d *model.Detail) {
	s.gap(2)
	s.say(themes.Subtle, "file  ")
	path, remark := "", ours("")
	switch {
	case d.State == model.Done && d.Path != "":
		path = d.Path
	case d.PartialFile != "":
		path, remark = d.PartialFile, phrases.PartialRenamedWhenDone
	case d.Upload:
		remark = phrases.SentNotStored
	case d.Data:
		remark = ours(phrases.InMemory)
	default:
		remark = "none yet"
	}
	t := text.Clean(s.homely(path))
	if s.room() < 60 && path != "" {
		remark = ""
	}
	s.middle(themes.Text, t, min(s.ruler.Width(t), s.room()-len(remark)-1))
	s.say(themes.Subtle, remark)
}

// homely writes ~ for the home directory.
func (s *scene) homely(path string) string {
	if rest, ok := strings.CutPrefix(path, s.home+"/"); ok && s.home != "" {
		return "~/" + rest
	}
	return path
}

// latestEventsLine writes the latest delegate calls on one line.
func latestEventsLine(s *scene, d *model.Detail) {
	events := d.Events
	if len(events) > 3 {
		events = events[len(events)-3:]
	}
	if len(events) == 0 {
		return
	}
	s.gap(2)
	for i := range events {
		if i > 0 {
			s.gap(3)
		}
		s.clock(themes.Faint, events[i].Time, "15:04:05")
		s.gap(1)
		s.text(themes.Subtle, s.ruler.Truncate(eventText(s.units, &events[i]), 50))
	}
}

// actionHint writes a key and what it does, if it does it.
func actionHint(s *scene, c keymap.Context, a keymap.Action, words ours, gap int) {
	key := s.key(c, a)
	if key == "" || s.room() < key.cells()+2+words.cells() {
		return
	}
	s.say(themes.Accent, key)
	s.gap(1)
	s.say(themes.Subtle, words)
	s.gap(gap)
}
