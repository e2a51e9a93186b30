package partial

import (
	"errors"
	"math"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReserveOfALieTakesNoDisk: a server may declare any length.
func TestReserveOfALieTakesNoDisk(t *testing.T) {
	var disk unix.Statfs_t
	must(t, unix.Statfs(t.TempDir(), &disk))
	free := int64(disk.Bavail) * int64(disk.Bsize)
	for name, c := range map[string]struct {
		size int64
		want error
		most int64 // allocated after it
	}{
		"1 MiB":              {1 << 20, nil, 2 << 20},
		"half of the disk":   {free / 2, nil, maxReserve + 1<<20},
		"twice the disk":     {2 * free, unix.ENOSPC, 0},
		"the largest number": {math.MaxInt64, unix.ENOSPC, 0},
		"2^62":               {1 << 62, unix.ENOSPC, 0},
		"a little too much":  {free + 64<<20, unix.ENOSPC, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFile(t, -1)
			err := f.Reserve(c.size)
			if !errors.Is(err, c.want) {
				t.Errorf("Reserve(%d): %v, want %v", c.size, err, c.want)
			}
			var st unix.Stat_t
			must(t, unix.Stat(f.Path(), &st))
			if got := st.Blocks * 512; got > c.most {
				t.Errorf("%d bytes of disk are taken, want at most %d", got, c.most)
			}
			must(t, f.Discard())
			if _, err := os.Lstat(f.Path()); !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
		})
	}
}
