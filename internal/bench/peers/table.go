//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"

	"haul/internal/bench/process"
)

// sample is what one run of a peer cost.
type sample struct {
	process.Sample
	again int64 // bytes that were fetched twice
}

// table collects the runs of one workload.
type table struct {
	w       workload
	samples map[string][]sample
	errs    map[string]error
}

func newTable(w workload) *table {
	return &table{w: w, samples: make(map[string][]sample), errs: make(map[string]error)}
}

// add takes note of a run. A peer that failed once is not run again.
func (t *table) add(name string, s sample, err error) {
	if err != nil {
		t.errs[name] = err
		return
	}
	t.samples[name] = append(t.samples[name], s)
}

func (t *table) failed(name string) bool { return t.errs[name] != nil }

// costs are the samples without what is this package's own.
func (t *table) costs(name string) []process.Sample {
	costs := make([]process.Sample, len(t.samples[name]))
	for i, s := range t.samples[name] {
		costs[i] = s.Sample
	}
	return costs
}

func wall(s process.Sample) float64 { return s.Wall.Seconds() }
func cpu(s process.Sample) float64  { return s.CPU.Seconds() }
func peak(s process.Sample) float64 { return float64(s.Peak) / 1e6 }

// write writes the table as Markdown, in the order of peers. Ratios are to curl.
func (t *table) write(out io.Writer, peers []peer) error {
	var b strings.Builder
	head := []string{"", "wall s (median)", "least to most", "× curl", "CPU s", "× curl", "peak MB"}
	if t.w.interrupted {
		head = append(head, "fetched again MB", "% of the file")
	}
	row(&b, head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	row(&b, rule)
	base := t.costs("curl")
	for _, p := range peers {
		switch s := t.costs(p.name); {
		case t.failed(p.name):
			why, _, _ := strings.Cut(t.errs[p.name].Error(), "\n")
			row(&b, append([]string{p.name, "failed: " + why}, make([]string, len(head)-2)...))
		case len(s) > 0:
			row(&b, t.cells(p.name, s, base))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (t *table) cells(name string, s, base []process.Sample) []string {
	least, most := s[0].Wall, s[0].Wall
	for _, one := range s {
		least, most = min(least, one.Wall), max(most, one.Wall)
	}
	cells := []string{
		name,
		fmt.Sprintf("%.3f", process.Median(s, wall)),
		fmt.Sprintf("%.3f to %.3f", least.Seconds(), most.Seconds()),
		ratio(process.Median(s, wall), process.Median(base, wall)),
		fmt.Sprintf("%.2f", process.Median(s, cpu)),
		ratio(process.Median(s, cpu), process.Median(base, cpu)),
		fmt.Sprintf("%.1f", process.Median(s, peak)),
	}
	if t.w.interrupted {
		again := t.again(name)
		cells = append(cells, fmt.Sprintf("%.1f", again/1e6), fmt.Sprintf("%.1f", 100*again/float64(t.w.size)))
	}
	return cells
}

// again is the median of the bytes that a peer fetched twice.
func (t *table) again(name string) float64 {
	twice := make([]process.Sample, 0, len(t.samples[name]))
	for _, s := range t.samples[name] {
		twice = append(twice, process.Sample{Peak: s.again})
	}
	return process.Median(twice, func(s process.Sample) float64 { return float64(s.Peak) })
}

// ratio is of to base, "" without one.
func ratio(of, base float64) string {
	if base <= 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", of/base)
}

func row(b *strings.Builder, cells []string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}
