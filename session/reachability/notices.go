//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package reachability

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// readNotices calls changed for each message of the socket fd, which prepare
// makes ready and which is non-blocking then. It owns fd. What a message says
// does not matter: the picture is taken anew.
func readNotices(ctx context.Context, fd int, prepare func() error, changed func()) error {
	if err := prepare(); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	f := os.NewFile(uintptr(fd), "network notices")
	defer f.Close()
	// Without the runtime's poller a read could not be ended.
	if err := f.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		// The past ends a read that has begun, and each one after it. It
		// fails only when f is closed already.
		_ = f.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	changed()
	buf := make([]byte, 16<<10)
	for {
		_, err := f.Read(buf)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && !errors.Is(err, unix.ENOBUFS):
			// ENOBUFS: there were more than the socket holds.
			return fmt.Errorf("notices: %w", err)
		}
		changed()
	}
}
