package config

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"haul/internal/strict"
)

// Write writes a configuration as TOML, each member with a comment that says
// where its value is from. source knows that of a member by its path; "" is the
// default. Passwords in URLs of proxies are written as "hidden"; otherwise the
// output is a file that means the same configuration.
func (c *Config) Write(w io.Writer, source func(path ...string) string) error {
	out := writer{source: source}
	for _, m := range c.members() {
		out.line(m.path[:len(m.path)-1], m.path[len(m.path)-1], m.shown(), m.path)
	}
	for _, context := range slices.Sorted(maps.Keys(c.Keys)) {
		actions := c.Keys[context]
		for _, action := range slices.Sorted(maps.Keys(actions)) {
			path := strict.Path{"keys", context, action}
			out.line(path[:2], action, quoteList(actions[action]), path)
		}
	}
	out.flush()
	_, err := io.WriteString(w, out.text.String())
	return err
}

// writer lines the comments of a table up.
type writer struct {
	source func(path ...string) string
	text   strings.Builder
	table  string
	lines  []string // "name = value" of the table
	notes  []string
}

func (w *writer) line(table strict.Path, name, value string, path strict.Path) {
	if t := table.String(); t != w.table {
		w.flush()
		w.table = t
	}
	note := w.source(path...)
	if note == "" {
		note = "default"
	}
	w.lines = append(w.lines, strict.Path{name}.String()+" = "+value)
	w.notes = append(w.notes, note)
}

// widest is the longest line whose comment is put in the common column.
const widest = 48

func (w *writer) flush() {
	if len(w.lines) == 0 {
		return
	}
	if w.text.Len() > 0 {
		w.text.WriteByte('\n')
	}
	fmt.Fprintf(&w.text, "[%s]\n", w.table)
	column := 0
	for _, l := range w.lines {
		if len(l) <= widest {
			column = max(column, len(l))
		}
	}
	for i, l := range w.lines {
		fmt.Fprintf(&w.text, "%-*s  # %s\n", column, l, strings.Map(printable, w.notes[i]))
	}
	w.lines, w.notes = nil, nil
}

// printable keeps a comment on its line: it may be the name of a file.
func printable(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return '?'
	}
	return r
}
