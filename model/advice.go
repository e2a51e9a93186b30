package model

import (
	"errors"
	"io/fs"
	"syscall"

	"haul/session"
)

// advice says what to do about a failure, "" where the reason says it already
// or where nothing but trying again helps.
func advice(code session.Code, err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk, then try again"
	case errors.Is(err, syscall.EFBIG):
		return "no file may be so large there: choose another directory"
	case errors.Is(err, syscall.EROFS), isDisk(code) && errors.Is(err, fs.ErrPermission):
		return "choose a directory that you may write to"
	case errors.Is(err, session.ErrStrictTransport):
		return "if you know better, start haul with --cacert, --trust-sha256 or --insecure"
	case code == session.CannotFindHost:
		return "check the name of the host"
	case code == session.CannotConnectToHost:
		return "check the address and the port, or try again later"
	case code == session.NotConnectedToInternet:
		return "check the network"
	}
	return ""
}
