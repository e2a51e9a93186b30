package keymap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"haul/internal/strict"
)

// Overrides are the keys that a user has given to actions, as the tables
// [keys.list], [keys.detail], [keys.dialog] and [keys.text] of the
// configuration file have them. The keys of an action take the place of its
// default ones. No keys at all take the action off the keyboard.
type Overrides map[Context]map[Action][]string

// Map says which key does what in each context.
type Map struct {
	contexts map[Context]*bindings
}

// bindings are the keys of one context.
type bindings struct {
	byKey    map[string]Action
	byAction map[Action]key.Binding
	changed  map[Action]bool // by the user
}

// Default is the map without any overrides.
func Default() *Map {
	m, err := New(nil)
	if err != nil {
		panic(err) // a mistake in our own table; a test runs this
	}
	return m
}

// New lays o over the default map. Its error is of type [Mistakes]: a context or
// action that does not exist (with the nearest that does), a key that is no key,
// a key with two meanings in one context, a key of a text field that would be
// missing for typing, a list that cannot be quit. The order is the same each
// time.
func New(o Overrides) (*Map, error) {
	m := &Map{contexts: make(map[Context]*bindings)}
	wrong := unknownNames(o)
	for _, c := range Contexts() {
		b, more := bind(c, o[c])
		m.contexts[c] = b
		wrong = append(wrong, more...)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return m, nil
}

// unknownNames finds contexts, and actions in their contexts, that do not
// exist.
func unknownNames(o Overrides) (wrong Mistakes) {
	for _, c := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(Contexts(), c) {
			wrong = append(wrong, Mistake{Context: c,
				Text: "there is no such context" + strict.DidYouMean(string(c), texts(Contexts()))})
			continue
		}
		known := Actions(c)
		for _, a := range slices.Sorted(maps.Keys(o[c])) {
			if !slices.Contains(known, a) {
				wrong = append(wrong, Mistake{Context: c, Action: a,
					Text: "there is no such action" + strict.DidYouMean(string(a), texts(known))})
			}
		}
	}
	return wrong
}

// Actions are the actions that exist in a context, in the order of the default
// table. A map may leave some of them without keys.
func Actions(c Context) (actions []Action) {
	for _, e := range entries() {
		if e.keys(c) != "" {
			actions = append(actions, e.action)
		}
	}
	return actions
}

// AllActions are all actions, in the order of the default table.
func AllActions() (actions []Action) {
	for _, e := range entries() {
		actions = append(actions, e.action)
	}
	return actions
}

func texts[T ~string](names []T) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}

// bind makes the bindings of one context.
func bind(c Context, overrides map[Action][]string) (*bindings, Mistakes) {
	b := &bindings{
		byKey:    make(map[string]Action),
		byAction: make(map[Action]key.Binding),
		changed:  make(map[Action]bool),
	}
	var wrong Mistakes
	for _, e := range entries() {
		if e.keys(c) == "" {
			continue
		}
		keys, changed, more := keysOf(c, e, overrides)
		wrong = append(wrong, more...)
		b.changed[e.action] = changed
		for _, k := range keys {
			if other, taken := b.byKey[k]; taken {
				wrong = append(wrong, b.conflict(c, k, other, e.action))
				continue
			}
			b.byKey[k] = e.action
		}
		b.byAction[e.action] = key.NewBinding(key.WithKeys(keys...), key.WithHelp(joinLabels(keys, Symbols{}), e.help))
	}
	return b, wrong
}

// conflict is a key with two meanings. It is put down to the action whose keys
// the user has given; that has two where they gave both.
func (b *bindings) conflict(c Context, k string, first, second Action) Mistake {
	m := Mistake{Context: c, Action: second, Other: first, OtherChanged: b.changed[first], Key: k}
	if !b.changed[second] {
		m.Action, m.Other, m.OtherChanged = first, second, false
	}
	m.Text = fmt.Sprintf("%q has two meanings, %q and %q: give one of them another key", k, first, second)
	return m
}

// keysOf are the keys of an action: those of the user if there are any, and the
// reserved one in any case.
func keysOf(c Context, e entry, overrides map[Action][]string) (keys []string, changed bool, wrong Mistakes) {
	given, changed := overrides[e.action]
	if !changed {
		return strings.Fields(e.keys(c)), false, nil
	}
	for _, g := range given {
		k, err := parseKey(g)
		if err == nil && c == Field && isText(k) {
			err = fmt.Errorf("bad key %q: in a text field it is text", g)
		}
		if err != nil {
			wrong = append(wrong, Mistake{Context: c, Action: e.action, Key: g, Text: err.Error()})
			continue
		}
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if k := reserved(c, e.action); k != "" && !slices.Contains(keys, k) {
		keys = append(keys, k)
	}
	if e.action == Quit && len(keys) == 0 && wrong == nil {
		wrong = append(wrong, Mistake{Context: c, Action: e.action, Text: "it needs a key"})
	}
	return keys, true, wrong
}

// Without is the map with no keys for some actions, for a place where there is
// nothing to be done by them.
func (m *Map) Without(actions ...Action) *Map {
	less := &Map{contexts: make(map[Context]*bindings)}
	for c, b := range m.contexts {
		kept := &bindings{byKey: maps.Clone(b.byKey), byAction: maps.Clone(b.byAction), changed: b.changed}
		for _, a := range actions {
			delete(kept.byAction, a)
		}
		maps.DeleteFunc(kept.byKey, func(_ string, a Action) bool { return slices.Contains(actions, a) })
		less.contexts[c] = kept
	}
	return less
}

// Lookup returns the action of a key in a context. The key is as
// tea.KeyPressMsg.String gives it. Lookup does not allocate.
func (m *Map) Lookup(c Context, keystroke string) (Action, bool) {
	b, ok := m.contexts[c]
	if !ok {
		return "", false
	}
	a, ok := b.byKey[keystroke]
	return a, ok
}

// Changed tells whether the user has given an action keys in a context.
func (m *Map) Changed(c Context, a Action) bool {
	b, ok := m.contexts[c]
	return ok && b.changed[a]
}

// Binding returns the keys of an action in a context, for components of
// bubbles. It is disabled where the action does not exist or has no keys.
func (m *Map) Binding(c Context, a Action) key.Binding {
	if b, ok := m.contexts[c]; ok {
		return b.byAction[a]
	}
	return key.Binding{}
}
