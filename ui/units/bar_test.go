package units

import (
	"math"
	"strings"
	"testing"
)

// The bars of the list at 120 and 80 columns.
func TestBarRoundsDown(t *testing.T) {
	bar := Bar{Full: "#", Empty: ".", Unknown: "-"}
	for percent, want := range map[int64][2]int{
		63: {12, 5}, 88: {17, 7}, 12: {2, 1}, 41: {8, 3}, 0: {0, 0}, 37: {7, 3},
		5: {1, 0}, 71: {14, 6}, 22: {4, 1}, 100: {20, 9}, 9: {1, 0},
	} {
		for i, width := range []int{20, 9} {
			got := string(AppendBar(nil, width, Fraction(percent, 100), bar))
			if want := strings.Repeat("#", want[i]) + strings.Repeat(".", width-want[i]); got != want {
				t.Errorf("%d%% of %d = %q, want %q", percent, width, got, want)
			}
		}
	}
}

func TestBarOfUnknownLength(t *testing.T) {
	bar := Bar{Full: "█", Empty: "░", Unknown: "-"}
	for _, fraction := range []float64{-1, math.NaN()} {
		if got := string(AppendBar(nil, 9, fraction, bar)); got != "---------" {
			t.Errorf("fraction %v = %q", fraction, got)
		}
	}
	if got := string(AppendBar(nil, -3, 0.5, bar)); got != "" {
		t.Errorf("negative width = %q", got)
	}
	if got := string(AppendBar(nil, 3, 7, bar)); got != "███" {
		t.Errorf("more than everything = %q", got)
	}
}

func TestSparkline(t *testing.T) {
	levels := []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	tests := []struct {
		name   string
		width  int
		values []float64
		levels []string
		want   string
	}{
		{"rises", 8, []float64{1, 2, 3, 4, 5, 6, 7, 8}, levels, "▂▃▄▅▆▇██"},
		{"last values", 3, []float64{100, 0, 4, 8}, levels, "▁▅█"},
		{"begins with spaces", 4, []float64{8, 8}, levels, "  ██"},
		{"nothing moves", 3, []float64{0, 0, 0}, levels, "▁▁▁"},
		{"nonsense counts as nothing", 4, []float64{math.NaN(), -5, 1, 0}, levels, "▁▁█▁"},
		{"no values", 2, nil, levels, "  "},
		{"no levels", 3, []float64{1, 2, 3}, nil, "   "},
		{"no width", 0, []float64{1}, levels, ""},
		{"negative width", -1, []float64{1}, levels, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendSparkline(nil, tt.width, tt.values, tt.levels)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAMinuteHasItsOwnScaleOfTime(t *testing.T) {
	levels := []string{"1", "2", "3", "4"}
	minute := make([]float64, 60)
	for i := range minute {
		minute[i] = float64(i)
	}
	for _, tt := range []struct {
		name   string
		width  int
		values []float64
		want   string
	}{
		{"a whole minute", 6, minute, "122344"},
		{"the last 20 s", 6, minute[40:], "    44"},
		{"one second", 6, []float64{5}, "     4"},
		{"nothing", 4, nil, "    "},
		{"no room", 0, minute, ""},
		{"a cell for each second", 60, []float64{1, 4}, strings.Repeat(" ", 58) + "24"},
	} {
		if got := string(AppendMinute(nil, tt.width, tt.values, levels)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
