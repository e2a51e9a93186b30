package dialog

import (
	"fmt"
	"strings"
	"time"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// Question is the dialog of a question that waits in the model.
type Question interface {
	Dialog
	// ID is the question's.
	ID() model.PromptID
	// SetRows says who waits for the answer by now. Nothing else of a question
	// changes while it is open: what was read is what is answered.
	SetRows(rows []model.RowID, names []string)
}

// question is what the dialogs of servers' questions have in common.
type question struct {
	form
	grace grace
	view  model.PromptView
}

func newQuestion(view model.PromptView, opened Opened, o *Options, controls ...control) question {
	q := question{form: newForm(o, controls...), view: view, grace: grace{now: o.now}}
	if opened == ByItself {
		q.grace.start()
	}
	return q
}

func (q *question) ID() model.PromptID { return q.view.ID }

func (q *question) SetRows(rows []model.RowID, names []string) {
	q.view.Rows, q.view.Names = rows, names
}

func (q *question) answer(a model.Answer) Result { return Answered{ID: q.view.ID, Answer: a} }

// transfers says how many wait, for "cancel" to be written before it.
func (q *question) transfers() string {
	if n := len(q.view.Rows); n > 1 {
		return phrases.Transfers(n)
	}
	return "transfer"
}

// waiting names the transfers that wait.
func (q *question) waiting() string {
	switch n := len(q.view.Names); n {
	case 0:
		return ""
	case 1:
		return q.view.Names[0]
	default:
		return fmt.Sprintf("%s and %d more", q.view.Names[0], n-1)
	}
}

// waited is how long the question has waited.
func (q *question) waited() string {
	since := time.Duration(0)
	if !q.view.Since.IsZero() {
		since = q.o.now().Sub(q.view.Since)
	}
	return units.Duration(since)
}

// host is the server's name as it may be shown, with the port if that is not
// the one of the protocol.
func (q *question) host() string {
	s := q.view.Space
	host := s.Host
	if !(s.Protocol == "https" && s.Port == 443 || s.Protocol == "http" && s.Port == 80) {
		host = hostPort(s.Host, s.Port)
	}
	return q.o.shownHost(host)
}

// who is the host, and that it is a proxy where it is one.
func (q *question) who() string {
	if q.view.Space.Proxy {
		return "the proxy " + q.host()
	}
	return q.host()
}

// role is what the host is.
func (q *question) role() string {
	if q.view.Space.Proxy {
		return "Proxy"
	}
	return "Server"
}

// origin is the server with its protocol and its port.
func (q *question) origin() string {
	s := q.view.Space
	return q.o.shownURL(fmt.Sprintf("%s://%s", s.Protocol, hostPort(s.Host, s.Port)))
}

func hostPort(host string, port int) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s:%d", host, port)
}

// shownURL is a URL without secrets, in Punycode where it might deceive.
func (o *Options) shownURL(raw string) string {
	return text.URL(raw, text.Clean(o.Theme.Glyphs.Ellipsis)).String()
}

func (o *Options) shownHost(host string) string {
	return strings.TrimPrefix(o.shownURL("https://"+host), "https://")
}

// quoted and word are the words of a server. See [text.Ruler].
func (o *Options) quoted(s string, cells int) string { return o.Ruler.Quoted(s, cells) }
func (o *Options) word(s string, cells int) string   { return o.Ruler.Word(s, cells) }
