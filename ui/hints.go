package ui

import (
	"slices"
	"unicode/utf8"

	"haul/keymap"
	"haul/model"
	"haul/themes"
)

// hintsFor are the hints of a context, as far as the screen has room and there is
// something to do: what can be done with the row that keys act on, by the name of
// what would come of it.
func hintsFor(s *scene, c keymap.Context, id model.RowID) []keymap.Hint {
	r, there := s.Row(id)
	on := onRow(&r)
	switch {
	case !there:
		on = rowHints{}
	case c == keymap.List && s.Marked() > 0: // they may be in any state
		on = rowHints{pause: "pause", cancel: "cancel", retry: true}
	}
	var kept []keymap.Hint
	for _, h := range s.keys.Hints(c, s.symbols()) {
		ok := true
		switch h.Action {
		case keymap.Help, keymap.Quit, keymap.Back:
			kept = append(kept, h)
			continue
		case keymap.Pause:
			h.Text, ok = on.pause, on.pause != ""
		case keymap.Cancel:
			h.Text, ok = on.cancel, on.cancel != ""
		case keymap.Retry:
			ok = on.retry
		case keymap.Answer:
			ok = !s.covered && anyAsks(s.Prompts(), c, id)
		case keymap.Open, keymap.Mark, keymap.CopyURL:
			ok = there
		case keymap.Filter, keymap.Sort:
			ok = s.totals.Rows > 0
		case keymap.Pane:
			ok = there && (s.height >= 30 || s.height >= 20 && explained(r.State))
		case keymap.History: // it is on the help screen; here it is for who has nothing else
			ok = s.totals.Rows == 0
		}
		if ok && s.height >= 10 {
			kept = append(kept, h)
		}
	}
	return kept
}

// rowHints are what keys would do to a row; "" and false for nothing.
type rowHints struct {
	pause, cancel string
	retry         bool
}

// onRow says what keys would do to r.
func onRow(r *model.Row) rowHints {
	switch r.State {
	case model.Running, model.Resuming, model.Asking:
		return rowHints{pause: "pause", cancel: "cancel"}
	case model.Pausing, model.Held:
		return rowHints{pause: "resume", cancel: "cancel"}
	case model.Queued:
		return rowHints{pause: "pause", cancel: "remove"}
	case model.Retrying:
		return rowHints{pause: "pause", cancel: "remove", retry: true}
	case model.Paused:
		return rowHints{pause: "resume", cancel: "remove"}
	case model.Cancelling:
		return rowHints{}
	case model.Done:
		return rowHints{cancel: "remove"}
	case model.Cancelled, model.Refused, model.Expired, model.Mismatch, model.Failed:
	}
	return rowHints{cancel: "remove", retry: true}
}

// anyAsks tells whether a question waits; on the details, one of that row.
func anyAsks(prompts []model.PromptView, c keymap.Context, id model.RowID) bool {
	return slices.ContainsFunc(prompts, func(p model.PromptView) bool {
		return c == keymap.List || slices.Contains(p.Rows, id)
	})
}

// drawHints writes hints. The least important go first when the screen is
// narrow; on the narrowest they are written without spaces.
func drawHints(s *scene, hints []keymap.Hint) {
	gap := 2
	if s.width > 30 && s.width < 50 {
		gap = 0
		for i := range hints {
			hints[i] = glued(hints[i])
		}
	}
	s.gap(1)
	for i, h := range keymap.Fit(hints, s.width-1, gap, utf8.RuneCountInString) {
		if i > 0 {
			s.gap(gap)
		}
		from := s.x
		s.sign(themes.Accent, h.Keys)
		s.gap(1)
		s.sign(themes.Subtle, h.Text)
		s.zone(from, h.Action)
	}
	s.end()
}

// glued is a hint with as few cells as possible: "?help", "a add". The space
// that is written behind every key separates it from the next.
func glued(h keymap.Hint) keymap.Hint {
	switch h.Action {
	case keymap.Quit:
		h.Text = ""
		return h
	case keymap.Open:
		h.Text = "open"
	}
	if len(h.Keys) == 1 && (h.Keys[0]|0x20 >= 'a' && h.Keys[0]|0x20 <= 'z') || utf8.RuneCountInString(h.Keys) > 1 {
		h.Keys += " "
	}
	h.Keys += h.Text
	h.Text = ""
	return h
}
