package plain

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"haul/internal/strict"
	"haul/model"
	"haul/ui/phrases"
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
		{"list", "list [FILTER]", phrases.DoesList, free},
		{"more", "more", phrases.DoesMore, nothing},
		{"status", "status", phrases.DoesStatus, nothing},
		{"progress", "progress [ROWS]", phrases.DoesProgress, optional},
		{"details", "details ROW [SECTION]", phrases.DoesDetails, section},
		{"link", "link ROW", phrases.DoesLink, one},
		{"add", "add URL...", phrases.DoesAdd, needed},
		{"pause", "pause ROWS", phrases.DoesPause, many},
		{"resume", "resume ROWS", phrases.DoesResume, many},
		{"cancel", "cancel ROWS", phrases.DoesCancel, many},
		{"retry", "retry ROWS", phrases.DoesRetry, many},
		{"restart", "restart ROWS", phrases.DoesRestart, many},
		{"remove", "remove ROWS", phrases.DoesRemove, many},
		{"undo", "undo", phrases.DoesUndo, nothing},
		{"delete", "delete ROWS", phrases.DoesDelete, many},
		{"limit", "limit ROWS|all|host NAME RATE", phrases.DoesLimit, limit},
		{"priority", "priority ROWS high|normal|low", phrases.DoesPriority, priority},
		{"up", "up ROWS", phrases.DoesUp, many},
		{"down", "down ROWS", phrases.DoesDown, many},
		{"rename", "rename ROW NAME", phrases.DoesRename, named},
		{"renew", "renew ROW URL", phrases.DoesRenew, named},
		{"answer", "answer [CHOICE]", phrases.DoesAnswer, free},
		{"wait", "wait", phrases.DoesWait, nothing},
		{"help", "help [COMMAND]", phrases.DoesHelp, free},
		{"detach", "detach", phrases.DoesDetach, nothing},
		{"quit", "quit", phrases.DoesQuit, nothing},
	}
}

// errNothing is the error of a blank line.
var errNothing = errors.New(phrases.NothingTyped)

// parse reads a line. Its errors say what would be right.
func parse(line string) (command, error) {
	word, rest := cut(line)
	if word == "" {
		return command{}, errNothing
	}
	word = strings.ToLower(word)
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
		if v.name != word {
			continue
		}
		c := command{verb: word}
		if err := v.read(&c, rest); err != nil {
			return command{}, fmt.Errorf(phrases.UseForm, err, v.form)
		}
		return c, nil
	}
	// The word is not repeated: it may be a password that came too late.
	if near := strict.Nearest(word, names); near != "" {
		return command{}, fmt.Errorf(phrases.NoSuchCommandButOne, near)
	}
	return command{}, errors.New(phrases.NoSuchCommand)
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
		return errors.New(phrases.TakesNothing)
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
		return errors.New(phrases.SomethingLacks)
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
		return rest, errors.New(phrases.WantsTransfers)
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
		return rest, errors.New(phrases.WantsTransfer)
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
	return fmt.Errorf(phrases.WantsSection, strings.Join(sections(), ", "))
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
	return errors.New(phrases.WantsPriority)
}

func limit(c *command, rest string) error {
	if word, after := cut(rest); strings.EqualFold(word, "host") {
		if c.host, rest = cut(after); c.host == "" {
			return errors.New(phrases.WantsHost)
		}
	} else {
		var err error
		if rest, err = targets(c, rest); err != nil {
			return err
		}
	}
	if rest == "" {
		return errors.New(phrases.WantsRate)
	}
	if strings.EqualFold(rest, "none") {
		return nil
	}
	var err error
	c.rate, err = units.ParseRate(rest)
	return err
}
