package ui

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/http"
	"slices"
	"strings"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// sectionLines are the lines of a section on a screen, or a part of one, of
// width cells.
func sectionLines(s *scene, n section, d *model.Detail, width int, wrap bool) []line {
	switch n {
	case secSegments:
		return segmentLines(s, d, width, true)
	case secHeaders:
		lines := headerLines(s, "RESPONSE HEADERS", d.Status, d.Response, width, wrap)
		return append(append(lines, noLine), headerLines(s, "REQUEST HEADERS", "", d.Request, width, wrap)...)
	case secRedirects:
		return redirectLines(s, d, width, wrap)
	case secTLS:
		return tlsLines(s, d, width)
	}
	lines := overviewLines(s, d, width, wrap)
	switch {
	case d.Data && s.height < 20: // what is looked for comes first
		lines = append(append(contentLines(s, d, width), noLine), lines...)
	case d.Data:
		lines = append(append(lines, noLine), contentLines(s, d, width)...)
	}
	lines = append(lines, noLine, title("PHASES", keymap.Section1, text.Const(phrases.OfTheLatestAttempt)))
	return append(lines, waterfallLines(d, width, s.now)...)
}

// title is a line with the name of a section, which can be clicked, and a
// remark.
func title(name ours, shows keymap.Action, remark text.Text) line {
	return func(s *scene) {
		s.to(2)
		s.say(themes.Accent, name)
		s.zone(2, shows)
		if !remark.IsEmpty() {
			s.gap(2)
			s.text(themes.Subtle, remark)
		}
	}
}

// say is a line of our own words.
func say(role themes.Role, indent int, words ours) line {
	return func(s *scene) {
		s.to(indent)
		s.say(role, words)
	}
}

// segmentColumns are where the columns of the segments are.
type segmentColumns struct{ letter, task, bytes, rate, outcome int }

func segmentColumnsFor(width int, in units.System) segmentColumns {
	bytes := 2 * (in.BytesWidth() - units.SI.BytesWidth()) // wider than in SI
	rate := in.RateWidth() - units.SI.RateWidth()
	switch {
	case width >= 72:
		return segmentColumns{2, 4, 10, 32 + bytes, 44 + bytes + rate}
	case width >= 50:
		return segmentColumns{3, 5, 11, 27 + bytes, 38 + bytes + rate}
	}
	return segmentColumns{1, 3, 6, -1, 17}
}

// segmentLines are the map of the file and which task fetched what of it; above
// it the bar, if there is room and it is not on the screen already.
func segmentLines(s *scene, d *model.Detail, width int, bar bool) []line {
	c := segmentColumnsFor(width, s.units)
	var lines []line
	if bar && width >= 72 {
		lines = append(lines, func(s *scene) { barLine(s, &d.Row, false) }, noLine)
	}
	if len(d.Segments) == 0 {
		return append(lines, say(themes.Subtle, c.letter, phrases.NoBytesYet))
	}
	if width >= 50 && d.Size > 0 {
		lines = append(lines, func(s *scene) { segmentMap(s, d, c.letter, min(width-c.letter, s.width)-3) }, noLine)
	}
	if width >= 72 {
		lines = append(lines, func(s *scene) {
			s.to(c.letter)
			s.say(themes.Subtle, "TASK")
			s.to(c.bytes)
			s.say(themes.Subtle, "BYTES")
			s.to(c.rate)
			s.say(themes.Subtle, "RATE")
			s.to(c.outcome)
			s.say(themes.Subtle, phrases.HowItEnded)
		})
	}
	for i := range d.Segments {
		lines = append(lines, func(s *scene) { segmentLine(s, d, i, c) })
	}
	if d.Rule != "" {
		lines = append(lines, noLine, func(s *scene) {
			s.to(c.letter)
			s.say(themes.Subtle, "continued because: ")
			s.text(themes.Text, text.Clean(d.Rule))
		})
	}
	return lines
}

// letter is the sign of a segment in the map.
func letter(i int) byte { return byte('A' + i%26) }

