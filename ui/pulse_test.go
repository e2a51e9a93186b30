package ui

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
)

// paced runs a monitor of f in Bubble Tea's loop with a pulse until do has
// returned. out is what it has written.
func paced(t *testing.T, f *fake, do func(a *App, p *tea.Program, out *written)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in, keys := io.Pipe()
	defer keys.Close()
	out := &written{}
	a, err := newApp(ctx, f, Options{Theme: "dark", Environ: looks()[0].options.Environ, In: in, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	p := tea.NewProgram(a, append(a.ProgramOptions(), tea.WithoutSignalHandler(), tea.WithWindowSize(80, 24))...)
	end := a.Pace(p)
	if a.pulse == nil {
		t.Fatal("this Bubble Tea has no ticker that can be replaced")
	}
	done := make(chan error, 1)
	go func() {
		_, err := p.Run()
		done <- err
	}()
	do(a, p, out)
	p.Send(model.QuitMsg{})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	end()
	if !strings.Contains(out.String(), "\x1b[?1049l") {
		t.Error("the alternate screen was not left")
	}
}

// latest returns the time of the latest look.
func (l *pulse) latest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.looked
}

func TestTheFirstFrameAndEveryKeyAreDrawnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paced(t, thirteen(time.Now()), func(_ *App, p *tea.Program, out *written) {
			time.Sleep(lookEvery + lookAfter)
			synctest.Wait()
			if !strings.Contains(out.String(), "README.pdf") {
				t.Errorf("the first frame is missing in %q", out.String())
			}
			for range 5 {
				before := len(out.String())
				p.Send(keyPress("j"))
				time.Sleep(lookEvery)
				synctest.Wait()
				if len(out.String()) == before {
					t.Error("a key was not drawn in time")
				}
			}
		})
	})
}

func TestAListInWhichNothingHappensIsNotLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paced(t, &fake{}, func(a *App, p *tea.Program, out *written) {
			time.Sleep(time.Minute)
			synctest.Wait()
			at, size := a.pulse.latest(), len(out.String())
			time.Sleep(time.Hour)
			synctest.Wait()
			if now := a.pulse.latest(); !now.Equal(at) || len(out.String()) != size {
				t.Errorf("looked %v later, %d bytes were written", now.Sub(at), len(out.String())-size)
			}
			p.Send(keyPress("?"))
			time.Sleep(lookEvery)
			synctest.Wait()
			if len(out.String()) == size {
				t.Error("a key after a long rest was not drawn in time")
			}
		})
	})
}

// TestViewsInAQuickRowAreLookedAtOnceAFrame floods the program with keys; what
// the last of them did is drawn as well.
func TestViewsInAQuickRowAreLookedAtOnceAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pulse{ticks: make(chan time.Time, 1)}
		l.timer = time.AfterFunc(time.Hour, l.look)
		defer l.end()
		var looks []time.Time
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 1000 {
				l.ask()
				time.Sleep(time.Millisecond)
			}
		}()
		last := time.Now().Add(999 * time.Millisecond)
		for len(looks) == 0 || looks[len(looks)-1].Before(last.Add(lookAfter)) {
			looks = append(looks, <-l.ticks)
		}
		<-done
		if most := int(time.Second/lookEvery) + 3; len(looks) > most {
			t.Errorf("%d looks in a second, at most %d", len(looks), most)
		}
		if late := looks[len(looks)-1].Sub(last); late > lookEvery+lookAfter {
			t.Errorf("the last view was looked at %v later", late)
		}
	})
}

// nothing is a program that has the terminal for a moment.
type nothing struct{}

func (nothing) Run() error          { return nil }
func (nothing) SetStdin(io.Reader)  {}
func (nothing) SetStdout(io.Writer) {}
func (nothing) SetStderr(io.Writer) {}

// TestARendererThatWasStoppedIsPacedAgain stops and starts it as a suspension
// does.
func TestARendererThatWasStoppedIsPacedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paced(t, thirteen(time.Now()), func(_ *App, p *tea.Program, out *written) {
			time.Sleep(time.Second)
			p.Send(tea.Exec(nothing{}, nil)())
			time.Sleep(time.Second)
			synctest.Wait()
			before := len(out.String())
			p.Send(keyPress("j"))
			time.Sleep(lookEvery)
			synctest.Wait()
			if len(out.String()) == before {
				t.Error("a key was not drawn in time")
			}
		})
	})
}
