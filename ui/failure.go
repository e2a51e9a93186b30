package ui

import (
	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// explained tells the states that the preview pane explains.
func explained(s model.State) bool {
	switch s {
	case model.Failed, model.Refused, model.Expired, model.Mismatch:
		return true
	}
	return false
}

// drawFailure says what happened to a row and what can be done, in the large
// pane.
func drawFailure(s *scene, d *model.Detail) {
	label := func(words ours) {
		s.gap(2)
		s.say(themes.Subtle, words)
		s.to(18)
	}
	label("What happened")
	s.story(d)
	s.end()
	words := ours("Error")
	for _, line := range s.folded(errorText(d), s.width-19, 3) {
		label(words)
		s.text(themes.Error, line)
		s.end()
		words = ""
	}
	if d.Attempt > 0 {
		label("Tried")
		s.count(themes.Text, d.Attempt)
		if d.Attempts > 0 {
			s.say(themes.Text, " of ")
			s.count(themes.Text, d.Attempts)
		}
		s.say(themes.Text, " times")
		if n := len(d.Events); n > 0 {
			s.say(themes.Text, ", last ")
			s.clock(themes.Text, d.Events[n-1].Time, "15:04:05")
		}
		if len(d.Waits) > 0 {
			s.say(themes.Text, ours(" ("+phrases.Waits(d.Waits)+")"))
		}
	}
	if d.OthersReachable {
		if d.Attempt > 0 {
			s.gap(2)
		} else {
			label("Network")
		}
		s.say(themes.Text, phrases.OthersReachable)
	}
	if d.Attempt > 0 || d.OthersReachable {
		s.end()
	}
	label("Can continue")
	s.continuation(d)
	s.end()
	s.end()
	drawRemedies(s, keymap.List, d, 6)
	s.end()
	s.gap(2)
	switch d.State {
	case model.Expired:
		s.say(themes.Faint, phrases.BytesAreKept)
	case model.Refused:
		s.say(themes.Faint, phrases.ErrorPagesAreNotKept)
	}
	s.end()
	s.drawLines(hintLines(s, d, s.width))
}

// drawShortFailure is the same for the small pane.
func drawShortFailure(s *scene, d *model.Detail) {
	s.gap(2)
	s.story(d)
	s.end()
	if d.Code != 0 && d.Reason != "" { // else the story has it
		s.gap(2)
		s.middle(themes.Error, text.Clean(d.Reason), s.room()-1)
		s.end()
	}
	s.gap(2)
	if d.Code != 0 {
		s.text(themes.Error, text.Clean(d.Code.String()))
		s.gap(3)
	}
	s.say(themes.Subtle, "can continue: ")
	s.continuation(d)
	s.end()
	drawRemedies(s, keymap.List, d, 3)
}

// story says in a sentence what happened. The host is a stranger's word and
// stands between ours.
func (s *scene) story(d *model.Detail) {
	b, e := phrases.Story(d)
	before, after := ours(b), ours(e)
	s.say(themes.Text, before)
	host := text.Clean(d.Host)
	s.text(themes.Text, s.ruler.Truncate(host, max(s.room()-len(after)-24, 12)))
	s.say(themes.Text, after)
	if d.Done > 0 && d.Size > 0 && d.State == model.Failed {
		s.say(themes.Text, " after ")
		s.part(themes.Text, d.Done, d.Size, " of ")
	}
}

// errorText is the error in full.
func errorText(d *model.Detail) text.Text {
	switch {
	case d.Code != 0 && d.Reason != "":
		return text.Clean(d.Code.String() + ": " + d.Reason)
	case d.Code != 0:
		return text.Clean(d.Code.String())
	}
	return text.Clean(d.Reason)
}

// folded breaks t into at most so many lines. What is too long is cut in its
// middle: the paths are there, and at the end is the cause.
func (s *scene) folded(t text.Text, width, lines int) []text.Text {
	if lines <= 0 {
		return nil
	}
	width = max(width, 8)
	parts := s.ruler.Wrap(t, width)
	for most := lines * width; len(parts) > lines; most -= width / 8 {
		parts = s.ruler.Wrap(s.ruler.TruncateMiddle(t, max(most, 1)), width)
	}
	return parts
}

// continuation says whether the bytes at hand can be used.
func (s *scene) continuation(d *model.Detail) {
	switch {
	case d.Done <= 0:
		s.say(themes.Text, phrases.FromTheBeginningNothingIsThereYet)
	case d.Resumable || d.State == model.Expired:
		s.say(themes.Text, "yes, ")
		s.size(themes.Text, d.Done)
		s.say(themes.Text, " kept")
		if etag := d.Response.Get("Etag"); etag != "" && s.room() > 30 {
			s.say(themes.Text, ", ETag ")
			s.text(themes.Text, s.ruler.Truncate(text.Clean(etag), 24))
		}
	default:
		s.say(themes.Text, phrases.CannotContinue)
	}
}

// drawRemedies writes the keys that help, on two lines where one is too short.
func drawRemedies(s *scene, c keymap.Context, d *model.Detail, gap int) {
	indent := 2
	if s.width < 72 {
		indent = 1
	}
	s.gap(indent)
	again := ours("try again")
	if d.Done > 0 && d.Resumable {
		again = "again from " + ours(s.units.Bytes(d.Done))
	}
	actionHint(s, c, keymap.Retry, again, gap)
	actionHint(s, c, keymap.Restart, "from 0", gap)
	if s.width < 72 {
		s.end()
		s.gap(indent)
	}
	actionHint(s, c, keymap.EditURL, "edit URL", gap)
	actionHint(s, c, keymap.Cancel, "remove", gap)
	actionHint(s, c, keymap.Open, "all events", gap)
	s.end()
}
