package partial

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// BenchmarkSmallFile is the life of a file that is whole before its first
// checkpoint. It has few bytes, so that what surrounds them shows.
func BenchmarkSmallFile(b *testing.B) {
	dir := benchDir(b)
	chunk := make([]byte, 1<<10)
	st := storyState("v1")
	st.Length = 2 * int64(len(chunk))
	d, p := NewDirectories(OS{}), NewPublisher(OS{}, time.Second)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		dest := filepath.Join(dir, fmt.Sprintf("f%08d.bin", n))
		f, err := d.Create(dest+PartSuffix, st)
		if err != nil {
			b.Fatal(err)
		}
		f.AutoCheckpoint(CheckpointPolicy{})
		for off := int64(0); off < st.Length; off += int64(len(chunk)) {
			if _, err := f.WriteAt(chunk, off); err != nil {
				b.Fatal(err)
			}
		}
		s, err := f.Seal()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.PublishSealed(s, dest, false); err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(s.Close(), os.Remove(dest)); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
}
