package cli

import (
	"fmt"
	"runtime"
)

// version prints haul's version and what it was built with.
func version(env Env) error {
	_, err := fmt.Fprintf(env.Stdout, "haul %s (%s, %s/%s)\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
