//go:build unix

package link

import "syscall"

// detached makes a process the leader of a session of its own, which the
// hang-up of a terminal does not reach.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
