//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bashCompletion is what the completion of every cobra program needs in bash.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// TestShellsCompleteWhatIsTyped sources the completion in each shell, as its
// help says, and presses Tab.
func TestShellsCompleteWhatIsTyped(t *testing.T) {
	t.Parallel()
	for _, shell := range []struct {
		name, needs string
		begin       []string
	}{
		{"bash", bashCompletion, []string{"exec bash --norc", "PS1='here> '", "bind 'set bell-style none'", ". " + bashCompletion, ". <(haul completion bash)"}},
		{"zsh", "", []string{"exec zsh -f", "PS1='here> '", "autoload -U compinit", "compinit -u -D", ". <(haul completion zsh)"}},
		{"fish", "", []string{"exec fish --no-config", "function fish_prompt; echo -n 'here> '; end", "set -g fish_autosuggestion_enabled 0", "haul completion fish | source"}},
	} {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			missing := ""
			if _, err := exec.LookPath(shell.name); err != nil {
				missing = shell.name + " is not installed (Debian: apt-get install " + shell.name + ")"
			} else if _, err := os.Stat(shell.needs); shell.needs != "" && err != nil {
				missing = "bash-completion is not installed (Debian: apt-get install bash-completion)"
			}
			if missing != "" && os.Getenv("HAUL_TEST_REQUIRE") == "1" {
				t.Fatal(missing)
			}
			if missing != "" {
				t.Skip(missing)
			}
			h := newHome(t)
			if err := os.WriteFile(h.file("film.haul-part"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			s := openScreen(t, h, 100, 24)
			enter := func(line string) {
				s.text(line)
				s.press("Enter")
			}
			enter("PATH=" + filepath.Dir(binary) + ":$PATH; export PATH")
			for _, line := range shell.begin {
				enter(line)
			}
			enter("clear; echo it is ' 'ready")
			s.see(`^it is  ready`)
			for typed, want := range map[string]string{
				"haul --redirect nev":   "haul --redirect never",
				"haul conf":             "haul config",
				"haul --limit-r":        "haul --limit-rate",
				"haul inspect film.hau": "haul inspect film.haul-part",
			} {
				s.text(typed)
				s.press("Tab")
				s.see(`^here> ` + strings.ReplaceAll(want, ".", `\.`))
				s.press("C-u")
				enter("clear; echo next of ' '" + shell.name)
				s.wait("the next line", func(screen string) bool {
					return strings.HasPrefix(strings.TrimSpace(screen), "next of  "+shell.name) && strings.Contains(screen, "here>")
				})
			}
		})
	}
}
