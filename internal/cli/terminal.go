package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/charmbracelet/x/term"
)

// mode is how haul shows itself.
type mode int

const (
	modeMonitor mode = iota
	modePlain
	modeJSON
)

// chooseMode decides before anything of Bubble Tea exists, because that writes
// terminal codes even into a pipe.
func chooseMode(env Env, o *options) mode {
	switch {
	case o.json:
		return modeJSON
	case o.plain, env.getenv("ACCESSIBLE") != "", env.getenv("TERM") == "dumb", !isTerminal(env.Stdout):
		return modePlain
	case !isTerminal(env.Stdin) && !controllingTerminal():
		return modePlain
	}
	return modeMonitor
}

// controllingTerminal tells whether keys can be read although standard input is
// something else, as in "haul -i -".
func controllingTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// askPassword asks on the terminal without showing what is typed.
func askPassword(env Env, prompt string) (string, error) {
	in, ok := env.Stdin.(*os.File)
	if !ok || !isTerminal(in) {
		return "", errors.New("standard input is not a terminal")
	}
	fmt.Fprint(env.Stderr, prompt)
	password, err := term.ReadPassword(in.Fd())
	fmt.Fprintln(env.Stderr)
	return string(password), err
}
