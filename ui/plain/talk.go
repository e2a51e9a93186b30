package plain

import (
	"fmt"
	"io"
	"strings"

	"haul/ui/phrases"
	"haul/ui/units"
)

// talk is what is said to the person at the keys.
type talk struct {
	line  *spoken
	units units.System
	// steered tells that commands are read as well as answers.
	steered bool
	// attached tells that the agent has what is answered.
	attached bool
}

// holder is who has the answers, until it ends.
func (t talk) holder() string {
	if t.attached {
		return phrases.TheAgent
	}
	return phrases.Haul
}

// spoken is where it is said: in whole lines, but for the one that the person is
// to end.
type spoken struct {
	to io.Writer
	// open: what was said last has no end yet, because an answer comes there.
	open bool
}

// write leaves an error alone: a terminal that is gone is noticed where the
// results are written.
func (s *spoken) write(text string) { _, _ = io.WriteString(s.to, text) }

// end ends the line that is open, because nobody will.
func (s *spoken) end() {
	if s.open {
		s.open = false
		s.write("\n")
	}
}

func (t talk) say(format string, args ...any) {
	t.line.end()
	t.line.write(fmt.Sprintf(format+"\n", args...))
}

// clause says a clause of the news as a sentence.
func (t talk) clause(format string, args ...any) { t.say(upper(format)+".", args...) }

// prompt asks for the rest of the line.
func (t talk) prompt(word string) {
	t.line.end()
	t.line.write(word + ": ")
	t.line.open = true
}

func (t talk) limitWords(rate int64) string {
	if rate == 0 {
		return phrases.WithoutLimit
	}
	return fmt.Sprintf(phrases.LimitedTo, t.units.Rate(rate))
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
