package strict

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// MaxSize is the greatest file that is read, in bytes. What people write by
// hand is a thousandth of it.
const MaxSize = 1 << 20

// Decode reads the file's data into a struct, given as a pointer. Its members
// have the tag toml:"name" and are text, numbers, truths, durations ("5m"),
// lists, tables (structs, pointers to them and maps by name) and what reads
// itself from text (encoding.TextUnmarshaler). Names are matched exactly.
//
// The error is of type [Problems]. The document is there in any case; with
// problems the struct has what could be read.
func Decode(file string, data []byte, into any) (*Document, error) {
	d := &Document{
		file: file, data: data,
		keys: map[string]int{}, values: map[string]int{}, bad: map[string]bool{},
	}
	if len(data) > MaxSize {
		return d, Problems{{File: file, Text: fmt.Sprintf("has %d bytes: at most %d are read", len(data), MaxSize)}}
	}
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		return d, Problems{notTOML(file, err)}
	}
	d.index()
	r := reader{doc: d}
	r.root = reflect.ValueOf(into).Elem()
	r.table(r.root, nil, tree)
	return d, r.problems.Err()
}

// notTOML is the one mistake of a file that cannot be parsed.
func notTOML(file string, err error) Problem {
	p := Problem{File: file, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		p.Line, p.Column = at.Position()
	}
	return p
}

// reader puts a parsed file into a struct.
type reader struct {
	doc      *Document
	root     reflect.Value
	problems Problems
}

// wrong notes a mistake in a value.
func (r *reader) wrong(path Path, at Position, format string, args ...any) {
	r.doc.bad[path.String()] = true
	r.problems = append(r.problems, Problem{
		File: r.doc.file, Position: at, Text: path.String() + ": " + fmt.Sprintf(format, args...),
	})
}

func join(path Path, name string) Path { return append(append(Path{}, path...), name) }

// table reads a table into a struct or a map.
func (r *reader) table(into reflect.Value, path Path, tree map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		under := join(path, name)
		if into.Kind() == reflect.Map {
			each := reflect.New(into.Type().Elem()).Elem()
			r.value(each, under, tree[name])
			if into.IsNil() {
				into.Set(reflect.MakeMap(into.Type()))
			}
			into.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), each)
			continue
		}
		field, ok := member(into, name)
		if !ok {
			r.unknown(into, under)
			continue
		}
		r.value(field, under, tree[name])
	}
}

// unknown notes a name that does not exist, with the nearest one beside it; if
// there is none, with a member of that name elsewhere.
func (r *reader) unknown(table reflect.Value, path Path) {
	name := path[len(path)-1]
	near := Nearest(name, names(table))
	text := fmt.Sprintf("unknown name %q", path)
	switch {
	case near != "":
		text += fmt.Sprintf("; did you mean %q?", join(path[:len(path)-1], near))
	case len(path) == 1:
		if elsewhere := find(r.root, nil, name); elsewhere != nil {
			text += fmt.Sprintf("; did you mean %q?", elsewhere)
		}
	}
	r.doc.bad[path.String()] = true
	r.problems = append(r.problems, Problem{File: r.doc.file, Position: r.doc.Key(path...), Text: text})
}

// member is the field of a struct that a name means.
func member(table reflect.Value, name string) (reflect.Value, bool) {
	for i := range table.NumField() {
		if table.Type().Field(i).Tag.Get("toml") == name {
			return table.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// names are the members of a struct.
func names(table reflect.Value) []string {
	out := make([]string, table.NumField())
	for i := range out {
		out[i] = table.Type().Field(i).Tag.Get("toml")
	}
	return out
}

// find looks for a member in the tables of a struct.
func find(table reflect.Value, path Path, name string) Path {
	if _, ok := member(table, name); ok {
		return join(path, name)
	}
	for i := range table.NumField() {
		if f := table.Field(i); f.Kind() == reflect.Struct {
			if found := find(f, join(path, table.Type().Field(i).Tag.Get("toml")), name); found != nil {
				return found
			}
		}
	}
	return nil
}

// value reads one value.
func (r *reader) value(into reflect.Value, path Path, v any) {
	r.valueAt(into, path, v, r.doc.Value(path...))
}

func (r *reader) valueAt(into reflect.Value, path Path, v any, at Position) {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if from, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		text, ok := v.(string)
		if !ok {
			r.wrong(path, at, "wants a text in quotes, not %s", kind(v))
		} else if err := from.UnmarshalText([]byte(text)); err != nil {
			r.wrong(path, at, "%v", err)
		}
		return
	}
	if _, ok := into.Interface().(time.Duration); ok {
		r.duration(into, path, v, at)
		return
	}
	switch into.Kind() {
	case reflect.String:
		if s, ok := v.(string); ok {
			into.SetString(s)
			return
		}
		r.wrong(path, at, "wants a text in quotes, not %s", kind(v))
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			into.SetBool(b)
			return
		}
		r.wrong(path, at, "wants true or false, not %s", kind(v))
	case reflect.Int:
		if n, ok := v.(int64); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			into.SetInt(n)
			return
		}
		r.wrong(path, at, "wants a whole number, not %s", kind(v))
	case reflect.Slice:
		r.list(into, path, v, at)
	case reflect.Struct, reflect.Map:
		if tree, ok := v.(map[string]any); ok {
			r.table(into, path, tree)
			return
		}
		r.wrong(path, at, "wants a table, not %s", kind(v))
	default:
		panic("strict: no reading of " + into.Type().String())
	}
}

func (r *reader) duration(into reflect.Value, path Path, v any, at Position) {
	text, ok := v.(string)
	if !ok {
		r.wrong(path, at, "wants a duration in quotes, like \"5m\", not %s", kind(v))
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		r.wrong(path, at, "%q is no duration: write it like \"90s\", \"5m\" or \"1h30m\"", text)
		return
	}
	into.SetInt(int64(d))
}

func (r *reader) list(into reflect.Value, path Path, v any, at Position) {
	items, ok := v.([]any)
	if !ok {
		r.wrong(path, at, "wants a list in brackets, not %s", kind(v))
		return
	}
	out := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		r.valueAt(out.Index(i), path, item, r.doc.Element(i, path...))
	}
	into.Set(out)
}

// kind says in a few words what a value is. A text is not repeated: it may be
// a secret in the wrong place.
func kind(v any) string {
	switch v := v.(type) {
	case string:
		return "a text"
	case bool, int64, float64:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date"
}
