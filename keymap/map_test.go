package keymap

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// The default map as the screens are designed: context, key, action.
func TestDefaultsAreThoseOfTheDesign(t *testing.T) {
	both := []Context{List, Detail}
	anywhere := Contexts()
	tests := []struct {
		contexts []Context
		keys     string
		action   Action
	}{
		{[]Context{List, Detail, Dialog}, "j down", MoveDown},
		{[]Context{List, Detail, Dialog}, "k up", MoveUp},
		{both, "g home", MoveFirst},
		{both, "G end", MoveLast},
		{both, "ctrl+d", HalfPageDown},
		{both, "ctrl+u", HalfPageUp},
		{both, "pgdown", PageDown},
		{both, "pgup", PageUp},
		{[]Context{List}, "enter", Open},
		{anywhere, "esc", Back},
		{[]Context{Detail, Dialog}, "q", Back},
		{[]Context{List}, "q", Quit},
		{[]Context{List}, "tab", Pane},
		{[]Context{List}, "shift+tab", PaneFocus},
		{[]Context{Detail}, "tab", NextSection},
		{[]Context{Detail}, "shift+tab", PrevSection},
		{[]Context{List}, "1", ViewAll},
		{[]Context{List}, "2", ViewRunning},
		{[]Context{List}, "3", ViewWaiting},
		{[]Context{List}, "4", ViewAsking},
		{[]Context{List}, "5", ViewDone},
		{[]Context{Detail}, "1", Section1},
		{[]Context{Detail}, "6", Section6},
		{[]Context{List}, "/", Filter},
		{[]Context{Detail}, "/", Find},
		{[]Context{List}, "s", Sort},
		{[]Context{List}, "S", SortReverse},
		{[]Context{List}, "space", Mark},
		{[]Context{List}, "v", MarkRange},
		{[]Context{List}, "*", MarkInvert},
		{[]Context{List}, "ctrl+a", MarkAll},
		{[]Context{Detail}, "n", NextTransfer},
		{[]Context{Detail}, "N", PrevTransfer},
		{both, "p", Pause},
		{[]Context{List}, "P", PauseAll},
		{both, "x", Cancel},
		{both, "X", RemoveFile},
		{both, "r", Retry},
		{both, "R", Restart},
		{both, "e", EditURL},
		{[]Context{List}, "a", Add},
		{both, "u", Undo},
		{both, "!", Answer},
		{both, "y", CopyURL},
		{both, "Y", CopyPath},
		{both, "o", OpenFile},
		{both, "O", OpenFolder},
		{both, "L", Limit},
		{both, "+", PriorityUp},
		{both, "-", PriorityDown},
		{both, "l", Log},
		{both, "h", History},
		{both, "T", Theme},
		{[]Context{List, Detail, Dialog}, "?", Help},
		{anywhere, "ctrl+l", Redraw},
		{anywhere, "ctrl+z", Suspend},
		{anywhere, "ctrl+c", Interrupt},
		{[]Context{Detail}, "f", Follow},
		{[]Context{Detail}, "w", Wrap},
		{[]Context{Dialog}, "y", Confirm},
		{[]Context{Dialog, Field}, "tab", NextField},
		{[]Context{Dialog, Field}, "shift+tab", PrevField},
		{[]Context{Dialog, Field}, "enter", Press},
	}
	m := Default()
	for _, tt := range tests {
		for _, c := range tt.contexts {
			for _, k := range strings.Fields(tt.keys) {
				if got, ok := m.Lookup(c, k); !ok || got != tt.action {
					t.Errorf("%s, %s: %q, want %q", c, k, got, tt.action)
				}
			}
		}
	}
	for _, absent := range []struct {
		context Context
		key     string
	}{{Detail, "a"}, {Detail, "s"}, {Detail, "P"}, {List, "n"}, {Field, "q"}, {Field, "?"}, {Field, "space"}, {"nowhere", "q"}} {
		if got, ok := m.Lookup(absent.context, absent.key); ok {
			t.Errorf("%s, %s: %q, want nothing", absent.context, absent.key, got)
		}
	}
}

