//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"haul/internal/bench/process"
)

// bench is one run of this program.
type bench struct {
	settings
	dir              string // in memory, for everything but results on a disk
	out              io.Writer
	private          bool // the network namespace is this program's own
	nginx            string
	root             string // of the server
	certificate, key string
	peers            []peer
}

// prepare makes what all workloads share and writes the head of the output.
func (b *bench) prepare() error {
	var err error
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if b.nginx, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("the server is missing: %w", err)
	}
	b.root = filepath.Join(b.dir, "root")
	b.certificate, b.key = filepath.Join(b.dir, "cert.pem"), filepath.Join(b.dir, "key.pem")
	err = errors.Join(os.Mkdir(b.root, 0o755), makeCertificate(b.certificate, b.key))
	for _, location := range []string{"limited", "half"} {
		err = errors.Join(err, os.Symlink(".", filepath.Join(b.root, location)))
	}
	if err != nil {
		return err
	}
	if b.private {
		if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
			return fmt.Errorf("loopback: %w: %s", err, out)
		}
	}
	var missing []string
	b.peers, missing = installed(peers(b.haul), b.settings.peers)
	var kernel unix.Utsname
	if err := unix.Uname(&kernel); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "Linux %s; rounds: %d", unix.ByteSliceToString(kernel.Release[:]), b.rounds)
	named := map[string]bool{}
	for _, p := range b.peers {
		if p.program != "" && !named[p.program] {
			named[p.program] = true
			fmt.Fprintf(b.out, "; %s", p.version())
		}
	}
	fmt.Fprintln(b.out)
	if len(missing) > 0 {
		fmt.Fprintf(b.out, "\nNot installed and left out: %s.\n", strings.Join(missing, ", "))
	}
	if !b.private {
		fmt.Fprintln(b.out, "\nNot root: the server is on the machine's own loopback.")
	}
	return nil
}

