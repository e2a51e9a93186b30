package plain

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"haul/model"
)

func TestCommandsAreRead(t *testing.T) {
	for line, want := range map[string]command{
		"pause 3":               {verb: "pause", rows: []span{{3, 3}}},
		"  PAUSE  3 5-7, 9,11 ": {verb: "pause", rows: []span{{3, 3}, {5, 7}, {9, 9}, {11, 11}}},
		"resume all":            {verb: "resume", all: true},
		"cancel 2":              {verb: "cancel", rows: []span{{2, 2}}},
		"limit 1 500k":          {verb: "limit", rows: []span{{1, 1}}, rate: 500_000},
		"limit all 1.5 MB/s":    {verb: "limit", all: true, rate: 1_500_000},
		"limit 1-3 none":        {verb: "limit", rows: []span{{1, 3}}},
		"limit host a.test 2M":  {verb: "limit", host: "a.test", rate: 2_000_000},
		"priority 2 high":       {verb: "priority", rows: []span{{2, 2}}, by: model.HighPriority},
		"rename 3 a  b.iso":     {verb: "rename", rows: []span{{3, 3}}, text: "a  b.iso"},
		"details 3":             {verb: "details", rows: []span{{3, 3}}, text: "overview"},
		"details 3 TLS":         {verb: "details", rows: []span{{3, 3}}, text: "tls"},
		"progress":              {verb: "progress", all: true},
		"list is:failed x":      {verb: "list", text: "is:failed x"},
		"add http://a.test/b":   {verb: "add", text: "http://a.test/b"},
		"quit":                  {verb: "quit"},
	} {
		if got, err := parse(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

func TestAWrongCommandSaysWhatIsRight(t *testing.T) {
	for line, want := range map[string]string{
		"pauze 3":         "use pause if that is meant",
		"xyzzy 3":         "use help to hear",
		"pause":           "use pause ROWS",
		"pause 0":         "use pause ROWS",
		"pause 5-3":       "use pause ROWS",
		"pause 3 now":     "takes nothing after it",
		"pause all 3":     "takes nothing after it",
		"details 1-2":     "the number of one transfer",
		"details 1 shoes": "overview, segments",
		"limit 1":         "it wants a rate",
		"limit 1 fast":    "write a number",
		"limit host":      "the name of a host",
		"priority 1 top":  "high, normal or low",
		"rename 1":        "use rename ROW NAME",
		"add":             "use add URL",
		"quit now":        "takes nothing after it",
	} {
		if c, err := parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", line, c, err, want)
		}
	}
	if _, err := parse(" \t"); !errors.Is(err, errNothing) {
		t.Errorf("a blank line: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range verbs() {
		f.Add(v.form)
	}
	f.Add("limit 1-3,7 500k")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parse(line)
		if err != nil {
			if !reflect.DeepEqual(c, command{}) {
				t.Errorf("a command came with the error %v", err)
			}
			return
		}
		for _, s := range c.rows {
			if s.first < 1 || s.last < s.first {
				t.Errorf("%q means the rows %v", line, s)
			}
		}
		if c.rate < 0 || c.verb == "" {
			t.Errorf("%q became %+v", line, c)
		}
	})
}
