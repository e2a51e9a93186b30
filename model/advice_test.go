package model

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"haul/session"
)

func TestFailuresSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name string
		code session.Code
		err  error
		want string
	}{
		{"full disk", session.CannotWriteToFile, &fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}, "make room"},
		{"quota", session.CannotWriteToFile, &fs.PathError{Op: "write", Path: "/x", Err: syscall.EDQUOT}, "make room"},
		{"limit of the file size", session.CannotWriteToFile, fmt.Errorf("write: %w", syscall.EFBIG), "another directory"},
		{"forbidden", session.CannotCreateFile, fmt.Errorf("open: %w", os.ErrPermission), "may write to"},
		{"read-only", session.CannotCreateFile, fmt.Errorf("open: %w", syscall.EROFS), "may write to"},
		{"unknown host", session.CannotFindHost, nil, "name of the host"},
		{"nobody listens", session.CannotConnectToHost, syscall.ECONNREFUSED, "the port"},
		{"no network", session.NotConnectedToInternet, syscall.ENETUNREACH, "the network"},
		{"lost", session.NetworkConnectionLost, syscall.ECONNRESET, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := &session.Error{Code: c.code, Err: c.err}
			if got := advice(c.code, err); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("advice %q, want %q in it", got, c.want)
			}
		})
	}
}
