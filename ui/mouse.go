package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/ui/dialog"
)

const (
	// doubleClick is how soon the second click of two has to come.
	doubleClick = 500 * time.Millisecond
	// wheelLines is how far one notch of the wheel goes.
	wheelLines = 3
)

// zone is a part of a line that can be clicked: cells [from, to).
type zone struct {
	y, from, to int
	action      keymap.Action
	sort        model.SortKey // instead of an action, if sorts is set
	sorts       bool
}

// zone notes that what was written since column from does an action.
func (p *pen) zone(from int, action keymap.Action) {
	if p.x > from && action != "" {
		p.zones = append(p.zones, zone{y: p.lines(), from: from + p.origin, to: p.x + p.origin, action: action})
	}
}

// nextView is the action that shows the view after one.
func nextView(v model.View) keymap.Action {
	views := [...]keymap.Action{keymap.ViewAll, keymap.ViewRunning, keymap.ViewWaiting, keymap.ViewAsking, keymap.ViewDone}
	return views[(int(v)+1)%len(views)]
}

// click does what is under the mouse: a dialog's control, a hint, a tab, a
// column to sort by; a row gets the cursor, and a second click soon after opens
// it. Every other click, and dragging, does nothing.
func (a *App) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft {
		return nil
	}
	now := time.Now()
	a.lastKey = now
	if a.front != nil {
		return a.toFront(dialog.Click{X: msg.X - a.front.x, Y: msg.Y - a.front.y})
	}
	for _, z := range a.scene.zones {
		if z.y == msg.Y && msg.X >= z.from && msg.X < z.to {
			return a.clickZone(z)
		}
	}
	if a.screen != screenList || a.layout.oneLine {
		return nil
	}
	line := msg.Y - a.layout.list.at
	at := a.list.top + line
	if line < 0 || line >= a.layout.list.n || at >= a.model.Len() {
		return nil
	}
	a.model.MoveTo(at)
	_, id := a.model.Cursor()
	again := id == a.clicked && now.Sub(a.clickedAt) <= doubleClick
	a.clicked, a.clickedAt = id, now
	if !again {
		return nil
	}
	a.clicked = 0 // a third click is a first one
	return a.inList(keymap.Open)
}

func (a *App) clickZone(z zone) tea.Cmd {
	a.strips.filter.close()
	a.strips.find.line.close()
	if !z.sorts {
		return a.perform(z.action)
	}
	key, reverse := a.model.Sort()
	a.model.SetSort(z.sort, key == z.sort && !reverse)
	return nil
}

// turn moves by the wheel.
func (a *App) turn(msg tea.MouseWheelMsg) tea.Cmd {
	lines, action := wheelLines, keymap.MoveDown
	switch msg.Button {
	case tea.MouseWheelUp:
		lines, action = -wheelLines, keymap.MoveUp
	case tea.MouseWheelDown:
	default:
		return nil
	}
	if a.front != nil {
		return a.toFront(dialog.Wheel{Lines: lines})
	}
	for range wheelLines {
		a.perform(action) // moving has no command
	}
	return nil
}
