package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Build builds haul into dir and returns the binary's path. It must run inside
// the module.
func Build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "haul")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if output, err := exec.CommandContext(ctx, "go", "build", "-o", path, "haul").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building haul: %w\n%s", err, output)
	}
	return path, nil
}