// segmentMap writes the whole file as a bar: capitals are bytes that are there,
// by the task or the connection that fetched them; small letters are the rest of
// the range that a connection has been given. Between them is where a connection
// writes just now.
func segmentMap(s *scene, d *model.Detail, at, width int) {
	s.to(at)
	if width = min(width, s.room()); width <= 0 {
		return
	}
	s.cells = s.cells[:0]
	for range width {
		s.cells = append(s.cells, mapCell{role: themes.Faint})
	}
	fill := func(from, to int64, sign byte, role themes.Role) {
		a, b := cellOf(from, d.Size, width), cellOf(to, d.Size, width)
		for i := a; i < b; i++ {
			s.cells[i] = mapCell{sign, role}
		}
	}
	// What no task of this program fetched is there as well: of a file that is
	// whole, and before where the first task went on.
	switch {
	case d.State == model.Done:
		fill(0, d.Size, there, themes.Bar)
	case len(d.Segments) > 0 && len(d.Have) == 0:
		fill(0, d.Segments[0].Start, there, themes.Bar)
	}
	for _, r := range d.Have {
		fill(r.Start, r.End, there, themes.Bar)
	}
	for i := range d.Segments { // what is there stands before what is planned
		if seg := &d.Segments[i]; seg.Running {
			fill(seg.End, seg.Planned, letter(i)+'a'-'A', themes.Subtle)
		}
	}
	for i := range d.Segments {
		role := themes.Bar
		if i%2 == 1 {
			role = themes.OK
		}
		fill(d.Segments[i].Start, d.Segments[i].End, letter(i), role)
	}
	for i := range d.Segments {
		seg := &d.Segments[i]
		if head := cellOf(seg.End, d.Size, width); seg.Running && head < width && seg.End < d.Size {
			s.cells[head] = mapCell{writes, themes.Attention}
		}
	}
	for _, c := range s.cells {
		switch c.sign {
		case 0:
			s.sign(c.role, s.theme.Glyphs.Bar.Empty)
		case there:
			s.sign(c.role, s.theme.Glyphs.Bar.Full)
		case writes:
			s.sign(c.role, s.theme.Glyphs.Cursor)
		default:
			s.say(c.role, ours(c.sign))
		}
	}
}

// mapCell is a cell of the map of a file: 0 for what nobody fetches yet.
type mapCell struct {
	sign byte
	role themes.Role
}

const (
	writes = '>' // the place where a connection writes just now
	there  = '=' // bytes that connections brought which have ended
)

// cellOf is the cell of a bar that an offset falls into.
func cellOf(offset, size int64, width int) int {
	return min(max(int(float64(offset)/float64(size)*float64(width)), 0), width)
}

func segmentLine(s *scene, d *model.Detail, i int, c segmentColumns) {
	seg := &d.Segments[i]
	s.to(c.letter)
	s.say(themes.Accent, ours(letter(i)))
	s.to(c.task)
	s.say(themes.Text, taskName(seg))
	s.to(max(c.bytes, s.x+1))
	if c.rate < 0 {
		s.shortRange(themes.Text, seg, false)
	} else {
		s.segmentRange(themes.Text, seg)
		if seg.Rate > 0 {
			s.to(max(c.rate, s.x+1))
			s.rate(themes.Text, seg.Rate)
		}
	}
	s.to(max(c.outcome, s.x+1))
	words := outcome(seg)
	if seg.Connection > 0 && seg.Host != "" {
		words = seg.Host + "  " + words
	}
	s.text(themes.Subtle, text.Clean(words))
}

// headerLines are header fields, sorted by name.
func headerLines(s *scene, name ours, remark string, h http.Header, width int, wrap bool) []line {
	lines := []line{title(name, keymap.Section3, text.Clean(remark)), noLine}
	if len(h) == 0 {
		return append(lines, say(themes.Subtle, 3, "none"))
	}
	column := 20
	if width < 50 {
		column = 6
	}
	for _, key := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[key] {
			k, v := text.Clean(strings.ToLower(key)), text.Clean(value)
			if width < 50 {
				lines = append(lines, func(s *scene) { s.to(1); s.text(themes.Subtle, k) })
				lines = append(lines, valueLines(s, v, column, width, true)...)
				continue
			}
			values := valueLines(s, v, column, width, wrap)
			first := values[0]
			values[0] = func(s *scene) {
				s.to(3)
				s.text(themes.Subtle, s.ruler.Truncate(k, column-4))
				s.gap(1)
				first(s)
			}
			lines = append(lines, values...)
		}
	}
	return lines
}

