package plain

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"haul/model"
	"haul/ui/units"
)

// command is a line that somebody typed, as [parse] has read it.
type command struct {
	verb string
	// rows are the numbers that were given, all means every row.
	rows []span
	all  bool
	// text is what follows the rows, as it was typed, or the one word of it
	// that counts.
	text string
	rate int64 // of limit, in bytes per second, 0 for none
	host string
	by   model.Priority
}

// span is a run of row numbers, both ends included.
type span struct{ first, last model.RowID }

// has tells whether a row is meant.
func (c command) has(id model.RowID) bool {
	for _, s := range c.rows {
		if s.first <= id && id <= s.last {
			return true
		}
	}
	return c.all
}

// verb is a command's word with what help says of it, and how the rest of its
// line is read.
type verb struct {
	name, form, does string
	read             func(*command, string) error
}

// verbs are all commands in the order of help.
func verbs() []verb {
	return []verb{
		{"list", "list [FILTER]", "tell the transfers; FILTER is words of the name, is:failed, host:example.org or size:>1G", free},
		{"more", "more", "go on with the list", nothing},
		{"status", "status", "tell the counts and the rate of all", nothing},
		{"progress", "progress [ROWS]", "tell how far the running transfers are", optional},
		{"details", "details ROW [SECTION]", "tell all about a transfer: overview, segments, headers, redirects, tls or events", section},
		{"link", "link ROW", "print the whole URL of a transfer", one},
		{"add", "add URL...", "add downloads, or a command line of curl; add again URL adds one that is listed already", needed},
		{"pause", "pause ROWS", "pause transfers and keep what they have", many},
		{"resume", "resume ROWS", "go on with paused transfers", many},
		{"cancel", "cancel ROWS", "cancel transfers", many},
		{"retry", "retry ROWS", "try again what has ended without its file", many},
		{"restart", "restart ROWS", "start again from byte 0", many},
		{"remove", "remove ROWS", "take transfers off the list; files stay", many},
		{"undo", "undo", "bring back what was removed last", nothing},
		{"delete", "delete ROWS", "take transfers off the list and delete their files", many},
		{"limit", "limit ROWS|all|host NAME RATE", "limit the rate, like limit 2 500k; none takes the limit away", limit},
		{"priority", "priority ROWS high|normal|low", "say what starts first", priority},
		{"up", "up ROWS", "move one place forward in the queue", many},
		{"down", "down ROWS", "move one place back in the queue", many},
		{"rename", "rename ROW NAME", "give the file another name before it is done", named},
		{"renew", "renew ROW URL", "give a transfer a fresh URL and keep what it has", named},
		{"answer", "answer [CHOICE]", "tell the question again, or answer it by its number or word", free},
		{"wait", "wait", "read nothing more until a question is asked or all is at rest", nothing},
		{"help", "help [COMMAND]", "tell the commands", free},
		{"quit", "quit", "pause what runs, keep it for the next run and leave", nothing},
	}
}

// errNothing is the error of a blank line.
var errNothing = errors.New("nothing was typed")

// parse reads a line. Its errors say what would be right.
func parse(line string) (command, error) {
	word, rest := cut(line)
	if word == "" {
		return command{}, errNothing
	}
	word = strings.ToLower(word)
	for _, v := range verbs() {
		if v.name != word {
			continue
		}
		c := command{verb: word}
		if err := v.read(&c, rest); err != nil {
			return command{}, fmt.Errorf("%w: use %s", err, v.form)
		}
		return c, nil
	}
	// The word is not repeated: it may be a password that came too late.
	return command{}, errors.New("there is no such command: use help to hear them all")
}

// cut takes the first word off a line.
func cut(s string) (word, rest string) {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}

func nothing(_ *command, rest string) error {
	if rest != "" {
		return errors.New("it takes nothing after it")
	}
	return nil
}

func free(c *command, rest string) error {
	c.text = rest
	return nil
}

func needed(c *command, rest string) error {
	c.text = rest
	if rest == "" {
		return errors.New("something is missing")
	}
	return nil
}

// targets reads rows: numbers, runs of them, with commas or blanks between, or
// all. It returns what follows.
func targets(c *command, rest string) (string, error) {
	for rest != "" && !c.all {
		word, after := cut(rest)
		if strings.EqualFold(word, "all") && len(c.rows) == 0 {
			c.all, rest = true, after
			break
		}
		spans, ok := numbers(word)
		if !ok {
			break
		}
		c.rows, rest = append(c.rows, spans...), after
	}
	if !c.all && len(c.rows) == 0 {
		return rest, errors.New("it wants the numbers of transfers, like 3 or 2-5, or all")
	}
	return rest, nil
}

// numbers reads a word like 3, 2-5 or 1,4-6.
func numbers(word string) (spans []span, ok bool) {
	for part := range strings.SplitSeq(strings.TrimSuffix(word, ","), ",") {
		low, high, run := strings.Cut(part, "-")
		if !run {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 31)
		last, err2 := strconv.ParseUint(high, 10, 31)
		if err != nil || err2 != nil || first == 0 || last < first {
			return nil, false
		}
		spans = append(spans, span{model.RowID(first), model.RowID(last)})
	}
	return spans, true
}

func many(c *command, rest string) error {
	rest, err := targets(c, rest)
	if err != nil {
		return err
	}
	return nothing(c, rest)
}

func optional(c *command, rest string) error {
	if rest == "" {
		c.all = true
		return nil
	}
	return many(c, rest)
}

// single reads the number of one row.
func single(c *command, rest string) (string, error) {
	word, rest := cut(rest)
	spans, ok := numbers(word)
	if !ok || len(spans) != 1 || spans[0].first != spans[0].last {
		return rest, errors.New("it wants the number of one transfer")
	}
	c.rows = spans
	return rest, nil
}

func one(c *command, rest string) error {
	rest, err := single(c, rest)
	if err != nil {
		return err
	}
	return nothing(c, rest)
}

func named(c *command, rest string) error {
	rest, err := single(c, rest)
	if err != nil {
		return err
	}
	return needed(c, rest)
}

// sections are the parts of the details.
func sections() []string {
	return []string{"overview", "segments", "headers", "redirects", "tls", "events"}
}

func section(c *command, rest string) error {
	rest, err := single(c, rest)
	if err != nil {
		return err
	}
	c.text = strings.ToLower(rest)
	if c.text == "" {
		c.text = sections()[0]
	}
	for _, s := range sections() {
		if c.text == s {
			return nil
		}
	}
	return errors.New("the sections are " + strings.Join(sections(), ", "))
}

func priority(c *command, rest string) error {
	rest, err := targets(c, rest)
	if err != nil {
		return err
	}
	for _, p := range []model.Priority{model.LowPriority, model.NormalPriority, model.HighPriority} {
		if strings.EqualFold(rest, p.String()) {
			c.by = p
			return nil
		}
	}
	return errors.New("it wants high, normal or low")
}

func limit(c *command, rest string) error {
	if word, after := cut(rest); strings.EqualFold(word, "host") {
		if c.host, rest = cut(after); c.host == "" {
			return errors.New("it wants the name of a host")
		}
	} else {
		var err error
		if rest, err = targets(c, rest); err != nil {
			return err
		}
	}
	if rest == "" {
		return errors.New("it wants a rate")
	}
	if strings.EqualFold(rest, "none") {
		return nil
	}
	var err error
	c.rate, err = units.ParseRate(rest)
	return err
}
