package partial

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
)

// TestWriteDirectIsHeldToTheRulesOfWriteAt: the length, the ranges, the end.
func TestWriteDirectIsHeldToTheRulesOfWriteAt(t *testing.T) {
	f := newFile(t, 100)
	put := func(n int64, failed error) func(uintptr) (int64, error) {
		return func(fd uintptr) (int64, error) {
			if fd == 0 {
				t.Error("no descriptor")
			}
			return n, failed
		}
	}
	broken := errors.New("broken")
	for _, tt := range []struct {
		n, off  int64
		move    func(uintptr) (int64, error)
		moved   int64
		err     error
		written []Range
	}{
		{10, 20, put(10, nil), 10, nil, []Range{{20, 30}}},
		{10, 30, put(4, broken), 4, broken, []Range{{20, 34}}},
		{10, 0, put(0, broken), 0, broken, []Range{{20, 34}}},
		{10, 91, put(10, nil), 0, errBeyondLength, []Range{{20, 34}}},
		{10, -1, put(10, nil), 0, fs.ErrInvalid, []Range{{20, 34}}},
	} {
		moved, err := f.WriteDirect(tt.n, tt.off, tt.move)
		if moved != tt.moved || !errors.Is(err, tt.err) || !slices.Equal(f.Written().Ranges(), tt.written) {
			t.Errorf("%d at %d: %d, %v; written %v", tt.n, tt.off, moved, err, f.Written().Ranges())
		}
	}
	must(t, f.Abandon())
	if _, err := f.WriteDirect(1, 0, put(1, nil)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestWhatWasWrittenDirectlyIsDurableAfterACheckpoint: it counts as unsynced.
func TestWhatWasWrittenDirectlyIsDurableAfterACheckpoint(t *testing.T) {
	f := newFile(t, -1)
	if _, err := f.WriteDirect(3, 0, func(fd uintptr) (int64, error) {
		// A second handle writes to the same file.
		h, err := os.OpenFile(f.Path(), os.O_WRONLY, 0)
		if err != nil {
			return 0, err
		}
		n, err := h.WriteAt([]byte("abc"), 0)
		return int64(n), errors.Join(err, h.Close())
	}); err != nil {
		t.Fatal(err)
	}
	if f.unsynced != 3 {
		t.Errorf("%d bytes await a sync", f.unsynced)
	}
	must(t, f.Checkpoint())
	if got := f.State().Have.Len(); got != 3 {
		t.Errorf("%d bytes are durable", got)
	}
	must(t, f.Discard())
}

// TestAFileSystemWithoutDescriptorsSaysSo, as those of tests, which are to see
// each write.
func TestAFileSystemWithoutDescriptorsSaysSo(t *testing.T) {
	f := &File{data: &memHandle{}}
	if n, err := f.WriteDirect(1, 0, func(uintptr) (int64, error) { return 1, nil }); n != 0 || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%d, %v", n, err)
	}
}
