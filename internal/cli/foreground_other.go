//go:build !unix

package cli

import "os"

// foreground tells whether a terminal gives its input to haul: there are no
// jobs in the background on this system.
func foreground(*os.File) bool { return true }
