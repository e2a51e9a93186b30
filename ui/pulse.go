package ui

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// How long after a view the renderer looks: when the program has taken the view
// over, which it does at once; no more often than this; and once more, should
// the machine have been so busy that the first look came before the view.
const (
	lookAfter = 2 * time.Millisecond
	lookEvery = 16 * time.Millisecond
	lookAgain = 250 * time.Millisecond
)

// pulse tells Bubble Tea's renderer when to look whether there is something to
// draw. By itself it looks [framesPerSecond] times a second, for ever: on an
// idle list that is all that a monitor does, and it makes a key wait for the
// next look. With a pulse it looks shortly after each view that may be new, and
// sleeps otherwise.
type pulse struct {
	ticks chan time.Time

	mu     sync.Mutex
	timer  *time.Timer
	looked time.Time
	due    bool // a look comes within lookEvery
	more   bool // and another after it: that one may come before the latest view
	ended  bool
}

// Pace has the renderer of p, which has a as its model and does not run yet,
// look when there is something to draw. end ends that, after p has ended.
//
// Bubble Tea has no option for it. Its renderer waits on a ticker, which it
// makes when it starts unless it has one, as after a suspension; Pace gives it
// one whose channel is the pulse's. Its own clock, which nobody receives from,
// then wakes nobody. Should another version of Bubble Tea have no such field, it
// looks as often as it always did.
func (a *App) Pace(p *tea.Program) (end func()) {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return func() {}
	}
	l := &pulse{ticks: make(chan time.Time, 1)}
	l.timer = time.AfterFunc(lookAgain, l.look)
	ticker := time.NewTicker(time.Hour)
	ticker.C = l.ticks
	*(**time.Ticker)(unsafe.Pointer(field.UnsafeAddr())) = ticker
	a.pulse = l
	return l.end
}

// ask has the renderer look after the view that the program is about to take.
// A nil pulse has nobody to tell.
func (l *pulse) ask() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	if l.due {
		l.more = true
		return
	}
	l.due = true
	l.timer.Reset(max(lookAfter, lookEvery-time.Since(l.looked)))
}

// look lets the renderer look, once more after the first time.
func (l *pulse) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	switch {
	case l.more:
		l.timer.Reset(lookEvery)
	case l.due:
		l.timer.Reset(lookAgain)
	}
	l.due, l.more, l.looked = l.more, false, time.Now()
	select {
	case l.ticks <- l.looked:
	default: // it has not come to the last one yet
	}
}

func (l *pulse) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.timer.Stop()
}
