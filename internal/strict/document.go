package strict

import (
	"bytes"
	"strconv"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Document knows where in a file its members are.
type Document struct {
	file   string
	data   []byte
	keys   map[string]int // where the name of a member begins, by Path.String
	values map[string]int // where its value begins
	bad    map[string]bool
}

// deepest is the longest path that is noted. No struct is as deep, and the place
// of what lies deeper is that of its table.
const deepest = 8

// index walks the expressions of a document that is known to be TOML.
func (d *Document) index() {
	var p unstable.Parser
	p.Reset(d.data)
	var table Path
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind == unstable.KeyValue {
			d.keyValue(table, e)
			continue
		}
		table = d.key(nil, e.Key())
	}
}

// key notes the place of each part of a dotted key and returns the whole path.
func (d *Document) key(under Path, parts unstable.Iterator) Path {
	path := append(Path{}, under...)
	for parts.Next() {
		n := parts.Node()
		path = append(path, string(n.Data))
		if len(path) > deepest {
			continue
		}
		if name := path.String(); d.keys[name] == 0 {
			d.keys[name] = int(n.Raw.Offset) + 1
		}
	}
	return path
}

func (d *Document) keyValue(under Path, e *unstable.Node) {
	path := d.key(under, e.Key())
	d.value(path, e.Value())
}

func (d *Document) value(path Path, n *unstable.Node) {
	if len(path) > deepest {
		return
	}
	if n.Raw.Length > 0 {
		d.values[path.String()] = int(n.Raw.Offset) + 1
	}
	switch n.Kind {
	case unstable.InlineTable:
		for each := n.Children(); each.Next(); {
			if child := each.Node(); child.Kind == unstable.KeyValue {
				d.keyValue(path, child)
			}
		}
	case unstable.Array:
		i := 0
		for each := n.Children(); each.Next(); i++ {
			d.value(element(path, i), each.Node())
		}
	}
}

// element is the path of an element of a list. Its name is no bare key, so that
// it is not taken for a member.
func element(path Path, i int) Path {
	return append(append(Path{}, path...), "["+strconv.Itoa(i)+"]")
}

// position turns an offset, which counts from 1, into a place. 0 is none.
func (d *Document) position(offset int) Position {
	if offset == 0 {
		return Position{}
	}
	before := d.data[:offset-1]
	return Position{
		Line:   bytes.Count(before, []byte{'\n'}) + 1,
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
	}
}

// Has tells whether the file has the member.
func (d *Document) Has(path ...string) bool { return d.keys[Path(path).String()] != 0 }

// Key is where the name of a member is; the zero Position if the file does not
// have it.
func (d *Document) Key(path ...string) Position { return d.position(d.keys[Path(path).String()]) }

// Value is where the value of a member is, or else its name.
func (d *Document) Value(path ...string) Position {
	if at := d.values[Path(path).String()]; at != 0 {
		return d.position(at)
	}
	return d.Key(path...)
}

// Element is where an element of a list is, or else the list.
func (d *Document) Element(i int, path ...string) Position {
	if at := d.values[element(path, i).String()]; at != 0 {
		return d.position(at)
	}
	return d.Value(path...)
}

// Bad tells whether decoding found a mistake in a member, so that there is no
// value to judge.
func (d *Document) Bad(path ...string) bool { return d.bad[Path(path).String()] }

// Problem is a mistake in the value of a member.
func (d *Document) Problem(text string, path ...string) Problem {
	return Problem{File: d.file, Position: d.Value(path...), Text: text}
}
