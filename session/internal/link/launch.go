package link

import (
	"errors"
	"os"
	"os/exec"
)

// maxLog is the length in bytes at which the log of the agent is begun anew;
// the one before is kept.
const maxLog = 4 << 20

// launch starts an agent, detached from the terminal, and returns a channel
// that gets its end. The goroutine behind it ends with the agent, which may be
// after this program: it only waits so that no zombie is left.
func launch(command []string, at Places) (<-chan error, error) {
	if len(command) == 0 {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		command = []string{program, "agent", "run"}
	}
	log, err := openLog(at.Log())
	if err != nil {
		return nil, err
	}
	c := exec.Command(command[0], command[1:]...) //nolint:noctx // it outlives every context
	c.Dir, c.Stdout, c.Stderr, c.SysProcAttr = at.State, log, log, detached()
	err = c.Start()
	err = errors.Join(err, log.Close())
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return ended, nil
}

func openLog(path string) (*os.File, error) {
	if fi, err := os.Lstat(path); err == nil && fi.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}
