package dialog

import (
	"fmt"
	"net/url"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/themes"
	"haul/ui/curl"
	"haul/ui/phrases"
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
	// command is the curl command that the line came from, or is: its header
	// fields and its user belong to the URL, and are not shown.
	command *curl.Command
	// name is the file name that the command gives the URL.
	name string
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
	if l.command != nil && !sameOrigin(s, l.checked) {
		l.command, l.name = nil, "" // what was meant for one server is not sent to another
	}
	l.checked, l.err, l.known = s, nil, false
	switch {
	case s == "":
	case curl.Is(s): // typed, not pasted
		if c, err := curl.Parse(s); err != nil {
			l.err = err
		} else {
			l.command, l.name = &c, c.Downloads[0].Name
			l.err = u.check(c.Downloads[0].URL)
		}
	default:
		l.err = u.check(s)
		l.known = l.err == nil && u.known(s)
	}
}

// sameOrigin tells whether two URLs lead to the same server.
func sameOrigin(a, b string) bool {
	x, err := url.Parse(a)
	y, err2 := url.Parse(b)
	return err == nil && err2 == nil && x.Scheme == y.Scheme && x.Host == y.Host
}

// wanted is a URL to be transferred, with what a curl command said of it.
type wanted struct {
	url, name string
	command   *curl.Command // nil for none
}

// of are the URLs of a line: more than one if it is a curl command that was
// typed and has more.
func (l *urlLine) of() (list []wanted) {
	s := l.url()
	if l.command == nil || !curl.Is(s) {
		return []wanted{{s, l.name, l.command}}
	}
	for _, d := range l.command.Downloads {
		list = append(list, wanted{d.URL, d.Name, l.command})
	}
	return list
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

// undelimited is a word without what separates URLs from text around them (RFC
// 3986, appendix C): <https://a.example/>, "https://a.example/", in lists.
func undelimited(word string) string {
	word = strings.TrimRight(word, ",;")
	for _, pair := range []string{"<>", `""`, "''"} {
		if len(word) > 2 && word[0] == pair[0] && word[len(word)-1] == pair[1] {
			return word[1 : len(word)-1]
		}
	}
	return word
}

// paste takes one URL a word, and leaves out lines that begin with #, as lists
// have them; curl commands become the URLs that they have. One word alone goes
// where the cursor is; the first of more goes there only into an empty line.
func (u *urls) paste(s string) {
	var lines []*urlLine
	words := 0
	for _, line := range curl.Split(s) {
		switch {
		case curl.Is(line):
			lines = append(lines, u.command(line)...)
		case !strings.HasPrefix(strings.TrimSpace(line), "#"):
			for _, word := range strings.Fields(line) {
				lines = append(lines, u.line(undelimited(word)))
				words++
			}
		}
	}
	if words == 1 && len(lines) == 1 {
		u.lines[u.at].paste(lines[0].value())
		u.inspect(u.lines[u.at])
		return
	}
	u.insert(lines)
}

// command are the lines that a curl command becomes. One that haul cannot do
// becomes a line that says why; the command itself, which may have secrets in
// it, is not shown.
func (u *urls) command(text string) (lines []*urlLine) {
	c, err := curl.Parse(text)
	if err != nil {
		return []*urlLine{{field: newField("curl"), checked: "curl", err: err}}
	}
	for _, d := range c.Downloads {
		l := u.line(d.URL)
		l.command, l.name = &c, d.Name
		lines = append(lines, l)
	}
	return lines
}

// insert puts lines behind that of the cursor, the first in its place if that
// is empty.
func (u *urls) insert(more []*urlLine) {
	if len(more) == 0 {
		return
	}
	if u.lines[u.at].value() == "" {
		u.lines[u.at], more = more[0], more[1:]
	}
	room := maxURLs - len(u.lines)
	u.dropped += max(len(more)-room, 0)
	more = more[:min(len(more), room)]
	u.lines = append(u.lines[:u.at+1:u.at+1], append(more, u.lines[u.at+1:]...)...)
	u.at += len(more)
}

// valid are the URLs without error, each once, in their order.
func (u *urls) valid() (list []wanted) {
	seen := map[string]bool{}
	for _, l := range u.lines {
		if l.url() == "" || l.err != nil {
			continue
		}
		for _, w := range l.of() {
			if !seen[w.url] {
				seen[w.url] = true
				list = append(list, w)
			}
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

// findings are the lines that are wrong, then those that come twice, then what
// is taken from curl commands.
func (u *urls) findings() []finding {
	var wrong, twice, taken []finding
	first := map[string]int{}
	for i, l := range u.lines {
		s := l.url()
		switch at, ok := first[s]; {
		case s == "":
		case l.err != nil:
			wrong = append(wrong, finding{i + 1, l.err.Error(), themes.Error})
		case ok:
			twice = append(twice, finding{i + 1, fmt.Sprintf(phrases.TheSameAsLine, at), themes.Warn})
		case l.known:
			twice = append(twice, finding{i + 1, phrases.InTheListAlready, themes.Warn})
		}
		if _, ok := first[s]; !ok {
			first[s] = i + 1
		}
		if l.command != nil && l.err == nil {
			taken = append(taken, finding{i + 1, fromCurl(l), themes.Accent})
		}
	}
	if u.dropped > 0 {
		twice = append(twice, finding{len(u.lines), fmt.Sprintf(phrases.MoreWereLeftOut, u.dropped), themes.Warn})
	}
	return append(append(wrong, twice...), taken...)
}

// fromCurl says what a line has from its curl command, but for what may be
// secret.
func fromCurl(l *urlLine) string {
	c := l.command
	var parts []string
	switch n := len(c.Header); {
	case n == 1:
		parts = append(parts, "1 header field")
	case n > 1:
		parts = append(parts, fmt.Sprintf("%d header fields", n))
	}
	if c.Named {
		parts = append(parts, "a user name")
	}
	if l.name != "" {
		parts = append(parts, phrases.TheFileName+l.name)
	}
	if len(parts) == 0 {
		return "from curl"
	}
	return phrases.FromCurlWith + strings.Join(parts, ", ")
}

// draw writes at most so many lines, and on said lines what is to be said about
// them.
func (u *urls) draw(p *page, most, room, said int) {
	focused := p.focus == u
	top := min(max(u.at-most+1, 0), max(len(u.lines)-most, 0))
	for i := top; i < min(top+most, len(u.lines)); i++ {
		p.fieldAs(u.lines[i].field, u, i, focused && i == u.at, room, " ")
		p.end()
	}
	if hidden := len(u.lines) - most; hidden > 0 {
		p.say(themes.Faint, fmt.Sprintf(" lines %d-%d of %d", top+1, top+most, len(u.lines)))
	}
	u.report(p, said)
}

// report says one thing: about the line of the cursor if there is anything to
// say, else the first.
func (u *urls) report(p *page, most int) {
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
	switch f.role {
	case themes.Error:
		sign = p.o.Theme.Glyphs.Failed
	case themes.Accent:
		sign = p.o.Theme.Glyphs.Mark
	}
	words := f.text
	if len(u.lines) > 1 {
		words = fmt.Sprintf("line %d: %s", f.line, words)
	}
	if n := len(list) - 1; n > 0 {
		words += fmt.Sprintf(" (and %d more)", n)
	}
	p.put(f.role, " "+sign)
	p.wrap(f.role, words, 3, most)
}
