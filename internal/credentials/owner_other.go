//go:build !unix

package credentials

import (
	"io/fs"
	"os/exec"
)

// alone leaves the command as it is: only its own process can be ended.
func alone(*exec.Cmd) {}

// forOwnerOnly takes every file: what others may read is not in its mode.
func forOwnerOnly(string, fs.FileInfo) error { return nil }