func TestEveryActionCanBeReached(t *testing.T) {
	m := Default()
	for _, c := range Contexts() {
		for _, a := range Actions(c) {
			b := m.Binding(c, a)
			if !b.Enabled() {
				t.Errorf("%s: %q has no key", c, a)
			}
			for _, k := range b.Keys() {
				if got, _ := m.Lookup(c, k); got != a {
					t.Errorf("%s: %s does %q, not %q", c, k, got, a)
				}
			}
			if b.Help().Desc == "" || b.Help().Key == "" {
				t.Errorf("%s: %q has no help", c, a)
			}
		}
	}
	seen := map[Action]bool{}
	for _, e := range entries() {
		if seen[e.action] {
			t.Errorf("%q is in the table twice", e.action)
		}
		seen[e.action] = true
		if e.list+e.detail+e.dialog+e.text == "" {
			t.Errorf("%q is nowhere", e.action)
		}
	}
}

func TestDefaultKeysAreSpelledAsTheyAreParsed(t *testing.T) {
	for _, e := range entries() {
		for _, c := range Contexts() {
			for _, k := range strings.Fields(e.keys(c)) {
				got, err := parseKey(k)
				if err != nil || got != k {
					t.Errorf("%s.%s: %q is parsed as %q, %v", c, e.action, k, got, err)
				}
				if c == Field && isText(k) {
					t.Errorf("%s.%s: %q is text", c, e.action, k)
				}
			}
		}
	}
}

