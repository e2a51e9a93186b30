//go:build !linux

package partial

import (
	"errors"
	"os"
)

// instance needs a name of the system's run and one of the mount that are never
// given twice, which is more than is sure here.
func instance(*os.File) (Instance, error) { return Instance{}, errors.ErrUnsupported }
