package cli

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"haul/ui/phrases"
)

// copier returns what puts text into the clipboard with the program that the
// system has for it; nil where there is none, or where the terminal is on
// another machine, whose clipboard is not this one's. The text goes through
// standard input, where no list of processes shows it.
func copier(env Env) func(ctx context.Context, text string) error {
	if env.getenv("SSH_TTY") != "" || env.getenv("SSH_CONNECTION") != "" {
		return nil
	}
	for _, words := range clipboardPrograms(env) {
		found, err := exec.LookPath(words[0])
		if err != nil {
			continue
		}
		return func(ctx context.Context, text string) error {
			cmd := exec.CommandContext(ctx, found, words[1:]...)
			cmd.Stdin = strings.NewReader(text)
			if err := cmd.Run(); err != nil {
				return fmt.Errorf(phrases.CannotCopyIt, words[0], err)
			}
			return nil
		}
	}
	return nil
}

// clipboardPrograms are the commands that read standard input into the
// clipboard, the best first.
func clipboardPrograms(env Env) [][]string {
	switch runtime.GOOS {
	case "darwin":
		return [][]string{{"pbcopy"}}
	case "windows":
		return [][]string{{"clip"}}
	}
	var programs [][]string
	if env.getenv("WAYLAND_DISPLAY") != "" {
		programs = append(programs, []string{"wl-copy"})
	}
	if env.getenv("DISPLAY") != "" {
		programs = append(programs, []string{"xclip", "-selection", "clipboard"}, []string{"xsel", "--clipboard", "--input"})
	}
	return programs
}
