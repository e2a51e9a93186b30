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
	"haul/ui/text"
)

// sectionLines are the lines of a section on a screen, or a part of one, of
// width cells.
func sectionLines(s *scene, n section, d *model.Detail, width int, wrap bool) []line {
	switch n {
	case secSegments:
		return segmentLines(d, width)
	case secHeaders:
		lines := headerLines(s, "RESPONSE HEADERS", d.Status, d.Response, width, wrap)
		return append(append(lines, noLine), headerLines(s, "REQUEST HEADERS", "", d.Request, width, wrap)...)
	case secRedirects:
		return redirectLines(d)
	case secTLS:
		return tlsLines(d)
	}
	return overviewLines(s, d, width)
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

func segmentColumnsFor(width int) segmentColumns {
	switch {
	case width >= 72:
		return segmentColumns{2, 4, 8, 30, 42}
	case width >= 50:
		return segmentColumns{3, 5, 9, 25, 36}
	}
	return segmentColumns{1, 3, 6, -1, 17}
}

// segmentLines are the map of the file and which task fetched what of it.
func segmentLines(d *model.Detail, width int) []line {
	c := segmentColumnsFor(width)
	var lines []line
	if width >= 72 {
		lines = append(lines, func(s *scene) { barLine(s, &d.Row, false) }, noLine)
	}
	if len(d.Segments) == 0 {
		return append(lines, say(themes.Subtle, c.letter, "no bytes yet"))
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
			s.say(themes.Subtle, "HOW IT ENDED")
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
func letter(i int) string { return string(rune('A' + i%26)) }

// segmentMap writes the whole file as a bar in which each letter is a task.
func segmentMap(s *scene, d *model.Detail, at, width int) {
	s.to(at)
	for i := range d.Segments {
		seg := &d.Segments[i]
		from := at + cellOf(seg.Start, d.Size, width)
		to := at + cellOf(seg.End, d.Size, width)
		s.to(from)
		if n := to - s.x; n > 0 {
			role := themes.Bar
			if i%2 == 1 {
				role = themes.OK
			}
			s.repeat(role, letter(i), n)
		}
	}
}

// cellOf is the cell of a bar that an offset falls into.
func cellOf(offset, size int64, width int) int {
	return min(max(int(float64(offset)/float64(size)*float64(width)), 0), width)
}

func segmentLine(s *scene, d *model.Detail, i int, c segmentColumns) {
	seg := &d.Segments[i]
	s.to(c.letter)
	s.sign(themes.Accent, letter(i))
	s.to(c.task)
	s.say(themes.Text, taskName(seg))
	s.to(c.bytes)
	if c.rate < 0 {
		s.shortRange(themes.Text, seg, false)
	} else {
		s.segmentRange(themes.Text, seg)
		if seg.Rate > 0 {
			s.to(c.rate)
			s.rate(themes.Text, seg.Rate)
		}
	}
	s.to(max(c.outcome, s.x+1))
	s.text(themes.Subtle, text.Clean(outcome(seg)))
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

// redirectLines are the redirects of a row, in order.
func redirectLines(d *model.Detail) []line {
	if len(d.Hops) == 0 {
		return []line{say(themes.Subtle, 3, "no redirects")}
	}
	var lines []line
	for i := range d.Hops {
		hop := &d.Hops[i]
		lines = append(lines,
			func(s *scene) {
				s.to(3)
				s.count(themes.Accent, i+1)
				s.to(6)
				s.count(themes.Text, hop.Status)
				s.to(11)
				s.url(themes.Text, hop.From, min(s.ruler.Width(text.Clean(hop.From)), s.room()-1))
			},
			func(s *scene) {
				s.to(6)
				s.sign(themes.Subtle, s.theme.Glyphs.Arrow)
				s.to(11)
				s.url(themes.Text, hop.To, min(s.ruler.Width(text.Clean(hop.To)), s.room()-1))
			},
			func(s *scene) {
				s.to(11)
				s.text(themes.Subtle, text.Clean(hop.Answer))
			})
	}
	return lines
}

// tlsLines say how the connection is protected, and who the server says it
// is.
func tlsLines(d *model.Detail) []line {
	state := d.TLS
	if state == nil {
		words := ours("not encrypted")
		if strings.HasPrefix(d.URL, "https:") {
			words = "no connection yet"
		}
		return []line{say(themes.Subtle, 3, words)}
	}
	lines := []line{func(s *scene) {
		s.to(3)
		s.say(themes.Text, ours(tls.VersionName(state.Version)+"  "+tls.CipherSuiteName(state.CipherSuite)))
		if state.CurveID != 0 {
			s.gap(2)
			s.say(themes.Text, ours(state.CurveID.String()))
		}
		if state.NegotiatedProtocol != "" {
			s.gap(2)
			s.text(themes.Text, text.Clean(state.NegotiatedProtocol))
		}
	}}
	if len(state.PeerCertificates) > 0 {
		lines = append(lines, func(s *scene) {
			s.to(3)
			s.text(themes.Text, text.Clean(chainWords(state.PeerCertificates)))
			s.say(themes.Subtle, "  to ")
			s.clock(themes.Subtle, state.PeerCertificates[0].NotAfter, "2006-01-02")
		})
	}
	return append(lines, func(s *scene) {
		s.to(3)
		role := themes.Subtle
		if d.Insecure {
			role = themes.Warn
		}
		s.text(role, text.Clean("trust: "+d.Trust))
	})
}

// chainWords names the certificates of a chain, the server's first.
func chainWords(chain []*x509.Certificate) string {
	var b strings.Builder
	b.WriteString("CN ")
	b.WriteString(chain[0].Subject.CommonName)
	b.WriteString("  ")
	for i, c := range chain {
		if i > 0 {
			b.WriteString(" < ")
		}
		b.WriteString(c.Issuer.CommonName)
		if i == 2 {
			break
		}
	}
	return b.String()
}