func TestLookupKnowsWhatTerminalsSend(t *testing.T) {
	m := Default()
	tests := []struct {
		key  tea.KeyPressMsg
		want Action
	}{
		{tea.KeyPressMsg{Code: 'p', Text: "p"}, Pause},
		{tea.KeyPressMsg{Code: 'p', ShiftedCode: 'P', Mod: tea.ModShift, Text: "P"}, PauseAll},
		{tea.KeyPressMsg{Code: 'G', Text: "G"}, MoveLast},
		{tea.KeyPressMsg{Code: '/', Mod: tea.ModShift, Text: "?"}, Help},
		{tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}, Mark},
		{tea.KeyPressMsg{Code: 'a', Mod: tea.ModCtrl}, MarkAll},
		{tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}, PaneFocus},
		{tea.KeyPressMsg{Code: tea.KeyEnter}, Open},
		{tea.KeyPressMsg{Code: tea.KeyKpEnter}, Open},
		{tea.KeyPressMsg{Code: tea.KeyDown}, MoveDown},
		{tea.KeyPressMsg{Code: tea.KeyPgDown}, PageDown},
		{tea.KeyPressMsg{Code: tea.KeyEscape}, Back},
	}
	for _, tt := range tests {
		if got, _ := m.Lookup(List, tt.key.String()); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.key, got, tt.want)
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	m := Default()
	k := tea.KeyPressMsg{Code: 'p', Text: "p"}
	if n := testing.AllocsPerRun(100, func() { m.Lookup(List, k.String()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOverridesTakeThePlaceOfDefaults(t *testing.T) {
	m, err := New(Overrides{List: {
		Pause:     {"Z", "^p"},
		Add:       {},
		Back:      {"backspace"},
		Interrupt: {"ctrl+q"},
		Help:      {"f1", "F1"},
		PageDown:  {"PageDown", "ctrl+f"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		key  string
		want Action
	}{
		{"Z", Pause}, {"ctrl+p", Pause}, {"p", ""}, {"a", ""},
		{"backspace", Back}, {"esc", Back},
		{"ctrl+q", Interrupt}, {"ctrl+c", Interrupt},
		{"f1", Help}, {"?", Help},
		{"pgdown", PageDown}, {"ctrl+f", PageDown},
		{"x", Cancel},
	}
	for _, tt := range tests {
		if got, _ := m.Lookup(List, tt.key); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.key, got, tt.want)
		}
	}
	if m.Binding(List, Add).Enabled() {
		t.Error("an action without keys is enabled")
	}
	if got, _ := m.Lookup(Detail, "p"); got != Pause {
		t.Error("an override of the list changes another context")
	}
}

func TestMistakesInOverridesAreNamed(t *testing.T) {
	tests := []struct {
		name string
		o    Overrides
		want []string
	}{
		{"two meanings", Overrides{List: {Pause: {"x"}}}, []string{`keys.list: "x" has two meanings, "pause" and "cancel"`}},
		{"two meanings by another spelling", Overrides{List: {Pause: {"shift+g"}}}, []string{`"G"`, `"move-last"`, `"pause"`}},
		{"reserved key", Overrides{List: {Pause: {"ctrl+c"}}}, []string{`"ctrl+c"`, `"pause"`, `"interrupt"`}},
		{"help is kept", Overrides{Detail: {Wrap: {"?"}, Help: {"f1"}}}, []string{`"?"`, `"wrap"`, `"help"`}},
		{"unknown action", Overrides{List: {"puase": {"p"}}}, []string{`keys.list.puase`, `did you mean "pause"?`}},
		{"action of another context", Overrides{Detail: {Add: {"a"}}}, []string{`keys.detail.add: there is no such action`}},
		{"nothing near", Overrides{List: {"teleport": {"p"}}}, []string{`keys.list.teleport: there is no such action`}},
		{"unknown context", Overrides{"lst": {Pause: {"p"}}}, []string{`keys.lst`, `did you mean "list"?`}},
		{"unknown key", Overrides{List: {Pause: {"entre"}}}, []string{`keys.list.pause: bad key "entre"`, `did you mean "enter"?`}},
		{"unknown modifier", Overrides{List: {Pause: {"crtl+p"}}}, []string{`"crtl"`, `did you mean "ctrl"?`}},
		{"empty key", Overrides{List: {Pause: {""}}}, []string{`keys.list.pause`, "empty"}},
		{"sequence", Overrides{List: {MoveFirst: {"g g"}}}, []string{"sequences"}},
		{"no way to quit", Overrides{List: {Quit: {}}}, []string{`keys.list.quit: it needs a key`}},
		{"text", Overrides{Field: {Submit: {"s"}}}, []string{`keys.text.submit`, "text"}},
		{"all mistakes at once", Overrides{List: {Pause: {"x", "nope"}, "foo": nil}}, []string{`"x"`, `"nope"`, `keys.list.foo`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := New(tt.o)
			if err == nil || m != nil {
				t.Fatalf("New = %v, %v", m, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if _, again := New(tt.o); again.Error() != err.Error() {
				t.Errorf("the second time it says %q", again)
			}
		})
	}
}

func TestParseKey(t *testing.T) {
	tests := []struct{ in, want string }{
		{"p", "p"}, {"P", "P"}, {"shift+p", "P"}, {"Shift+P", "P"}, {"ö", "ö"},
		{"ctrl+d", "ctrl+d"}, {"Ctrl+D", "ctrl+d"}, {"^d", "ctrl+d"}, {"^", "^"},
		{"shift+ctrl+up", "ctrl+shift+up"}, {"alt+ctrl+x", "ctrl+alt+x"},
		{"+", "+"}, {"ctrl++", "ctrl++"}, {"plus", "+"}, {"-", "-"},
		{"escape", "esc"}, {"Return", "enter"}, {"PgDn", "pgdown"}, {"del", "delete"},
		{" ", "space"}, {"space", "space"}, {"f12", "f12"},
	}
	for _, tt := range tests {
		if got, err := parseKey(tt.in); err != nil || got != tt.want {
			t.Errorf("parseKey(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"", "  ", "gg", "ctrl+", "shift+1", "f99", "\x01", "\xff", "ctrl+ctrl", "hyper+nope"} {
		if got, err := parseKey(in); err == nil {
			t.Errorf("parseKey(%q) = %q, want an error", in, got)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"ctrl+d", "^x", "shift+tab", "+", "ctrl++", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := parseKey(s)
		if err != nil {
			return
		}
		if again, err := parseKey(k); err != nil || again != k {
			t.Errorf("%q is %q, and that is %q, %v", s, k, again, err)
		}
		if slices.Contains([]string{"", " "}, k) {
			t.Errorf("%q is %q", s, k)
		}
	})
}
