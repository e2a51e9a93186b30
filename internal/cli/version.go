package cli

import (
	"fmt"
	"runtime"
)

// versionLine is haul's version and what it was built with.
func versionLine() string {
	return fmt.Sprintf("haul %s (%s, %s/%s)\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
