//go:build !(linux || freebsd || netbsd || openbsd || dragonfly)

package credentials

// reach finds the keyring that these systems always have.
func reach() error { return nil }

// cut does nothing: these keyrings do not keep anybody waiting for long.
func cut() {}
