package link

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"

	"haul/transfer/partial"
)

// Places are the directories of an agent.
type Places struct{ Runtime, State string }

// Socket is the agent's address, Lock the file that the one agent has locked,
// Log where it writes what it does, Database its memory, Spool the directory of
// files that have no other place.
func (p Places) Socket() string   { return filepath.Join(p.Runtime, "agent.sock") }
func (p Places) Lock() string     { return filepath.Join(p.Runtime, "agent.lock") }
func (p Places) Log() string      { return filepath.Join(p.State, "agent.log") }
func (p Places) Database() string { return filepath.Join(p.State, "agent.db") }
func (p Places) Spool() string    { return filepath.Join(p.State, "spool") }

// maxSocketPath is what the smallest of the systems takes for the path of a
// socket.
const maxSocketPath = 103

// Find returns the places for runtime and state, where "" stands for the
// default, and makes the directories that are missing.
func Find(runtime, state string) (Places, error) {
	var err error
	if state == "" {
		if state, err = stateHome(); err != nil {
			return Places{}, err
		}
	}
	if runtime == "" {
		runtime = filepath.Join(state, "run")
		if base := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(base) && private(base) == nil {
			runtime = filepath.Join(base, "haul")
		}
	}
	if state, err = filepath.Abs(state); err != nil {
		return Places{}, err
	}
	if runtime, err = filepath.Abs(runtime); err != nil {
		return Places{}, err
	}
	p := Places{Runtime: runtime, State: state}
	if n := len(p.Socket()); n > maxSocketPath {
		return p, fmt.Errorf("the path of the agent's socket has %d bytes, the system takes %d: %s", n, maxSocketPath, p.Socket())
	}
	for _, dir := range []string{p.State, p.Runtime} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return p, err
		}
		if err := secure(dir); err != nil {
			return p, err
		}
	}
	return p, nil
}

func stateHome() (string, error) {
	if base := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "haul"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "haul"), nil
}

// secure makes sure that dir is a directory of this user's that nobody else can
// look into.
func secure(dir string) error {
	err := private(dir)
	if errors.Is(err, errLoose) {
		return os.Chmod(dir, 0o700)
	}
	return err
}

var (
	errLoose   = errors.New("others can look into it")
	errForeign = errors.New("belongs to another user")
	errNoDir   = errors.New("is not a directory")
)

// private tells why dir is no place for secrets, nil if it is one.
func private(dir string) error {
	fi, err := os.Lstat(dir)
	switch {
	case err != nil:
	case !fi.IsDir():
		err = errNoDir
	case partial.Foreign(fi):
		err = errForeign
	case goruntime.GOOS != "windows" && fi.Mode().Perm()&0o077 != 0:
		err = errLoose
	default:
		return nil
	}
	return fmt.Errorf("%s: %w", dir, err)
}
