package cli

import "os"

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
	case o.config.Interface.Plain, env.getenv("TERM") == "dumb", !isTerminal(env.Stdout):
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

// interruptible does what may wait for ever before there is anything to drain:
// reading from a person or from another program. A signal ends it. The read
// itself cannot be ended; its goroutine is left to the end of the process, which
// is what follows.
func interruptible[T any](env Env, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-env.Signals:
		var none T
		return none, &exitError{code: ExitInterrupted}
	}
}
