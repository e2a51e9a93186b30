package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// sample has a member of every type that is read.
type sample struct {
	Name   string            `toml:"name"`
	Count  int               `toml:"count"`
	On     bool              `toml:"on"`
	Wait   time.Duration     `toml:"wait"`
	Words  []string          `toml:"words"`
	Table  inner             `toml:"table"`
	Maybe  *inner            `toml:"maybe"`
	ByName map[string]inner  `toml:"by-name"`
	Level  level             `toml:"level"`
	Levels []level           `toml:"levels"`
	Deep   map[string]deeper `toml:"deep"`
}

type inner struct {
	Value string `toml:"value"`
}

type deeper map[string][]string

// level reads itself.
type level int

func (l *level) UnmarshalText(text []byte) error {
	if string(text) != "high" {
		return fmt.Errorf("%q: it is high", text)
	}
	*l = 9
	return nil
}

func TestEveryTypeIsRead(t *testing.T) {
	got := sample{Name: "kept", Table: inner{Value: "kept"}}
	_, err := Decode("f", []byte(`
count = 3
on = true
wait = "1m30s"
words = ["a", "b"]
maybe.value = "m"
level = "high"
levels = ["high", "high"]
by-name = { "a.b" = { value = "x" }, c = {} }
[deep.one]
two = ["three"]
`), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := sample{
		Name: "kept", Count: 3, On: true, Wait: 90 * time.Second, Words: []string{"a", "b"},
		Table: inner{Value: "kept"}, Maybe: &inner{Value: "m"}, ByName: map[string]inner{"a.b": {Value: "x"}, "c": {}},
		Level: 9, Levels: []level{9, 9}, Deep: map[string]deeper{"one": {"two": {"three"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

func TestEveryMistakeHasItsPlace(t *testing.T) {
	tests := []struct{ text, want string }{
		{"nam = 1", `f:1:1: unknown name "nam"; did you mean "name"?`},
		{"value = 1", `f:1:1: unknown name "value"; did you mean "table.value"?`},
		{"table.valeu = ''", `f:1:7: unknown name "table.valeu"; did you mean "table.value"?`},
		{"[by-name.'a.b']\n\tvaleu = 1", `f:2:2: unknown name "by-name.\"a.b\".valeu"; did you mean "by-name.\"a.b\".value"?`},
		{"count = 1.5", `f:1:9: count: wants a whole number, not 1.5`},
		{"count = 99999999999", `f:1:9: count: wants a whole number, not 99999999999`},
		{"on = 'yes'", `f:1:6: on: wants true or false, not a text`},
		{"name = 2026-01-01", `f:1:8: name: wants a text in quotes, not a date`},
		{"name = ['a']", `f:1:1: name: wants a text in quotes, not a list`},
		{"words = 'a'", `f:1:9: words: wants a list in brackets, not a text`},
		{"words = [\n 'a',\n 7]", `f:3:2: words: wants a text in quotes, not 7`},
		{"table = 1", `f:1:9: table: wants a table, not 1`},
		{"[[table]]", `f:1:3: table: wants a table, not a list`},
		{"level = 1", `f:1:9: level: wants a text in quotes, not 1`},
		{"level = 'low'", `f:1:9: level: "low": it is high`},
		{"levels = ['high', 'low']", `f:1:19: levels: "low": it is high`},
		{"wait = 7", `f:1:8: wait: wants a duration in quotes, like "5m", not 7`},
		{"wait = '7'", `f:1:8: wait: "7" is no duration`},
		{"é = 1", `f:1:1: `},
		{"name = \"\\q\"", `f:1:`},
		{"'é' = 1", `f:1:1: unknown name "\"é\""`},
	}
	for _, tt := range tests {
		var s sample
		_, err := Decode("f", []byte(tt.text), &s)
		problems, ok := errors.AsType[Problems](err)
		if !ok || len(problems) != 1 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.text, err, tt.want)
		}
	}
}

func TestWhatIsGoodIsReadBesideMistakes(t *testing.T) {
	var s sample
	doc, err := Decode("f", []byte("count = 'x'\nname = 'n'\nbad = 1\ntable = {value = 'v'}"), &s)
	if problems, _ := errors.AsType[Problems](err); len(problems) != 2 {
		t.Fatal(err)
	}
	if s.Name != "n" || s.Table.Value != "v" {
		t.Errorf("%+v", s)
	}
	if !doc.Bad("count") || doc.Bad("name") || !doc.Has("name") || doc.Has("on") {
		t.Error("the document does not know what is bad and what is there")
	}
	if got := doc.Problem("no", "table", "value").Error(); got != "f:4:18: no" {
		t.Errorf("%s", got)
	}
}

func TestAFileTooLargeIsRefused(t *testing.T) {
	var s sample
	if _, err := Decode("f", make([]byte, MaxSize+1), &s); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("%v", err)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"pause", "cancel", "x", "log"}
	for name, want := range map[string]string{"puase": "pause", "paus": "pause", "cancle": "cancel", "zebra": "", "": "", "y": "", "foo": "", "lg": "log"} {
		if got := Nearest(name, names); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestPathsAreWrittenAsTOMLReadsThem(t *testing.T) {
	for want, path := range map[string]Path{
		"a.b-c.D_1":          {"a", "b-c", "D_1"},
		`a."b.c"`:            {"a", "b.c"},
		`"".x`:               {"", "x"},
		`"\"\\\u001b\u0000"`: {"\"\\\x1b\x00"},
	} {
		if got := path.String(); got != want {
			t.Errorf("%q: %s, want %s", []string(path), got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name = 'a'\n[table]\nvalue = \"\\u0041\"")
	f.Add("by-name.'a.b' = { value = [1, {x = 2}] }\nlevels = ['high', 3]")
	f.Fuzz(func(t *testing.T, text string) {
		var s sample
		_, err := Decode("f", []byte(text), &s)
		if err == nil {
			return
		}
		problems, ok := errors.AsType[Problems](err)
		if !ok || len(problems) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, p := range problems {
			if lines := strings.Split(text, "\n"); p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
				t.Errorf("%v is nowhere in %q", p, text)
			}
		}
	})
}
