//go:build linux

package main

import (
	"bytes"
	"io"
	"maps"
	"regexp"
	"strings"
	"testing"

	"haul/internal/e2e"
)

// TestEveryFigureIsMeasured plays every scene but frame, which runs go test, as
// small as it goes. What the figures are is not its business.
func TestEveryFigureIsMeasured(t *testing.T) {
	dir := t.TempDir()
	haul, err := e2e.Build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = run(t.Context(), []string{
		"-haul", haul, "-memory", dir, "-rounds", "2", "-rows", "64", "-keys", "3", "-window", "100ms", "-settle", "10ms",
		"-rate", "100000", "-size", "2000000", "-scene", "start,idle,busy,watch,full",
		"-peer", "another|help|" + haul + " -d {dir} {urls}", "-peer", "alone|help|" + haul,
	}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, f := range lines(settings{rows: 64, rate: 100_000}) {
		if strings.HasPrefix(f.name, "frame") {
			continue
		}
		if !regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(f.what) + ` \| -?[0-9.]+ `).MatchString(out.String()) {
			t.Errorf("no figure of %s", f.name)
		}
	}
	for _, row := range []string{`haul( \| [0-9.]+ \([^)]*\)){6}, [0-9]+ \|`, `another( \| [0-9.]+ \([^)]*\)){6}, [0-9]+ \|`, `alone( \| [0-9.]+ \([^)]*\)){3} \|`} {
		if !regexp.MustCompile(`(?m)^\| ` + row).MatchString(out.String()) {
			t.Errorf("no row like %s", row)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestTheTableSaysWhichLimitsAreKept(t *testing.T) {
	r := newResults()
	for figure, values := range map[string][]float64{"a": {3, 1, 2}, "b": {5, 5}, "c": {0}, "d": {4}} {
		for _, v := range values {
			r.add(figure, v)
		}
	}
	var out strings.Builder
	err := r.write(&out, []figure{
		{name: "a", what: "A", unit: "ms", limit: 2}, {name: "b", what: "B", unit: "ms", limit: 4.5}, {name: "c", what: "C", none: true},
		{name: "d", what: "D", than: "b"}, {name: "a", what: "E", than: "a"}, {name: "a", what: "F"}, {name: "z", what: "Z"},
	})
	want := `| what | median | least to most | limit | |
| --- | --- | --- | --- | --- |
| A | 2.00 ms | 1.00 to 3.00 | 2 | kept |
| B | 5.00 ms | 5.00 to 5.00 | 4.5 | **missed** |
| C | 0  | 0 to 0 | 0 | kept |
| D | 4.00  | 4.00 to 4.00 | less than with it | kept |
| E | 2.00  | 1.00 to 3.00 | less than with it | **missed** |
| F | 2.00  | 1.00 to 3.00 |  |  |
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestTheOutputOfGoTestIsRead(t *testing.T) {
	output := "goos: linux\nBenchmarkRows-2 \t 30 \t 12.5 ns/op\t 0 B/op\t 0 allocs/op\nBenchmarkRowsMore-2 1 7 ns/op\nok haul/ui 1s\n"
	if got, want := benchmark(output, "Rows"), map[string]string{"ns/op": "12.5", "B/op": "0", "allocs/op": "0"}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := benchmark(output, "Columns"); len(got) != 0 {
		t.Errorf("%v of a benchmark that did not run", got)
	}
}

func TestFlagsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, args := range []string{
		"-rounds 0", "-rows 15", "-keys 0", "-window 0s", "-rate 0", "-size 0", "-scene nowhere", "more", "-peer name", "-peer a|b|", "-peer |b|c",
	} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
}
