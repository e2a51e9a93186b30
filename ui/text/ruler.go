package text

import "strings"

// Ruler measures and cuts Texts for one terminal. The zero Ruler counts as
// Bubble Tea does before the terminal has answered, and cuts without a mark.
// A Ruler is a value: the user interface makes a new one when the terminal
// answers or the glyph set changes.
//
// No method returns or appends more cells than it was asked for, except that
// the Pad methods leave a text alone that is too wide already.
type Ruler struct {
	// Clusters says that the terminal counts by grapheme cluster: it has
	// reported mode 2027 (a tea.ModeReportMsg for ansi.ModeUnicodeCore).
	Clusters bool

	// Ellipsis marks where a text was cut: "…", or "~" in plain ASCII.
	Ellipsis Text
}

// Width is the number of cells that t takes.
func (r Ruler) Width(t Text) int {
	if r.Clusters {
		return t.clusters
	}
	return t.runes
}

// Truncate cuts t at its end, so that it takes at most width cells.
func (r Ruler) Truncate(t Text, width int) Text {
	head, _, cut := r.cutEnd(t, width)
	return r.joined(t, head, "", cut)
}

// TruncateMiddle cuts out of the middle of t, so that it takes at most width
// cells. The end of a file name matters as much as its beginning: it has the
// number and the extension. An extension (also ".tar.xz" and the like) stays
// whole where there is room for it.
func (r Ruler) TruncateMiddle(t Text, width int) Text {
	head, tail, _, cut := r.cutMiddle(t, width)
	return r.joined(t, head, tail, cut)
}

// PadRight is t and spaces up to width cells.
func (r Ruler) PadRight(t Text, width int) Text {
	return r.padded(t, width, func(spaces string) string { return t.s + spaces })
}

// PadLeft is spaces up to width cells and t.
func (r Ruler) PadLeft(t Text, width int) Text {
	return r.padded(t, width, func(spaces string) string { return spaces + t.s })
}

// AppendLeft appends t to dst in exactly width cells: cut at the end, filled
// with spaces on the right. The Append methods allocate nothing beyond what
// dst needs, so that a row can be composed in one reused buffer.
func (r Ruler) AppendLeft(dst []byte, t Text, width int) []byte {
	head, cells, cut := r.cutEnd(t, width)
	return appendSpaces(r.appendCut(dst, head, "", cut), width-cells)
}

// AppendMiddle appends t to dst in exactly width cells: cut in the middle,
// filled with spaces on the right.
func (r Ruler) AppendMiddle(dst []byte, t Text, width int) []byte {
	head, tail, cells, cut := r.cutMiddle(t, width)
	return appendSpaces(r.appendCut(dst, head, tail, cut), width-cells)
}

// AppendRight appends t to dst in exactly width cells: cut at the end, filled
// with spaces on the left.
func (r Ruler) AppendRight(dst []byte, t Text, width int) []byte {
	head, cells, cut := r.cutEnd(t, width)
	return r.appendCut(appendSpaces(dst, width-cells), head, "", cut)
}

// cutEnd finds what stays of t: head, then the ellipsis if cut is true.
// cells is the width of both.
func (r Ruler) cutEnd(t Text, width int) (head string, cells int, cut bool) {
	if w := r.Width(t); w <= width {
		return t.s, w, false
	}
	mark := r.Width(r.Ellipsis)
	if width < mark {
		head, cells = r.prefix(t, width)
		return head, cells, false
	}
	head, cells = r.prefix(t, width-mark)
	return head, cells + mark, true
}

// cutMiddle finds what stays of t: head, then the ellipsis if cut is true,
// then tail. cells is the width of all.
func (r Ruler) cutMiddle(t Text, width int) (head, tail string, cells int, cut bool) {
	mark := r.Width(r.Ellipsis)
	room := width - mark
	if r.Width(t) <= width || room < 2 {
		head, cells, cut = r.cutEnd(t, width)
		return head, "", cells, cut
	}
	tailRoom := room - room/2
	if ext := r.Width(extension(t)); ext > tailRoom && ext < room {
		tailRoom = ext
	}
	tail, tailCells := r.suffix(t, tailRoom)
	head, headCells := r.prefix(t, room-tailCells)
	return head, tail, headCells + mark + tailCells, true
}

// extension is the end of a file name that says what the file is, with its
// dot, or empty. What is longer than eight characters is no extension.
func extension(t Text) Text {
	dot := strings.LastIndexByte(t.s, '.')
	if dot <= 0 || len(t.s)-dot > 1+8 || strings.ContainsAny(t.s[dot:], " /") {
		return Text{}
	}
	if stem := strings.TrimSuffix(t.s[:dot], ".tar"); stem != "" {
		dot = len(stem)
	}
	return measured(t.s[dot:])
}

// prefix is the longest beginning of t that takes at most width cells.
func (r Ruler) prefix(t Text, width int) (s string, cells int) {
	width = max(width, 0)
	if t.isASCII() {
		cells = min(width, len(t.s))
		return t.s[:cells], cells
	}
	end := 0
	for end < len(t.s) {
		cluster, w := r.next(t.s[end:])
		if cells+w > width {
			break
		}
		end += len(cluster)
		cells += w
	}
	return t.s[:end], cells
}

// suffix is the longest end of t that takes at most width cells.
func (r Ruler) suffix(t Text, width int) (s string, cells int) {
	if t.isASCII() {
		cells = min(width, len(t.s))
		return t.s[len(t.s)-cells:], cells
	}
	start, cells := 0, r.Width(t)
	for cells > width {
		cluster, w := r.next(t.s[start:])
		start += len(cluster)
		cells -= w
	}
	return t.s[start:], cells
}

// next cuts the first grapheme cluster from s, with its width.
func (r Ruler) next(s string) (cluster string, width int) {
	cluster, clusters, runes := first(s)
	if r.Clusters {
		return cluster, clusters
	}
	return cluster, runes
}

func (r Ruler) joined(t Text, head, tail string, cut bool) Text {
	switch {
	case cut:
		return measured(head + r.Ellipsis.s + tail)
	case len(head) == len(t.s):
		return t
	}
	return measured(head)
}

func (r Ruler) appendCut(dst []byte, head, tail string, cut bool) []byte {
	dst = append(dst, head...)
	if cut {
		dst = append(dst, r.Ellipsis.s...)
	}
	return append(dst, tail...)
}

func (r Ruler) padded(t Text, width int, join func(spaces string) string) Text {
	n := width - r.Width(t)
	if n <= 0 {
		return t
	}
	return Text{s: join(strings.Repeat(" ", n)), clusters: t.clusters + n, runes: t.runes + n}
}

func appendSpaces(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}
