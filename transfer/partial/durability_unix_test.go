//go:build unix

package partial

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkDurability writes the same bytes in turn into a file that is synced at
// its end and, with checkpoints and ledger, through a File, each time the other
// one first, and reports what the latter takes more, in percent of the former:
// the medians of the pairs, and the quarters of them on either side, of the
// processor's time and of the clock's. The processor's is the whole process's, so
// that what runs beside the writes counts; other programs disturb it less. Run it
// with -benchtime 41x.
func BenchmarkDurability(b *testing.B) {
	const size = 512 << 20
	chunk := storyBytes("v1", Range{0, benchChunk})
	dir := benchDir(b)
	plain, path := filepath.Join(dir, "plain"), PathFor(dir, "part")
	st := storyState("v1")
	st.Length = size
	fill := func(f io.WriterAt) error {
		for off := int64(0); off < size; off += benchChunk {
			if _, err := f.WriteAt(chunk, off); err != nil {
				return err
			}
		}
		return nil
	}
	bare := func() error {
		f, err := os.Create(plain)
		if err != nil {
			return err
		}
		return errors.Join(fill(f), f.Sync(), f.Close())
	}
	safe := func() error {
		f, err := Create(OS{}, path, st)
		if err != nil {
			return err
		}
		f.AutoCheckpoint(CheckpointPolicy{})
		return errors.Join(fill(f), f.Finish())
	}
	spent := func(write func() error) (processor, clock float64) {
		began, before := time.Now(), processorTime(b)
		if err := write(); err != nil {
			b.Fatal(err)
		}
		return (processorTime(b) - before).Seconds(), time.Since(began).Seconds()
	}
	var processor, clock []float64
	for turn := 0; b.Loop(); turn++ {
		var took [2][2]float64
		for i := range took {
			which := (i + turn) % 2
			took[which][0], took[which][1] = spent([]func() error{bare, safe}[which])
		}
		processor = append(processor, 100*(took[1][0]/took[0][0]-1))
		clock = append(clock, 100*(took[1][1]/took[0][1]-1))
		if err := errors.Join(os.Remove(plain), Remove(OS{}, path)); err != nil {
			b.Fatal(err)
		}
	}
	for unit, costs := range map[string][]float64{"%cpu": processor, "%wall": clock} {
		slices.Sort(costs)
		for name, share := range map[string]int{"": 2, "-quarter-below": 1, "-quarter-above": 3} {
			b.ReportMetric(costs[min(len(costs)*share/4, len(costs)-1)], unit+name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used so far, in user and in system mode.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
