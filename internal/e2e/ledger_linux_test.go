package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"haul/transfer/partial"
)

const (
	ledgerSize = 256 << 20
	// ledgerTwice is how much may be fetched twice: 1 %.
	ledgerTwice = ledgerSize / 100
)

// TestKilledProcessFetchesNextToNothingTwice kills haul with SIGKILL at random
// points and runs it again. Of what it had written at most 1 % is fetched again.
// What the server sends twice is logged only: bytes in the buffers of the sockets
// are lost to a kill, and to a connection whose range another one takes over, and
// the size of those buffers is a matter of the system.
func TestKilledProcessFetchesNextToNothingTwice(t *testing.T) {
	needLedgers(t)
	for name, c := range map[string]struct {
		args []string
		pace time.Duration // between two pieces of 1 MiB, 0 for full speed
	}{
		"one connection":             {args: []string{"-n", "1"}},
		"one connection, limited":    {args: []string{"-n", "1"}, pace: 5 * time.Millisecond},
		"eight connections":          {args: []string{"-n", "8"}},
		"eight connections, limited": {args: []string{"-n", "8"}, pace: 40 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, uint64(len(name))))
			for range 2 {
				point := ledgerSize/20 + random.Int64N(ledgerSize*9/10)
				killAndContinue(t, c.args, c.pace, point)
			}
		})
	}
}

// needLedgers ends the test where the system cannot have ledgers.
func needLedgers(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "probe")
	h, err := partial.OS{}.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Instance()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	switch {
	case err == nil:
	case os.Getenv("HAUL_TEST_REQUIRE") == "1":
		t.Fatalf("no ledger can be had: %v", err)
	default:
		t.Skipf("no ledger can be had: %v", err)
	}
}

func killAndContinue(t *testing.T, args []string, pace time.Duration, point int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	served := &judgingServer{
		pace: pace, point: point, end: point + (ledgerSize-point)/2, reached: make(chan struct{}), over: make(chan struct{}),
	}
	server := httptest.NewServer(served)
	defer server.Close()
	h := newHome(t)
	args = append([]string{"--plain", server.URL + "/big.bin"}, args...)

	first := command(ctx, h, args...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-served.reached:
	case <-ctx.Done():
		t.Error("the point was not reached")
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := first.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("haul ended with %v", err)
	}
	close(served.over)
	// Handlers end when their connection does.
	await(t, "the end of the connections", func() bool { return served.active.Load() == 0 })
	before := served.sent.Load()
	kept, lost := atHand(t, h.file("big.bin"+partial.PartSuffix))
	if output, err := command(ctx, h, args...).CombinedOutput(); err != nil {
		t.Fatalf("haul: %v\n%s", err, output)
	}
	after := served.sent.Load()
	t.Logf("killed when %d bytes were sent: %d are kept, %d were written and are fetched again (%.2f %%), %d were sent twice in all",
		before, kept, lost, 100*float64(lost)/ledgerSize, after-ledgerSize)
	if lost > ledgerTwice {
		t.Errorf("killed at %d: %d bytes that were written are fetched again, want at most %d", before, lost, ledgerTwice)
	}
	if kept < before/2 {
		t.Errorf("killed at %d: only %d bytes are kept", before, kept)
	}
	got, err := sumOf(h.file("big.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if want := patternSum(); got != want {
		t.Errorf("SHA-256 %s, want %s", got, want)
	}
	left, err := filepath.Glob(h.file("*"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

// atHand is how many bytes a killed process has left that the next one need not
// fetch, and how many are in the file that it will fetch all the same.
func atHand(t *testing.T, part string) (kept, lost int64) {
	t.Helper()
	f, err := partial.Open(partial.OS{}, part)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Abandon(); err != nil {
			t.Error(err)
		}
	}()
	data, err := os.Open(part)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	written := f.Written()
	const page = 4096
	got, want := make([]byte, page), make([]byte, page)
	same := func(off, n int64) bool {
		m, err := data.ReadAt(got[:n], off)
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		// It never fails.
		_, _ = pattern{}.ReadAt(want[:n], off)
		return int64(m) == n && bytes.Equal(got[:n], want[:n])
	}
	for _, r := range written.Ranges() {
		for off := r.Start; off < r.End; off += page {
			if !same(off, min(page, r.End-off)) {
				t.Fatalf("other bytes than the server's are at hand at %d", off)
			}
		}
	}
	for _, r := range written.Missing(ledgerSize) {
		for off := r.Start; off < r.End; off += page {
			if n := min(page, r.End-off); same(off, n) {
				lost += n
			}
		}
	}
	return written.Len(), lost
}

// judgingServer serves a file of ledgerSize bytes and counts what it sends.
type judgingServer struct {
	pace    time.Duration
	point   int64
	reached chan struct{}
	end     int64         // a killed haul gets no more than this
	over    chan struct{} // closed when it is dead
	sent    atomic.Int64
	active  atomic.Int64
}

func (s *judgingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.active.Add(1)
	defer s.active.Add(-1)
	w.Header().Set("ETag", `"pattern"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(&judgingWriter{ResponseWriter: w, s: s, gone: r.Context().Done()}, r, "", time.Time{}, io.NewSectionReader(pattern{}, 0, ledgerSize))
}

type judgingWriter struct {
	http.ResponseWriter
	s    *judgingServer
	gone <-chan struct{}
}

func (w *judgingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	now := w.s.sent.Add(int64(n))
	if now >= w.s.point && now-int64(n) < w.s.point {
		close(w.s.reached)
	}
	if now >= w.s.end {
		select {
		case <-w.s.over:
		case <-w.gone:
		}
	}
	if w.s.pace > 0 && (now-int64(n))>>20 != now>>20 {
		time.Sleep(w.s.pace)
	}
	return n, err
}

// pattern is a file whose bytes follow from their places.
type pattern struct{}

func (pattern) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		p[i] = byte(at) ^ byte(at>>8)*31 ^ byte(at>>16)*17 ^ byte(at>>24)*7
	}
	return len(p), nil
}

func patternSum() string {
	sum := sha256.New()
	// Neither fails.
	_, _ = io.Copy(sum, io.NewSectionReader(pattern{}, 0, ledgerSize))
	return hex.EncodeToString(sum.Sum(nil))
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("reading the result: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
