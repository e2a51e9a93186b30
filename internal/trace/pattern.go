package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// Match compares the events of one task with a pattern: names of events
// separated by blanks, each with
//
//	(a,b)  what stands in its parentheses; "_" for anything, left out for
//	       anything at all
//	[r]    the reply; left out for any
//	*      one or more of it
//	?      one or none of it
//	*?     any number of it
//
// resumed@N names its offset. The error shows pattern and events. resumedata
// has to be there as often as the pattern says, anywhere.
func Match(events []Event, pattern string) error {
	var tokens, aside []token
	for word := range strings.FieldsSeq(pattern) {
		t, err := parseToken(word)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
		if t.kind == ResumeData {
			aside = append(aside, t)
		} else {
			tokens = append(tokens, t)
		}
	}
	var ordered, extra []Event
	for _, e := range events {
		if e.Kind == ResumeData {
			extra = append(extra, e)
		} else {
			ordered = append(ordered, e)
		}
	}
	if !match(ordered, tokens) || !match(extra, aside) {
		return fmt.Errorf("events do not match\n\twant %s\n\tgot  %s", pattern, Format(events))
	}
	return nil
}

// match is a backtracking matcher; lists are short and patterns shorter.
func match(events []Event, tokens []token) bool {
	if len(tokens) == 0 {
		return len(events) == 0
	}
	t := tokens[0]
	if t.optional && match(events, tokens[1:]) {
		return true
	}
	if len(events) == 0 || !t.matches(events[0]) {
		return false
	}
	if match(events[1:], tokens[1:]) {
		return true
	}
	if !t.repeated {
		return false
	}
	t.optional = false
	return match(events[1:], append([]token{t}, tokens[1:]...))
}

// token is one word of a pattern.
type token struct {
	kind               Kind
	args               []string // nil: any
	reply              string   // "": any
	repeated, optional bool
}

func parseToken(word string) (token, error) {
	var t token
	s, optional := strings.CutSuffix(word, "?")
	s, repeated := strings.CutSuffix(s, "*")
	t.optional, t.repeated = optional, repeated
	if rest, ok := strings.CutSuffix(s, "]"); ok {
		if s, t.reply, ok = strings.Cut(rest, "["); !ok {
			return t, fmt.Errorf("%q closes a bracket that is not open", word)
		}
	}
	if rest, ok := strings.CutSuffix(s, ")"); ok {
		var args string
		if s, args, ok = strings.Cut(rest, "("); !ok {
			return t, fmt.Errorf("%q closes a parenthesis that is not open", word)
		}
		t.args = strings.Split(args, ",")
	}
	if name, offset, ok := strings.Cut(s, "@"); ok {
		s, t.args = name, []string{offset}
	}
	t.kind = Kind(s)
	if !t.kind.known() {
		return t, fmt.Errorf("%q is no event", word)
	}
	return t, nil
}

// known tells whether k is one of the kinds, so that a misspelt pattern fails.
func (k Kind) known() bool {
	if k == ResumeData || k == Invalid {
		return true
	}
	// A kind that the grammar knows has a phase behind it.
	p, _ := atStart.next(k)
	return p != atStart
}

func (t token) matches(e Event) bool {
	if e.Kind != t.kind || t.reply != "" && t.reply != e.Reply {
		return false
	}
	if t.args == nil {
		return true
	}
	args := e.Args
	if e.Kind == Resumed {
		args = []string{strconv.FormatInt(e.Total, 10)}
	}
	if len(args) != len(t.args) {
		return false
	}
	for i, a := range t.args {
		if a != "_" && a != args[i] {
			return false
		}
	}
	return true
}
