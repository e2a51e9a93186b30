package units

// Bar is what a progress bar is drawn with. Each string takes one cell.
type Bar struct {
	Full, Empty string
	Unknown     string // the whole bar, when the end is not known
}

// Filled is how many of width cells are full. It rounds down: a full bar means
// complete. A negative fraction counts as 0.
func Filled(width int, fraction float64) int {
	// The small addend undoes what division in binary takes from 3/10*10.
	n := int(fraction*float64(width) + 1e-9)
	return min(max(n, 0), max(width, 0))
}

// AppendBar appends a bar of exactly width cells. A negative fraction means
// that the end is unknown. To give both parts of the bar a colour of their own,
// use [Filled] and [AppendCells].
func AppendBar(dst []byte, width int, fraction float64, g Bar) []byte {
	if !(fraction >= 0) { // NaN too
		return AppendCells(dst, width, g.Unknown)
	}
	full := Filled(width, fraction)
	dst = AppendCells(dst, full, g.Full)
	return AppendCells(dst, width-full, g.Empty)
}

// AppendCells appends n times the same one-cell glyph.
func AppendCells(dst []byte, n int, glyph string) []byte {
	for range n {
		dst = append(dst, glyph...)
	}
	return dst
}

// AppendSparkline appends a curve of exactly width cells: the last width of
// values, oldest first, scaled so that the greatest of them has the highest of
// levels. Where there are fewer values, the curve begins with spaces; without
// levels (a glyph set that has none) it is all spaces. Negative values and NaN
// count as 0.
func AppendSparkline(dst []byte, width int, values []float64, levels []string) []byte {
	width = max(width, 0)
	if len(levels) == 0 {
		return AppendCells(dst, width, " ")
	}
	values = values[max(len(values)-width, 0):]
	dst = AppendCells(dst, width-len(values), " ")
	top := 0.0
	for _, v := range values {
		if v > top {
			top = v
		}
	}
	for _, v := range values {
		level := 0
		if v > 0 {
			level = min(int(v/top*float64(len(levels))), len(levels)-1)
		}
		dst = append(dst, levels[level]...)
	}
	return dst
}

// window is how many seconds a curve of AppendMinute shows.
const window = 60

// AppendMinute appends a curve of exactly width cells in which the whole width is
// a minute: values are those of its last seconds, oldest first, and each cell
// has the mean of its share of them. Cells of seconds that have no value yet are
// spaces.
func AppendMinute(dst []byte, width int, values []float64, levels []string) []byte {
	values = values[max(len(values)-window, 0):]
	if width <= 0 || width >= window {
		return AppendSparkline(dst, width, values, levels)
	}
	var means [window]float64
	missing := window - len(values)
	first := width // the first cell that has a value
	for cell := width - 1; cell >= 0; cell-- {
		from, to := cell*window/width-missing, (cell+1)*window/width-missing
		if to <= 0 {
			break
		}
		from = max(from, 0)
		for _, v := range values[from:to] {
			if v > 0 {
				means[cell] += v / float64(to-from)
			}
		}
		first = cell
	}
	return AppendSparkline(dst, width, means[first:width], levels)
}
