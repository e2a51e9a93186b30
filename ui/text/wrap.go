package text

import "strings"

// Wrap breaks t into lines of at most width cells, at spaces where it can and
// inside a word where it must. The spaces at a break go away. A character that
// is wider than a whole line shows as the ellipsis. No width, no lines.
func (r Ruler) Wrap(t Text, width int) []Text {
	if width <= 0 || t.IsEmpty() {
		return nil
	}
	if r.Width(t) <= width {
		return []Text{t}
	}
	w := wrapper{ruler: r, width: width}
	for rest := t.s; rest != ""; {
		word := rest
		if i := strings.IndexByte(rest, ' '); i >= 0 {
			word = rest[:i+1]
		}
		rest = rest[len(word):]
		w.add(strings.TrimSuffix(word, " "), strings.HasSuffix(word, " "))
	}
	w.flush()
	return w.lines
}

// wrapper collects lines. A space after a word is held back until a word
// follows it on the same line.
type wrapper struct {
	ruler  Ruler
	width  int
	lines  []Text
	line   strings.Builder
	cells  int
	spaces int
}

func (w *wrapper) add(word string, space bool) {
	if word != "" {
		width := w.ruler.Width(measured(word))
		if w.cells > 0 && w.cells+w.spaces+width > w.width {
			w.flush()
		}
		if w.cells > 0 {
			w.line.WriteString(strings.Repeat(" ", w.spaces))
			w.cells += w.spaces
		}
		w.spaces = 0
		w.write(word)
	}
	if space {
		w.spaces++
	}
}

// write adds a word and breaks it where the line is full.
func (w *wrapper) write(word string) {
	for word != "" {
		cluster, width := w.ruler.next(word)
		word = word[len(cluster):]
		if width > w.width {
			cluster, width = w.ruler.Ellipsis.s, w.ruler.Width(w.ruler.Ellipsis)
			if width > w.width {
				continue
			}
		}
		if w.cells+width > w.width {
			w.flush()
		}
		w.line.WriteString(cluster)
		w.cells += width
	}
}

func (w *wrapper) flush() {
	if w.line.Len() > 0 {
		w.lines = append(w.lines, measured(w.line.String()))
	}
	w.line.Reset()
	w.cells, w.spaces = 0, 0
}
