package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

func TestFramesAreNoMoreThanAnybodyCanSee(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		frames := func(f func()) (n int) {
			last := d.app.composed
			until := time.Now().Add(time.Second)
			for time.Now().Before(until) {
				f()
				d.wait(time.Millisecond)
				if d.app.composed != last {
					n, last = n+1, d.app.composed
				}
			}
			return n
		}
		if n := frames(func() {}); n != 0 {
			t.Errorf("%d frames while nothing moves", n)
		}
		if n := frames(func() { d.send(changeMsg{}) }); n < 8 || n > 11 {
			t.Errorf("%d frames a second", n)
		}
		d.send(tea.BlurMsg{})
		if n := frames(func() { d.send(changeMsg{}) }); n > 5 {
			t.Errorf("%d frames a second without the focus", n)
		}
		// A key shows at once all the same.
		d.send(changeMsg{})
		d.press("j")
		d.cursorOn("linux")
	})
}

func TestTheLastChangeIsShown(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.send(changeMsg{})
		d.model.rows[0].Name = "renamed"
		d.send(changeMsg{})
		d.wait(110 * time.Millisecond)
		d.see("renamed")
	})
}

func TestFiguresAreCalmAndEndUpRight(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.totals.Running = 0 }, func(d *driver) {
		d.see("12.0 MB/s", "48.5 MB/s")
		d.model.rows[1].Rate, d.model.totals.RateIn = 1*mB, 2*mB
		d.send(changeMsg{})
		d.wait(110 * time.Millisecond)
		d.see("12.0 MB/s", "48.5 MB/s")
		d.wait(150 * time.Millisecond) // although nothing else happens
		d.see("1.00 MB/s", "2.00 MB/s")
	})
}

func TestAFigureThatIsDueBetweenFramesWaitsForTheNextOne(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.totals.Running = 0 }, func(d *driver) {
		d.wait(time.Second)
		for i := range 20 { // a figure is due every 250 ms, a frame every 100
			d.model.rows[0].Rate = float64(i+1) * mB
			d.send(changeMsg{})
			d.wait(frameFocused / 2)
		}
		d.wait(calmFor)
		d.see("20.0 MB/s")
	})
}
