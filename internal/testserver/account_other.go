//go:build !unix

package testserver

import (
	"os/exec"
	"testing"
)

// account is who a server runs as: here always ourselves, nil.
type account struct{}

func unprivileged(testing.TB) *account { return nil }

func (a *account) give(string) error { return nil }

func (a *account) use(*exec.Cmd) {}
