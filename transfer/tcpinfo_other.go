//go:build !linux

package transfer

import "time"

// RoundTrip is 0: the system is not asked.
func (x *Exchange) RoundTrip() time.Duration { return 0 }

// OutOfOrder is 0: the system does not tell what is lost on the way.
func (x *Exchange) OutOfOrder() uint32 { return 0 }
