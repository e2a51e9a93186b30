//go:build !linux

package partial

import (
	"errors"
	"os"
)

// datasync is a full sync where there is no fdatasync, or where it would stop
// at the disk's cache (macOS, where Go's Sync is F_FULLFSYNC).
func datasync(f *os.File) error { return f.Sync() }

// reserve is an optimisation that only Linux gives without changing the length.
func reserve(*os.File, int64) error { return errors.ErrUnsupported }
