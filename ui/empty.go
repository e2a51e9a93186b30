package ui

import (
	"haul/keymap"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// drawEmpty says how to begin, where there are no transfers. It fills the
// screen down to the footer.
func drawEmpty(s *scene, lay layout) {
	bottom := lay.height
	if lay.footer {
		bottom--
	}
	if lay.height >= 10 {
		bottom-- // for a rule
	}
	s.blank((lay.height - 1) / 3)
	left, keys, second := 2, 6, 0
	switch {
	case s.width >= 100:
		left, second = 30, 56
	case s.width >= 72:
		left, keys, second = 14, 4, 34
	}
	s.to(left)
	s.say(themes.Text, phrases.NothingToTransferYet)
	s.end()
	s.end()
	add, help, quit := s.key(keymap.List, keymap.Add), s.key(keymap.List, keymap.Help), s.key(keymap.List, keymap.Quit)
	pair := func(at, width int, key, words ours) {
		s.to(at)
		s.say(themes.Accent, key)
		s.to(at + width)
		s.say(themes.Text, words)
	}
	pair(left, keys, add, phrases.AddAURL)
	if second > 0 {
		pair(second, keys+4, "paste", "a URL anywhere")
		s.end()
		pair(left, keys, help, "all keys")
		pair(second, keys+4, quit, "quit")
		s.end()
		s.end()
		s.to(left)
		s.say(themes.Subtle, phrases.FromTheShell)
		if s.width >= 100 {
			s.end()
			s.to(left)
			s.say(themes.Subtle, phrases.FromAList)
		}
	} else {
		s.end()
		pair(left, keys, "paste", "a URL anywhere")
		s.end()
		pair(left, keys, help, "all keys")
	}
	s.end()
	s.truncate(bottom)
	s.blank(bottom)
	if lay.height >= 10 {
		s.rule(text.Text{})
	}
}
