//go:build !unix

package cli

import "io"

// patient is for terminals that can be hung up, of which there are none here.
func patient(in io.Reader, _ <-chan struct{}) io.Reader { return in }
