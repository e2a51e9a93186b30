package link

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// detached gives a process no console.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
