package partial

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// benchDir is in memory where the system has such a place, so that the figures
// are the cost of the package and not of a disk.
// HAUL_BENCH_DIR names another one.
func benchDir(b *testing.B) string {
	parent := os.Getenv("HAUL_BENCH_DIR")
	if parent == "" {
		if fi, err := os.Stat("/dev/shm"); err == nil && fi.IsDir() {
			parent = "/dev/shm"
		}
	}
	dir, err := os.MkdirTemp(parent, "haul-bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			b.Error(err)
		}
	})
	return dir
}

const (
	benchSize  = 2 << 30
	benchChunk = 1 << 20
)

func BenchmarkWrite2GiB(b *testing.B) {
	chunk := storyBytes("v1", Range{0, benchChunk})
	b.Run("os.File", func(b *testing.B) {
		path := filepath.Join(benchDir(b), "plain")
		b.SetBytes(benchSize)
		for b.Loop() {
			f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
			if err != nil {
				b.Fatal(err)
			}
			for off := int64(0); off < benchSize; off += benchChunk {
				if _, err := f.WriteAt(chunk, off); err != nil {
					b.Fatal(err)
				}
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, checkpoints := range map[string]bool{"File": true, "File, checkpoints off": false} {
		b.Run(name, func(b *testing.B) { writeFile(b, chunk, checkpoints) })
	}
}

// writeFile writes benchSize bytes through a File.
func writeFile(b *testing.B, chunk []byte, checkpoints bool) {
	path := PathFor(benchDir(b), "part")
	st := storyState("v1")
	st.Length = benchSize
	b.SetBytes(benchSize)
	for b.Loop() {
		f, err := Create(OS{}, path, st)
		if err != nil {
			b.Fatal(err)
		}
		if checkpoints {
			f.AutoCheckpoint(CheckpointPolicy{})
		}
		for off := int64(0); off < benchSize; off += benchChunk {
			if _, err := f.WriteAt(chunk, off); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Finish(); err != nil {
			b.Fatal(err)
		}
		if err := Remove(OS{}, path); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDurability writes the same bytes in turn into a file that is synced at
// its end and, with checkpoints and ledger, through a File, and reports the
// median of what the latter takes longer, in percent of the former. Run it with
// -benchtime 15x.
func BenchmarkDurability(b *testing.B) {
	const size = 512 << 20
	chunk := storyBytes("v1", Range{0, benchChunk})
	dir := benchDir(b)
	timed := func(write func() error) float64 {
		began := time.Now()
		if err := write(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began).Seconds()
	}
	fill := func(f io.WriterAt) error {
		for off := int64(0); off < size; off += benchChunk {
			if _, err := f.WriteAt(chunk, off); err != nil {
				return err
			}
		}
		return nil
	}
	var costs []float64
	for b.Loop() {
		plain := filepath.Join(dir, "plain")
		bare := timed(func() error {
			f, err := os.Create(plain)
			if err != nil {
				return err
			}
			return errors.Join(fill(f), f.Sync(), f.Close())
		})
		path, st := PathFor(dir, "part"), storyState("v1")
		st.Length = size
		safe := timed(func() error {
			f, err := Create(OS{}, path, st)
			if err != nil {
				return err
			}
			f.AutoCheckpoint(CheckpointPolicy{})
			return errors.Join(fill(f), f.Finish())
		})
		costs = append(costs, 100*(safe/bare-1))
		if err := errors.Join(os.Remove(plain), Remove(OS{}, path)); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(costs)
	b.ReportMetric(costs[len(costs)/2], "%cost")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWriteAt4KiB overwrites the same pages, so that what the package adds
// to a call is not lost in the noise of new memory.
func BenchmarkWriteAt4KiB(b *testing.B) {
	chunk := make([]byte, 4096)
	run := func(b *testing.B, f io.WriterAt) {
		b.ReportAllocs()
		off := int64(0)
		for b.Loop() {
			if _, err := f.WriteAt(chunk, off); err != nil {
				b.Fatal(err)
			}
			if off += int64(len(chunk)); off == 64<<20 {
				off = 0
			}
		}
	}
	b.Run("os.File", func(b *testing.B) {
		f, err := os.Create(filepath.Join(benchDir(b), "plain"))
		if err != nil {
			b.Fatal(err)
		}
		run(b, f)
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("File", func(b *testing.B) {
		f, err := Create(OS{}, PathFor(benchDir(b), "part"), State{OriginalURL: "http://h/", URL: "http://h/", Length: -1})
		if err != nil {
			b.Fatal(err)
		}
		f.AutoCheckpoint(CheckpointPolicy{})
		run(b, f)
		if err := f.Discard(); err != nil {
			b.Fatal(err)
		}
	})
}
