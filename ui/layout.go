package ui

import "haul/ui/units"

// span is a run of cells in a line, or of lines in a screen.
type span struct{ at, n int }

// shows tells whether there is anything of it.
func (s span) shows() bool { return s.n > 0 }

// last is the first cell behind it.
func (s span) last() int { return s.at + s.n }

// shared says what the state column shows besides states, where columns have
// been put together.
type shared int

const (
	stateAlone shared = iota
	stateOrETA
	stateOrRate
)

// columns are where the columns of the list begin and how wide they are. One
// that is not shown has no width.
type columns struct {
	cursor, mark, sign                            int // mark is -1 where it shares the cursor's
	name, size, done, bar, rate, eta, state, host span
	spark                                         span // of the last minute
	shared                                        shared
}

// stateWidth holds the longest state, "refused 404"; on small screens that has a
// shorter word.
const stateWidth = 11

// columnsFor lays out a line of the list. Widths are from the table of sizes:
// from 150 cells all columns, from 120 (and where there are no curves) without
// the curve of each row, from 100 without the host, from 72 state and
// remaining time in one column, from 50 without bar and size, above 30 name,
// done and rate or state, below that name and done. The columns of numbers are as
// wide as their units want, at the cost of the name.
func columnsFor(width int, curves bool, in units.System) columns {
	c := columns{cursor: 0, mark: 1, sign: 2}
	b := builder{at: 4, width: width}
	size, rate := in.BytesWidth(), max(in.RateWidth(), 10)
	more := size + rate - units.SI.BytesWidth() - 10 // than in SI
	switch {
	case width >= 150 && curves:
		hostWidth := 13 + min((width-150)/3, 17)
		c.name = b.flexible(1, 97-13+hostWidth+more)
		c.size, c.done, c.bar = b.add(2, size), b.add(2, 4), b.add(2, 20)
		c.rate, c.spark, c.eta, c.state = b.add(2, rate), b.add(2, 12), b.add(2, 5), b.add(2, stateWidth)
		c.host = b.add(1, hostWidth)
	case width >= 120:
		hostWidth := 13 + min((width-120)/3, 17)
		c.name = b.flexible(1, 83-13+hostWidth+more)
		c.size, c.done, c.bar = b.add(2, size), b.add(2, 4), b.add(2, 20)
		c.rate, c.eta, c.state = b.add(2, rate), b.add(2, 5), b.add(2, stateWidth)
		c.host = b.add(1, hostWidth)
	case width >= 100:
		c.name = b.flexible(1, 63+more)
		c.size, c.done, c.bar = b.add(2, size), b.add(2, 4), b.add(2, 14)
		c.rate, c.eta, c.state = b.add(2, rate), b.add(2, 5), b.add(2, stateWidth)
	case width >= 72:
		c.shared = stateOrETA
		c.name = b.flexible(1, 46+more)
		c.size, c.done, c.bar = b.add(2, size), b.add(1, 4), b.add(1, 9)
		c.rate, c.state = b.add(1, rate), b.add(0, stateWidth)
	case width >= 50:
		c.shared = stateOrETA
		c.name = b.flexible(1, 28+rate-10)
		c.done, c.rate, c.state = b.add(2, 4), b.add(1, rate), b.add(0, stateWidth)
	case width > 30:
		c.shared = stateOrRate
		c.name = b.flexible(1, 16)
		c.done, c.state = b.add(1, 4), b.add(1, 9)
	default:
		c.mark, c.sign, b.at = -1, 1, 3
		margin := 1
		if width >= 28 {
			margin = 3
		}
		c.name = b.flexible(1, 6+margin)
		c.done = b.add(2, 4)
	}
	return c
}

// builder puts columns beside each other.
type builder struct{ at, width int }

// flexible is the column that takes what the others, rest cells, leave.
func (b *builder) flexible(least, rest int) span {
	s := span{b.at, max(b.width-b.at-rest, least)}
	b.at = s.last()
	return s
}

func (b *builder) add(gap, n int) span {
	s := span{b.at + gap, n}
	b.at = s.last()
	return s
}

// How high the pane is, without its title.
const (
	paneHeight      = 11
	errorPaneHeight = 5
)

// questionLines is how high a screen has to be for a line with the question that
// waits.
const questionLines = 10

// layout says what stands on which line of the list screen.
type layout struct {
	width, height int
	oneLine       bool // nothing but the counts
	banner        bool // a question, a note or a rule under the header
	question      bool // the banner has room for a question
	columnHeader  bool
	list          span
	pane          span // with its title; none if it has no lines
	rule          bool // above the status
	status        bool
	footer        bool
	columns       columns
}

// layoutFor lays out the list screen. pane asks for the preview pane; failed
// says that it explains a failure, which it does on smaller screens too; curves
// that there is something to draw them with.
// No size is too small.
func layoutFor(width, height int, pane, failed, curves bool, in units.System) layout {
	l := layout{width: width, height: height}
	if width < 20 || height < 4 {
		l.oneLine = true
		return l
	}
	l.columns = columnsFor(width, curves, in)
	l.banner = height >= 6
	l.question = height >= questionLines
	l.footer = height >= 6
	l.columnHeader = height >= 16
	l.status = height >= 16

	top, bottom := 1, height
	for _, line := range [...]bool{l.banner, l.columnHeader} {
		if line {
			top++
		}
	}
	for _, line := range [...]bool{l.footer, l.status} {
		if line {
			bottom--
		}
	}
	switch {
	case height >= 30 && pane:
		l.rule = true
		bottom--
		l.pane = span{bottom - paneHeight - 1, paneHeight + 1}
	case height >= 20 && pane && failed:
		l.pane = span{bottom - errorPaneHeight - 1, errorPaneHeight + 1}
	}
	if l.pane.shows() {
		bottom = l.pane.at
	}
	l.list = span{top, bottom - top}
	return l
}
