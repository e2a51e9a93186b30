//go:build !linux

package background

import (
	"errors"
	"os"
)

// clone fails: there is no call for it in the standard library.
func clone(_, _ *os.File) error { return errors.ErrUnsupported }
