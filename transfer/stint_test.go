package transfer

import (
	"testing"
	"time"
)

func TestACopyYieldsWhenItNeverWaits(t *testing.T) {
	for _, c := range []struct {
		name  string
		piece time.Duration // that each takes
		want  int           // turns in a second
	}{
		{"pieces that are there", 500 * time.Microsecond, 199},
		{"pieces that are nearly there", 2 * time.Millisecond, 166},
		{"pieces that are waited for", copyStint, 0},
		{"a slow body", 100 * time.Millisecond, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var busy stint
			got, now := 0, time.Now()
			for end := now.Add(time.Second); now.Before(end); now = now.Add(c.piece) {
				if busy.over(now) {
					got++
				}
			}
			if got != c.want {
				t.Errorf("%d turns, want %d", got, c.want)
			}
		})
	}
}
