//go:build !linux

package partial

import "errors"

// KeepsUnnamed implements [FS]: only Linux gives a name to a file that has none.
func (OS) KeepsUnnamed(string) bool { return false }

// OpenUnnamed implements [FS].
func (OS) OpenUnnamed(string) (Unnamed, error) { return nil, errors.ErrUnsupported }
