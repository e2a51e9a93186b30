//go:build !unix

package cli

import "os"

// inForeground tells whether a terminal gives its input to haul: there are no
// jobs in the background on this system.
func inForeground(*os.File) bool { return true }
