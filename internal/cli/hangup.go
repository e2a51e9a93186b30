package cli

import (
	"io"
	"os"
	"sync"
	"syscall"

	tea "charm.land/bubbletea/v2"

	"haul/model"
)

// terminalInput is a terminal that is read until it is gone. The system tells of
// that twice, by a read that ends or fails (EIO) and by a signal, in any order. The
// failure is an end here, so that the program goes on and does what is to be done about
// a hang-up.
type terminalInput struct {
	*os.File
	once sync.Once
	gone chan struct{} // closed when it is
}

func newTerminalInput(f *os.File) *terminalInput {
	return &terminalInput{File: f, gone: make(chan struct{})}
}

// Read implements [io.Reader].
func (t *terminalInput) Read(p []byte) (int, error) {
	n, err := t.File.Read(p)
	if err != nil {
		t.once.Do(func() { close(t.gone) })
		err = io.EOF
	}
	return n, err
}

// signals tells the front end what the signals say: the first one has it drain, a
// second one ends it at once. A hang-up is one however often it is told, and has
// everything go on in the background if that is configured. gone is closed when the
// terminal is gone, nil if nobody reads it. The returned function stops it and waits.
func (j *job) signals(send func(tea.Msg), gone <-chan struct{}) (stop func()) {
	done := make(chan struct{})
	hungUp := false
	hangUp := func() {
		switch {
		case hungUp:
		case j.options.config.Agent.OnHangup == "detach" && j.lost == nil && !j.noJournal:
			send(model.HangupMsg{})
		default:
			send(model.DrainMsg{})
		}
		hungUp = true
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case sig := <-j.env.Signals:
				if sig == syscall.SIGHUP {
					hangUp()
				} else {
					send(model.DrainMsg{})
				}
			case <-gone:
				gone = nil
				hangUp()
			case <-j.lost:
				send(model.DrainMsg{})
				return
			case <-done:
				return
			}
		}
	})
	return func() { close(done); wait.Wait() }
}
