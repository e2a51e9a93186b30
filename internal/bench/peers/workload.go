//go:build linux

package main

import (
	"fmt"
	"math"
	"time"
)

// workload is one thing that is measured.
type workload struct {
	name  string
	what  string // the rest of the title, after sizes
	files int    // 1: one file
	size  int64  // bytes of each, before scaling
	tls   bool
	disk  bool
	// path is the location on the server, "/" or one with a limit.
	path string
	link *linkConfig // nil: loopback
	// interrupted: killed at half, then run again.
	interrupted bool
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

func workloads() []workload {
	link := linkConfig{delay: 50 * time.Millisecond, bitsPerSecond: 200e6}
	lossy := link
	lossy.loss = 0.005
	return []workload{
		{name: "http-memory", what: "over HTTP, into memory", files: 1, size: 2 * gib, path: "/"},
		{name: "http-disk", what: "over HTTP, onto a disk", files: 1, size: 2 * gib, path: "/", disk: true},
		{name: "https-memory", what: "over HTTPS, into memory", files: 1, size: 2 * gib, path: "/", tls: true},
		{name: "https-disk", what: "over HTTPS, onto a disk", files: 1, size: 2 * gib, path: "/", tls: true, disk: true},
		{name: "files-http", what: "over HTTP/1.1", files: 2000, size: 64 * kib, path: "/"},
		{name: "files-https", what: "over HTTPS, with HTTP/2 for who speaks it", files: 2000, size: 64 * kib, path: "/", tls: true},
		{name: "limited-64", what: "from a server that gives each connection 4 MB/s", files: 1, size: 64 * mib, path: "/limited/"},
		{name: "limited-512", what: "from a server that gives each connection 4 MB/s", files: 1, size: 512 * mib, path: "/limited/"},
		{name: "link-one", what: "over " + link.String(), files: 1, size: 64 * mib, path: "/", link: &link},
		{name: "link-one-loss", what: "over " + lossy.String(), files: 1, size: 64 * mib, path: "/", link: &lossy},
		{name: "link-files", what: "over HTTP and " + link.String(), files: 200, size: 64 * kib, path: "/", link: &link},
		{name: "link-files-loss", what: "over HTTP and " + lossy.String(), files: 200, size: 64 * kib, path: "/", link: &lossy},
		{name: "link-files-tls", what: "over HTTPS and " + link.String(), files: 200, size: 64 * kib, path: "/", link: &link, tls: true},
		{name: "link-files-tls-loss", what: "over HTTPS and " + lossy.String(), files: 200, size: 64 * kib, path: "/", link: &lossy, tls: true},
		{name: "resume", what: "killed at half and run again, 32 MB/s for each connection", files: 1, size: 256 * mib, path: "/half/", interrupted: true},
	}
}

// scaled is the workload with its sizes changed: of many files the number, else
// the size.
func (w workload) scaled(by float64) workload {
	if w.files > 1 {
		w.files = max(3, int(math.Round(float64(w.files)*by)))
	} else {
		w.size = max(64*kib, int64(math.Round(float64(w.size)*by)))
	}
	return w
}

func (w workload) title(scale float64) string {
	w = w.scaled(scale)
	if w.files == 1 {
		return fmt.Sprintf("%s %s", binary(w.size), w.what)
	}
	return fmt.Sprintf("%d files of %s %s", w.files, binary(w.size), w.what)
}

// binary is a size in the largest unit that leaves a whole number.
func binary(n int64) string {
	switch {
	case n >= gib && n%gib == 0:
		return fmt.Sprintf("%d GiB", n/gib)
	case n >= mib && n%mib == 0:
		return fmt.Sprintf("%d MiB", n/mib)
	}
	return fmt.Sprintf("%d KiB", n/kib)
}

// source is the name of the file on the server that the workload needs, the
// i-th of many.
func (w workload) source(i int) string {
	if w.files == 1 {
		return fmt.Sprintf("one-%d.bin", w.size)
	}
	return fmt.Sprintf("many-%d/f%05d.bin", w.size, i)
}

// result is the name that the i-th file has when it has arrived.
func (w workload) result(i int) string {
	if w.files == 1 {
		return "got.bin"
	}
	return fmt.Sprintf("f%05d.bin", i)
}
