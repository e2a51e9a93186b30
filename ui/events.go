package ui

import (
	"strconv"

	"haul/model"
	"haul/ui/text"
	"haul/ui/units"
)

// eventText is a delegate call as a line of a timeline:
// "DidWriteData x1,204 (100 MB)".
func eventText(u units.System, e *model.Event) text.Text {
	line := e.Name
	if e.Count > 1 {
		line += " x" + thousands(e.Count)
	}
	switch {
	case e.Text != "":
		line += " " + e.Text
	case e.Bytes > 0 && e.Count > 0:
		line += " (" + u.Bytes(e.Bytes) + ")"
	case e.Bytes > 0 && e.Total > 0:
		line += " " + u.Bytes(e.Bytes) + " of " + u.Bytes(e.Total)
	case e.Bytes > 0:
		line += " " + u.Bytes(e.Bytes)
	case e.Status > 0:
		line += " " + strconv.Itoa(e.Status)
	}
	return text.Clean(line)
}

// thousands writes 1204 as "1,204".
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
