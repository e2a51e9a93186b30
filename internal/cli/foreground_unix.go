//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// inForeground tells whether a terminal gives its input to haul, and not to
// whoever started haul in the background.
func inForeground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
