// Package golden compares screens with files that people can read.
//
// A file has one screen in all its sizes and looks. Each is drawn in a frame, so
// that its width can be seen; behind a line stand its styles, as letters with the
// cells that they hold for:
//
//	== 40x12, truecolor, dark
//	a \e[38;2;95;175;255m
//	| haul 5/13                   48.5 M/s | a:1-4
//
// Lines that are the same one below the other are written once, with their
// number. A look that differs from one before it in nothing but what its letters
// mean names that one instead.
package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// View is a screen in one size and look.
type View struct {
	// Name says which; Width is how many cells a line may have.
	Name  string
	Width int
	// Screen are the lines, with their styles.
	Screen string
}

// Check compares the views with the file at path, or writes it if update is
// true.
func Check(t testing.TB, path string, update bool, views []View) {
	t.Helper()
	got := written(views)
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screens differ from %s; with -update it is written anew, and git shows what has changed.\n%s", path, firstDifference(got, string(want)))
	}
}

// firstDifference shows the first lines that differ, and the view they are of.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	view := ""
	for i := range min(len(a), len(b)) {
		if strings.HasPrefix(a[i], "== ") {
			view = a[i]
		}
		if a[i] != b[i] {
			return fmt.Sprintf("%s\n got %s\nwant %s", view, a[i], b[i])
		}
	}
	return fmt.Sprintf("%s\n got %d lines, want %d", view, len(a), len(b))
}

// written is the file.
func written(views []View) string {
	var b strings.Builder
	seen := map[string]string{} // the name of the first view that looks so
	for _, v := range views {
		legend, body := drawn(v)
		fmt.Fprintf(&b, "== %s\n", v.Name)
		for i, style := range legend {
			fmt.Fprintf(&b, "%s %s\n", letter(i), strings.ReplaceAll(style, "\x1b", `\e`))
		}
		if first, ok := seen[body]; ok {
			fmt.Fprintf(&b, "as %s\n\n", first)
			continue
		}
		seen[body] = v.Name
		b.WriteString(body + "\n")
	}
	return b.String()
}

var sequence = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// drawn is a view in its frame, and the styles in it in the order of their
// letters.
func drawn(v View) (legend []string, body string) {
	var lines []string
	for line := range strings.SplitSeq(v.Screen, "\n") {
		shown := sequence.ReplaceAllString(line, "")
		out := "|" + shown + strings.Repeat(" ", max(v.Width-ansi.StringWidth(shown), 0)) + "|"
		for _, run := range styles(line) {
			at := slices.Index(legend, run.style)
			if at < 0 {
				at = len(legend)
				legend = append(legend, run.style)
			}
			out += fmt.Sprintf(" %s:%d-%d", letter(at), run.from, run.to-1)
		}
		lines = append(lines, out)
	}
	var b strings.Builder
	for i := 0; i < len(lines); {
		n := 1
		for i+n < len(lines) && lines[i+n] == lines[i] {
			n++
		}
		b.WriteString(lines[i] + "\n")
		if n > 1 {
			fmt.Fprintf(&b, "%d of these\n", n)
		}
		i += n
	}
	return legend, b.String()
}

// run are cells of one style.
type run struct {
	style    string
	from, to int
}

// styles are the runs of a line that have a style.
func styles(line string) (runs []run) {
	active, x := "", 0
	add := func(part string) {
		n := ansi.StringWidth(part)
		if last := len(runs) - 1; last >= 0 && runs[last].style == active && runs[last].to == x {
			runs[last].to += n
		} else if active != "" && n > 0 {
			runs = append(runs, run{active, x, x + n})
		}
		x += n
	}
	at := 0
	for _, found := range sequence.FindAllStringIndex(line, -1) {
		add(line[at:found[0]])
		if s := line[found[0]:found[1]]; s == "\x1b[m" || s == "\x1b[0m" {
			active = ""
		} else {
			active += s
		}
		at = found[1]
	}
	add(line[at:])
	return runs
}

// letter is the name of a style: a to z, then aa.
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letter(i/26-1) + letter(i%26)
}
