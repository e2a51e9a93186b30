package dialog

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/themes"
	"haul/ui/text"
)

// maxURLs is how many lines the list of URLs takes; more come from a file.
const maxURLs = 1000

// urls is a list of URLs, one a line, that can be edited. It is one control: tab
// leaves it, up and down go from line to line.
type urls struct {
	lines []*urlLine
	at    int
	check func(string) error // what is wrong with a URL
	known func(string) bool  // whether it is in the list already
	// dropped is how many lines were more than maxURLs.
	dropped int
}

// urlLine is one line, with what was found out about the URL it has.
type urlLine struct {
	*field
	checked string
	err     error
	known   bool
}

func newURLs(check func(string) error, known func(string) bool) *urls {
	u := &urls{check: check, known: known}
	u.lines = []*urlLine{u.line("")}
	return u
}

func (u *urls) line(s string) *urlLine {
	l := &urlLine{field: newField(s)}
	u.inspect(l)
	return l
}

// inspect looks at a line again if it has changed.
func (u *urls) inspect(l *urlLine) {
	s := l.url()
	if s == l.checked {
		return
	}
	l.checked, l.err, l.known = s, nil, false
	if s != "" {
		l.err = u.check(s)
		l.known = l.err == nil && u.known(s)
	}
}

func (l *urlLine) url() string { return strings.TrimSpace(l.value()) }

func (*urls) context() keymap.Context { return keymap.Field }

func (u *urls) key(k tea.KeyPressMsg, action keymap.Action) bool {
	l := u.lines[u.at]
	switch {
	case action == keymap.Press:
		if l.url() == "" {
			return false
		}
		if u.at == len(u.lines)-1 && len(u.lines) < maxURLs {
			u.lines = append(u.lines, u.line(""))
		}
		u.at = min(u.at+1, len(u.lines)-1)
		return true
	case action != "":
		return false
	case k.String() == "up":
		u.at = max(u.at-1, 0)
		return true
	case k.String() == "down":
		u.at = min(u.at+1, len(u.lines)-1)
		return true
	case k.String() == "backspace" && l.value() == "" && len(u.lines) > 1:
		u.lines = append(u.lines[:u.at:u.at], u.lines[u.at+1:]...)
		u.at = max(u.at-1, 0)
		return true
	}
	used := l.key(k, action)
	u.inspect(l)
	return used
}

// paste takes one URL a word, and leaves out lines that begin with #, as lists
// have them. One word alone goes where the cursor is; the first of more goes
// there only into an empty line.
func (u *urls) paste(s string) {
	var words []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	switch {
	case len(words) == 0:
		return
	case len(words) == 1 || u.lines[u.at].value() == "":
		u.lines[u.at].paste(words[0])
		u.inspect(u.lines[u.at])
		words = words[1:]
	}
	room := maxURLs - len(u.lines)
	u.dropped = max(len(words)-room, 0)
	words = words[:len(words)-u.dropped]
	var more []*urlLine
	for _, w := range words {
		more = append(more, u.line(w))
	}
	u.lines = append(u.lines[:u.at+1:u.at+1], append(more, u.lines[u.at+1:]...)...)
	u.at += len(more)
}

// valid are the URLs without error, each once, in their order.
func (u *urls) valid() []string {
	var list []string
	seen := map[string]bool{}
	for _, l := range u.lines {
		if s := l.url(); s != "" && l.err == nil && !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// finding is what is to be said about a line.
type finding struct {
	line int // from 1
	text string
	role themes.Role
}

// findings are the lines that are wrong, then those that come twice.
func (u *urls) findings() []finding {
	var wrong, twice []finding
	first := map[string]int{}
	for i, l := range u.lines {
		s := l.url()
		switch at, ok := first[s]; {
		case s == "":
		case l.err != nil:
			wrong = append(wrong, finding{i + 1, l.err.Error(), themes.Error})
		case ok:
			twice = append(twice, finding{i + 1, fmt.Sprintf("the same as line %d", at), themes.Warn})
		case l.known:
			twice = append(twice, finding{i + 1, "in the list already; it goes on there", themes.Warn})
		}
		if _, ok := first[s]; !ok {
			first[s] = i + 1
		}
	}
	if u.dropped > 0 {
		twice = append(twice, finding{len(u.lines), fmt.Sprintf("%d more were left out; put them into a file for haul -i", u.dropped), themes.Warn})
	}
	return append(wrong, twice...)
}

// draw writes at most so many lines, and what is to be said about them.
func (u *urls) draw(p *page, most, room int) {
	focused := p.focus == u
	top := min(max(u.at-most+1, 0), max(len(u.lines)-most, 0))
	for i := top; i < min(top+most, len(u.lines)); i++ {
		p.fieldAs(u.lines[i].field, focused && i == u.at, room, " ")
		p.end()
	}
	if hidden := len(u.lines) - most; hidden > 0 {
		p.say(themes.Faint, fmt.Sprintf(" lines %d-%d of %d", top+1, top+most, len(u.lines)))
	}
	u.report(p)
}

// report says one thing: about the line of the cursor if there is anything to
// say, else the first.
func (u *urls) report(p *page) {
	list := u.findings()
	if len(list) == 0 {
		return
	}
	f := list[0]
	for _, other := range list {
		if other.line == u.at+1 && p.focus == u {
			f = other
		}
	}
	sign := p.o.Theme.Glyphs.Alert
	if f.role == themes.Error {
		sign = p.o.Theme.Glyphs.Failed
	}
	more := ""
	if n := len(list) - 1; n > 0 {
		more = fmt.Sprintf("  (and %d more)", n)
	}
	t := p.o.Ruler.Truncate(text.Clean(fmt.Sprintf(" %s line %d: %s", sign, f.line, f.text)), p.room()-len(more))
	p.put(f.role, t.String())
	p.say(themes.Subtle, more)
}
