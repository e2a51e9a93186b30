package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// visible are the elements of a recording that are there at a time, by its own
// keyframes.
func visible(t *testing.T, svg string, at, length time.Duration) (elements []string) {
	t.Helper()
	shown := make(map[string]bool)
	for _, m := range regexp.MustCompile(`@keyframes k(\d+)\{(.*)\}#g(\d+)\{animation:k(\d+) ([\d.]+)s step-end infinite\}`).FindAllStringSubmatch(svg, -1) {
		if m[1] != m[3] || m[1] != m[4] || m[5] != strconv.FormatFloat(length.Seconds(), 'f', 2, 64) {
			t.Fatalf("an animation is %q", m[0])
		}
		for _, f := range regexp.MustCompile(`([\d.]+)%\{visibility:(\w+)\}`).FindAllStringSubmatch(m[2], -1) {
			percent, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			if percent <= 100*at.Seconds()/length.Seconds() {
				shown[m[1]] = f[2] == "visible"
			}
		}
	}
	for _, g := range regexp.MustCompile(`(?s)<g id="g(\d+)"[^>]*>\n(.*?)\n</g>`).FindAllStringSubmatch(svg, -1) {
		if shown[g[1]] {
			elements = append(elements, strings.Split(g[2], "\n")...)
		}
	}
	slices.Sort(elements)
	return elements
}

func TestARecordingShowsEachShotInItsTime(t *testing.T) {
	shots := []shot{
		{0, "$ haul\n"},
		{time.Second, "haul  1 run\n\x1b[7mfilm\x1b[0m  10%\n"},
		{2 * time.Second, "haul  1 run\n\x1b[7mfilm\x1b[0m  20%\n"},
		{3 * time.Second, "haul  1 run\n\x1b[7mfilm\x1b[0m  10%\n"},
		{4 * time.Second, "$ haul\n$ <&\n"},
	}
	const length = 5 * time.Second
	svg := animate(shots, length, 20, 3)
	for i, s := range shots {
		for _, after := range []time.Duration{0, 999 * time.Millisecond} {
			want := elements(parse(s.styled))
			slices.Sort(want)
			if got := visible(t, svg, s.at+after, length); !slices.Equal(got, want) {
				t.Errorf("shot %d shows\n%q, want\n%q", i, got, want)
			}
		}
	}
	for _, once := range []string{">$ haul<", ">film<", ">10%<", ">20%<"} {
		if n := strings.Count(svg, once); n != 1 {
			t.Errorf("%s is written %d times", once, n)
		}
	}
	if strings.Index(svg, "<rect x") > strings.Index(svg, "<text") {
		t.Error("the ground of a text lies over others")
	}
	if still := regexp.MustCompile(`(?s)class="still">\n(.*?)\n</g>`).FindAllStringSubmatch(svg, -1); len(still) == 0 {
		t.Error("nothing is shown without animations")
	}
	for _, word := range []string{"<script", "href", "http://127"} {
		if strings.Contains(svg, word) {
			t.Errorf("it has %s in it", word)
		}
	}
}