// valueLines are a value from a column on: cut, or broken if wrap is set.
func valueLines(s *scene, v text.Text, column, width int, wrap bool) []line {
	parts := []text.Text{v}
	if wrap && s.ruler.Width(v) > width-column-1 {
		parts = s.ruler.Wrap(v, max(width-column-1, 8))
	}
	var lines []line
	for _, part := range parts {
		lines = append(lines, func(s *scene) {
			s.to(column)
			s.text(themes.Text, part)
		})
	}
	return lines
}

// redirectLines are the redirects of a row, in order. Their URLs are cut in the
// middle, or broken if wrap is set.
func redirectLines(s *scene, d *model.Detail, width int, wrap bool) []line {
	if len(d.Hops) == 0 {
		return []line{say(themes.Subtle, 3, "no redirects")}
	}
	const column = 11
	var lines []line
	for i := range d.Hops {
		hop := &d.Hops[i]
		from := urlLines(s, hop.From, column, width, wrap)
		to := urlLines(s, hop.To, column, width, wrap)
		lines = append(lines, func(s *scene) {
			s.to(3)
			s.count(themes.Accent, i+1)
			s.to(6)
			if hop.Status > 0 {
				s.count(themes.Text, hop.Status)
			}
			from[0](s)
		})
		lines = append(lines, from[1:]...)
		lines = append(lines, func(s *scene) {
			s.to(6)
			s.sign(themes.Subtle, s.theme.Glyphs.Arrow)
			to[0](s)
		})
		lines = append(lines, to[1:]...)
		lines = append(lines, func(s *scene) {
			s.to(column)
			s.text(themes.Subtle, text.Clean(hop.Answer))
		})
	}
	return lines
}

// urlLines are a URL from a column on: cut in its middle, with a link if it can
// have one, or broken if wrap is set.
func urlLines(s *scene, raw string, column, width int, wrap bool) []line {
	t := text.Clean(raw)
	if wrap && s.ruler.Width(t) > width-column-1 {
		return valueLines(s, t, column, width, true)
	}
	return []line{func(s *scene) {
		s.to(column)
		s.url(themes.Text, raw, min(s.ruler.Width(t), s.room()-1))
	}}
}

// tlsLines say how the connection is protected, and who the server says it
// is.
func tlsLines(s *scene, d *model.Detail, width int) []line {
	state := d.TLS
	if state == nil {
		words := ours("not encrypted")
		if strings.HasPrefix(d.URL, "https:") {
			words = phrases.NoConnectionYet
		}
		return []line{say(themes.Subtle, 3, words)}
	}
	words := tls.VersionName(state.Version) + "  " + tls.CipherSuiteName(state.CipherSuite)
	if state.CurveID != 0 {
		words += "  " + state.CurveID.String()
	}
	if state.NegotiatedProtocol != "" {
		words += "  " + s.ruler.Word(state.NegotiatedProtocol, text.MaxQuoted)
	}
	lines := foldedLines(s, themes.Text, text.Clean(words), width)
	if len(state.PeerCertificates) > 0 {
		words := chainWords(&s.ruler, state.PeerCertificates) + "  to " + state.PeerCertificates[0].NotAfter.Format("2006-01-02")
		lines = append(lines, foldedLines(s, themes.Text, text.Clean(words), width)...)
	}
	role := themes.Subtle
	if d.Insecure {
		role = themes.Warn
	}
	return append(lines, foldedLines(s, role, text.Clean("trust: "+d.Trust), width)...)
}

// foldedLines are a fact on as many lines as it needs, three at the most.
func foldedLines(s *scene, role themes.Role, t text.Text, width int) (lines []line) {
	indent := 3
	if width < 50 {
		indent = 1
	}
	for _, part := range s.folded(t, width-indent-1, 3) {
		lines = append(lines, func(s *scene) {
			s.to(indent)
			s.text(role, part)
		})
	}
	return lines
}

// chainWords names the certificates of a chain, the server's first.
func chainWords(ruler *text.Ruler, chain []*x509.Certificate) string {
	var b strings.Builder
	b.WriteString("CN ")
	b.WriteString(ruler.Word(chain[0].Subject.CommonName, text.MaxQuoted))
	b.WriteString("  ")
	for i, c := range chain {
		if i > 0 {
			b.WriteString(" < ")
		}
		b.WriteString(ruler.Word(c.Issuer.CommonName, text.MaxQuoted))
		if i == 2 {
			break
		}
	}
	return b.String()
}
