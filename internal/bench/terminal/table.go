//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// figure is one line of the table.
type figure struct {
	name  string // in results
	what  string
	unit  string
	limit float64 // at most; 0 for none
	than  string  // the figure that it is to stay below; "" for none
	none  bool    // the limit is 0
}

func lines(s settings) []figure {
	return []figure{
		{name: "start", what: "start to first frame, one transfer", unit: "ms", limit: 60},
		{name: "start list", what: fmt.Sprintf("start to first frame, a list of %d", s.rows), unit: "ms", limit: 60},
		{name: "idle", what: fmt.Sprintf("%d rows, nothing runs", s.rows), unit: "% of a core", limit: 0.3},
		{name: "idle unfocused", what: "the same without the focus", unit: "% of a core", limit: 0.3},
		{name: "key median", what: fmt.Sprintf("key to screen, %d rows, %d running: median", s.rows, running), unit: "ms"},
		{name: "key 99", what: "the same: 99 % within", unit: "ms", limit: 50},
		{name: "memory", what: "resident memory there, at the most", unit: "MB", limit: 60},
		{name: "watch", what: fmt.Sprintf("%d transfers of %.3g MB/s, monitor open", running, float64(s.rate)/1e6), unit: "% of a core"},
		{name: "watch unfocused", what: "the same without the focus", unit: "% of a core", than: "watch"},
		{name: "watch plain", what: "the same with `--plain`", unit: "% of a core"},
		{name: "watch monitor", what: "what the monitor costs there: the difference", unit: "% of a core", limit: 5},
		{name: "full share", what: fmt.Sprintf("%d transfers at full speed, monitor open", running), unit: "% of a core"},
		{name: "full rate", what: "their speed together", unit: "GB/s"},
		{name: "full", what: "what the monitor costs there, beyond `--plain`", unit: "% of a core", limit: 5},
		{name: "full own", what: "what of that is outside of the kernel", unit: "% of a core"},
		{name: "frame", what: "a frame at 120x40 with 100,000 rows", unit: "ms", limit: 2},
		{name: "frame rows", what: "allocations for rows that have not changed", unit: "", none: true},
	}
}

// results are the values of each figure, one for each round.
type results struct{ values map[string][]float64 }

func newResults() *results { return &results{values: make(map[string][]float64)} }

func (r *results) add(figure string, value float64) {
	r.values[figure] = append(r.values[figure], value)
}

// last is what was added last.
func (r *results) last(figure string) float64 {
	v := r.values[figure]
	return v[len(v)-1]
}

// median is the middle of the values, and the least and the most of them.
func (r *results) median(figure string) (middle, least, most float64, ok bool) {
	v := slices.Sorted(slices.Values(r.values[figure]))
	if len(v) == 0 {
		return 0, 0, 0, false
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2, v[0], v[len(v)-1], true
}

// write writes the table as Markdown, if there is anything to put into it.
func (r *results) write(out io.Writer, figures []figure) error {
	if len(r.values) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("| what | median | least to most | limit | |\n| --- | --- | --- | --- | --- |\n")
	for _, f := range figures {
		middle, least, most, ok := r.median(f.name)
		if !ok {
			continue
		}
		limit, verdict := "", ""
		switch {
		case f.than != "":
			other, _, _, _ := r.median(f.than)
			limit, verdict = "less than with it", judged(middle < other)
		case f.limit > 0 || f.none:
			limit, verdict = fmt.Sprintf("%g", f.limit), judged(middle <= f.limit)
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s to %s | %s | %s |\n", f.what, number(middle), f.unit, number(least), number(most), limit, verdict)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func judged(ok bool) string {
	if ok {
		return "kept"
	}
	return "**missed**"
}

// number has three figures.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 1 && v > -1:
		return fmt.Sprintf("%.3f", v)
	case v < 100:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
