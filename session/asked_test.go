package session

import (
	"testing"
	"time"
)

// Near a server nothing but their sum bounds what requests ask for from below:
// it is what a kill costs.
func TestManyConnectionsAskForNoMoreThanAFew(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int64
		rtt    time.Duration
		lanes  int
		want   int64
	}{
		{"one", 64 << 20, 0, 1, 1 << 20},
		{"a few", 256 << 20, 0, 4, 256 << 10},
		{"many", 256 << 20, 0, 16, 96 << 10},
		{"many of a large file", 4 << 30, 0, 16, 1 << 20},
		{"a few of a small file", 8 << 20, 0, 2, 256 << 10},
		{"many over a long way", 256 << 20, 100 * time.Millisecond, 16, 4 << 20},
	} {
		// 20 MiB a second, all together.
		got := (&crew{length: c.length, rtt: c.rtt}).worthAsking(c.lanes, 20<<20)
		if got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.want)
		}
	}
}
