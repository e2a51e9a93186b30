//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package reachability

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// watch reads the kernel's notices of links, addresses and routes.
func watch(ctx context.Context, changed func()) error {
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW, unix.AF_UNSPEC)
	if err != nil {
		return fmt.Errorf("routing socket: %w", err)
	}
	unix.CloseOnExec(fd)
	prepare := func() error { return unix.SetNonblock(fd, true) }
	return readNotices(ctx, fd, prepare, changed)
}
