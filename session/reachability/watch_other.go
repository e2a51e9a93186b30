//go:build !linux && !windows && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package reachability

import (
	"context"
	"errors"
)

// watch leaves it to the poll: these systems do not report.
func watch(context.Context, func()) error { return errors.ErrUnsupported }
