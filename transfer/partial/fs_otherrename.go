//go:build !linux && !darwin && !windows

package partial

import "errors"

// renameNew has no system call here; publishing links and removes instead.
func renameNew(string, string) error { return errors.ErrUnsupported }
