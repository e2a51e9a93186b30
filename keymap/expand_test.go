package keymap

import "testing"

func TestSentencesHaveTheKeysOfTheMap(t *testing.T) {
	mine, err := New(Overrides{List: {Pause: {"F5"}, Add: {}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		m        *Map
		in, want string
	}{
		{Default(), "Press {pause}, then {mark-all} {nothing} {.", "Press p, then ^a the key that you give to nothing {."},
		{mine, "Press {pause}, {add} or {quit}.", "Press f5, the key that you give to add or q."},
	} {
		if got := tt.m.Expand(List, tt.in); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
