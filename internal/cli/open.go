package cli

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"

	"haul/ui/phrases"
)

// opener returns what opens a path with the program that the system has for it,
// nil where none is found. Paths are absolute, so that a name cannot be taken
// for a flag. What the program prints goes nowhere: the screen is taken.
func opener() func(ctx context.Context, path string) error {
	program := "xdg-open"
	switch runtime.GOOS {
	case "darwin":
		program = "open"
	case "windows":
		program = "explorer"
	}
	found, err := exec.LookPath(program)
	if err != nil {
		return nil
	}
	return func(ctx context.Context, path string) error {
		if err := exec.CommandContext(ctx, found, path).Run(); err != nil {
			return fmt.Errorf(phrases.CannotOpenIt, program, err)
		}
		return nil
	}
}
