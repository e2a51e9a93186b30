//go:build unix

package credentials

import (
	"fmt"
	"io/fs"
	"os/exec"
	"syscall"
)

// alone starts the command in a session of its own, without a terminal that it
// could draw on, and ends all of it when its time is over.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// forOwnerOnly refuses a file of secrets that others may read.
func forOwnerOnly(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}