// sources makes the files of a workload on the server.
func (b *bench) sources(w workload) error {
	for i := range w.files {
		path := filepath.Join(b.root, w.source(i))
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		seed := [32]byte{byte(i), byte(i >> 8), byte(i >> 16)}
		_, err = io.CopyN(f, rand.NewChaCha8(seed), w.size)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// measure runs one workload and prints its table.
func (b *bench) measure(ctx context.Context, w workload) error {
	title := w.title(b.scale)
	w = w.scaled(b.scale)
	fmt.Fprintf(b.out, "\n## %s (`%s`)\n\n", title, w.name)
	if !b.private && (w.link != nil || w.interrupted) {
		fmt.Fprintln(b.out, "Left out: it needs a network namespace, and so root.")
		return nil
	}
	if err := b.sources(w); err != nil {
		return err
	}
	s, err := b.startServer(w)
	if err != nil {
		return err
	}
	defer func() { _ = s.stop() }() // it only serves; an error changes no figure
	t := newTable(w)
	for round := range b.rounds {
		for i := range b.peers {
			p := b.peers[(i+round)%len(b.peers)] // nobody is always first
			if t.failed(p.name) {
				continue
			}
			took, ran, err := b.once(ctx, w, s, p)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if ran {
				t.add(p.name, took, err)
			}
		}
	}
	return t.write(b.out, b.peers)
}

// once runs one peer once, into a directory of its own, and compares the result.
// ran is false if the peer has no part in the workload.
func (b *bench) once(ctx context.Context, w workload, s *server, p peer) (took sample, ran bool, err error) {
	place := b.dir
	if w.disk {
		place = b.disk
	}
	dir, err := under(place)
	if err != nil {
		return took, true, err
	}
	defer os.RemoveAll(dir)
	j, err := b.job(w, s, dir)
	if err != nil {
		return took, true, err
	}
	args := p.arguments(w, j)
	if args == nil {
		return took, false, nil
	}
	if w.disk {
		unix.Sync() // what the one before has left is not this one's
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	if w.interrupted {
		took, err = b.interrupted(ctx, w, s, p, j)
	} else {
		took.Sample, err = b.runPeer(ctx, p, args, dir)
	}
	if ctx.Err() == context.DeadlineExceeded {
		return took, true, fmt.Errorf("more than %s", b.timeout)
	}
	if err == nil {
		err = b.compare(w, j.dir)
	}
	return took, true, err
}

// job writes what a peer needs to know into dir.
func (b *bench) job(w workload, s *server, dir string) (job, error) {
	got := filepath.Join(dir, "got")
	j := job{
		dir: got, out: filepath.Join(got, w.result(0)), ca: b.certificate,
		url:  s.base(w.tls) + w.path + w.source(0),
		urls: filepath.Join(dir, "urls"), curl: filepath.Join(dir, "curl"),
	}
	var urls, curl strings.Builder
	for i := range w.files {
		u := s.base(w.tls) + w.path + w.source(i)
		fmt.Fprintln(&urls, u)
		fmt.Fprintf(&curl, "url = %q\noutput = %q\n", u, filepath.Join(got, w.result(i)))
	}
	return j, errors.Join(
		os.WriteFile(j.urls, []byte(urls.String()), 0o600), os.WriteFile(j.curl, []byte(curl.String()), 0o600))
}

// runPeer runs a peer to its end.
func (b *bench) runPeer(ctx context.Context, p peer, args []string, dir string) (process.Sample, error) {
	cmd, err := p.command(args)
	if err != nil {
		return process.Sample{}, err
	}
	cmd.Dir = filepath.Join(dir, "got")
	cmd.Env = append(cmd.Env, process.Environ(dir)...)
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // it may have ended
	defer stop()
	return process.Run(cmd)
}

// compare holds what arrived against the sources.
func (b *bench) compare(w workload, dir string) error {
	for i := range w.files {
		if err := same(filepath.Join(dir, w.result(i)), filepath.Join(b.root, w.source(i))); err != nil {
			return err
		}
	}
	return nil
}

// same tells in which way two files differ.
func same(got, want string) error {
	a, err := os.Open(got)
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := os.Open(want)
	if err != nil {
		return err
	}
	defer b.Close()
	one, two := make([]byte, piece), make([]byte, piece)
	for at := int64(0); ; at += piece {
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, two)
		if n != m || !bytes.Equal(one[:n], two[:m]) {
			return fmt.Errorf("wrong bytes within the MiB at %d", at)
		}
		if ended(errA) && ended(errB) {
			return nil
		}
		if errA != nil || errB != nil {
			return errors.Join(errA, errB)
		}
	}
}

func ended(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// settle is how long the server may take to note the requests of a killed peer.
const settle = 500 * time.Millisecond

// interrupted kills a peer when half of the bytes have crossed the interface,
// and runs it again. The sample is the second run's, with the bytes that the
// server sent beyond the file's.
func (b *bench) interrupted(ctx context.Context, w workload, s *server, p peer, j job) (sample, error) {
	before, err := s.sent()
	if err != nil {
		return sample{}, err
	}
	dir := filepath.Dir(j.dir)
	first, kill := context.WithCancel(ctx)
	defer kill()
	half := make(chan error, 1)
	go func() {
		half <- awaitTraffic(first, w.size/2)
		kill()
	}()
	if _, err = b.runPeer(first, p, p.arguments(w, j), dir); err == nil {
		return sample{}, errors.New("it was done before it could be killed")
	}
	kill()
	if err := <-half; err != nil && !errors.Is(err, context.Canceled) {
		return sample{}, err
	}
	time.Sleep(settle)
	j.again = true
	took, err := b.runPeer(ctx, p, p.arguments(w, j), dir)
	if err != nil {
		return sample{}, err
	}
	time.Sleep(settle)
	after, err := s.sent()
	return sample{Sample: took, again: after - before - w.size}, err
}

// awaitTraffic returns when n more bytes have come in over loopback.
func awaitTraffic(ctx context.Context, n int64) error {
	const counter = "/proc/self/net/dev"
	read := func() (int64, error) {
		text, err := os.ReadFile(counter)
		if err != nil {
			return 0, err
		}
		_, rest, ok := strings.Cut(string(text), "lo:")
		if !ok {
			return 0, errors.New(counter + " has no lo")
		}
		var came int64
		_, err = fmt.Sscan(rest, &came)
		return came, err
	}
	start, err := read()
	for err == nil {
		var now int64
		if now, err = read(); err == nil && now-start >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond): // another process: nothing else to wait on
		}
	}
	return err
}
