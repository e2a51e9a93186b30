package ui

import (
	"strconv"
	"time"

	"haul/model"
	"haul/themes"
	"haul/transfer"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// phase is a part of the life of a transaction.
type phase int

const (
	phaseDNS phase = iota
	phaseConnect
	phaseTLS
	phaseWait // from the request to the first byte of the response
	phaseBody
	phaseCount
)

// name is what a phase is called, sign its letter in the bars.
func (p phase) name() ours {
	return [phaseCount]ours{"DNS", "connect", "TLS", "first byte", "body"}[p]
}

func (p phase) sign() string { return [phaseCount]string{"d", "c", "t", "w", "b"}[p] }

func (p phase) role() themes.Role {
	return [phaseCount]themes.Role{themes.Subtle, themes.Accent, themes.Warn, themes.Text, themes.Bar}[p]
}

// spanOf is when a phase of a transaction began and ended; ok is false for one
// that was not done, as on a connection that was there already. What runs ends
// now.
func spanOf(t *transfer.Transaction, p phase, now time.Time) (from, to time.Time, ok bool) {
	switch p {
	case phaseDNS:
		from, to = t.DNSStart, t.DNSDone
	case phaseConnect:
		from, to = t.ConnectStart, t.ConnectDone
	case phaseTLS:
		from, to = t.TLSStart, t.TLSDone
	case phaseWait:
		from, to = t.RequestStart, t.ResponseStart
	case phaseBody:
		from, to = t.ResponseStart, t.ResponseDone
	}
	if from.IsZero() {
		return from, to, false
	}
	if to.Before(from) {
		to = now
	}
	return from, to, !to.Before(from)
}

// ended is when the last phase of a transaction ended.
func ended(t *transfer.Transaction, now time.Time) time.Time {
	end := t.FetchStart
	for p := range phaseCount {
		if _, to, ok := spanOf(t, p, now); ok && to.After(end) {
			end = to
		}
	}
	return end
}

// latestAttempt are the transactions that belong together: each began while the
// one before was under way, or soon after it.
func latestAttempt(all []transfer.Transaction, now time.Time) []transfer.Transaction {
	const soon = 2 * time.Second
	for i := len(all) - 1; i > 0; i-- {
		if all[i].FetchStart.Sub(ended(&all[i-1], now)) > soon {
			return all[i:]
		}
	}
	return all
}

// waterfallLines are the phases of the transactions of the latest attempt as
// bars on one scale of time, and how long each phase of the last one took.
func waterfallLines(d *model.Detail, width int, now time.Time) []line {
	all := latestAttempt(d.Transactions, now)
	if len(all) == 0 || all[0].FetchStart.IsZero() {
		return []line{say(themes.Subtle, 3, phrases.NoTransactionYet)}
	}
	const most = 16
	if len(all) > most {
		all = all[len(all)-most:]
	}
	digits := len(strconv.Itoa(len(all)))
	label := 27 + digits
	if width < 72 {
		label = 8 + digits
	}
	begin, end := all[0].FetchStart, timeAxis(all, now)
	var lines []line
	for i := range all {
		lines = append(lines, func(s *scene) { waterfallLine(s, &all[i], i+1, digits, label, begin, end) })
	}
	return append(lines, legendLines(&all[len(all)-1], width, now)...)
}

// timeAxis is where the bars end: with the last response; but where bodies take
// much longer than all before them, they are cut, so that the rest is seen.
func timeAxis(all []transfer.Transaction, now time.Time) time.Time {
	begin := all[0].FetchStart
	var heads, whole time.Duration
	for i := range all {
		if _, to, ok := spanOf(&all[i], phaseWait, now); ok {
			heads = max(heads, to.Sub(begin))
		}
		whole = max(whole, ended(&all[i], now).Sub(begin))
	}
	return begin.Add(max(min(whole, 2*heads), time.Millisecond))
}

// waterfallLine writes one transaction: its number in so many digits, what it was
// answered, where it went, and its bar from column label on.
func waterfallLine(s *scene, t *transfer.Transaction, number, digits, label int, begin, end time.Time) {
	s.to(3)
	from := s.open(themes.Accent)
	s.buf = strconv.AppendInt(s.buf, int64(number), 10)
	s.shut(from, digits)
	answer := 3 + digits + 1
	s.to(answer)
	if t.Status > 0 {
		s.count(themes.Text, t.Status)
	} else {
		s.sign(themes.Subtle, s.theme.Glyphs.Ellipsis)
	}
	if host := answer + 4; host < label {
		s.to(host)
		s.middle(themes.Subtle, text.Clean(hostOf(t.URL)), label-1-host)
	}
	s.to(label)
	width := s.room() - 2
	if width <= 0 {
		return
	}
	at := func(when time.Time) int {
		cell := int(float64(when.Sub(begin)) / float64(end.Sub(begin)) * float64(width))
		return label + min(max(cell, 0), width)
	}
	cut := false
	for p := range phaseCount {
		from, to, ok := spanOf(t, p, s.now)
		if !ok {
			continue
		}
		s.to(at(from))
		n := max(at(to)-s.x, 0)
		if n == 0 && s.x < label+width {
			n = 1 // what was done is seen
		}
		s.repeat(p.role(), p.sign(), min(n, label+width-s.x))
		cut = cut || to.After(end)
	}
	if cut {
		s.sign(themes.Faint, s.theme.Glyphs.Ellipsis)
	}
}

// legendLines say what the letters mean, with the times of one transaction.
func legendLines(t *transfer.Transaction, width int, now time.Time) []line {
	var lines []line
	var row []phase
	cells := 0
	flush := func() {
		if shown := row; len(shown) > 0 {
			lines = append(lines, func(s *scene) {
				s.to(3)
				for _, p := range shown {
					legend(s, t, p, now)
				}
			})
		}
		row, cells = nil, 0
	}
	for p := range phaseCount {
		if _, _, ok := spanOf(t, p, now); !ok {
			continue
		}
		n := p.name().cells() + 12
		if cells+n > width-4 {
			flush()
		}
		row, cells = append(row, p), cells+n
	}
	flush()
	if t.Reused {
		lines = append(lines, say(themes.Subtle, 3, phrases.OverAConnectionThatWasThere))
	}
	return lines
}

func legend(s *scene, t *transfer.Transaction, p phase, now time.Time) {
	from, to, _ := spanOf(t, p, now)
	s.sign(p.role(), p.sign())
	s.gap(1)
	s.say(themes.Subtle, p.name()+" ")
	at := s.open(themes.Text)
	s.buf = appendBrief(s.buf, to.Sub(from))
	s.shutTight(at)
	s.gap(2)
}

// appendBrief appends a duration in as many digits as matter: "12 ms", "1.24 s",
// "1:02".
func appendBrief(dst []byte, d time.Duration) []byte {
	switch {
	case d < time.Millisecond:
		return append(dst, "<1 ms"...)
	case d < time.Second:
		return append(strconv.AppendInt(dst, d.Milliseconds(), 10), " ms"...)
	case d < 10*time.Second:
		return append(strconv.AppendFloat(dst, d.Seconds(), 'f', 2, 64), " s"...)
	case d < time.Minute:
		return append(strconv.AppendFloat(dst, d.Seconds(), 'f', 1, 64), " s"...)
	}
	return units.AppendDuration(dst, d.Truncate(time.Second))
}
