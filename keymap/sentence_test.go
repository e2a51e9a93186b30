package keymap

import "testing"

func TestSentencesHaveTheKeysOfTheMap(t *testing.T) {
	mine, err := New(Overrides{List: {Pause: {"F5"}, Add: {}, Open: {"%"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		m      *Map
		format string
		args   []any
		want   string
	}{
		{Default(), "Press {pause}, then {mark-all} {nothing}.", nil, "Press p, then ^a the key that you give to nothing."},
		{Default(), "%s: {open} %d", []any{"{pause}%s", 7}, "{pause}%s: ↵ 7"},
		{mine, "Press {pause}, {add} or {open}, 100%%.", nil, "Press f5, the key that you give to add or %, 100%."},
	} {
		if got := tt.m.Sentence(List, arrows(), tt.format, tt.args...); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
