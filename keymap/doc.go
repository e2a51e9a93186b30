// Package keymap says which key does what.
//
// An [Action] is a thing that a user can ask for, with a stable name that the
// configuration file uses. A [Context] is where the keyboard is: on the list,
// on one transfer, in a dialog, in a text field. A [Map] gives each action of a
// context its keys.
//
//	m := keymap.Default()
//	switch action, _ := m.Lookup(keymap.List, msg.String()); action {
//	case keymap.Pause:
//		...
//	}
//
// The table of defaults is in defaults.go, one line for each action. [New] lays
// the user's keys over it and refuses what would lock somebody out or what is
// ambiguous. What the program says about its keys (the help screen, the hints
// at the foot, the table in the README) is made from the map and cannot drift
// from it.
//
// Rules that hold for every map:
//
//   - A key has one meaning in one context.
//   - esc goes back, ctrl+c leaves, ? helps, and the list can be quit, whatever
//     else is mapped.
//   - In a text field every key that prints is text: only special keys and
//     those with ctrl or alt have actions there.
//   - There are no sequences such as "g g", so no key has to wait for a timer.
//
// Whether an action can be done just now (and why not) is not known here; that
// is for the model. A Map does not change once it was made, and is safe for
// concurrent use.
package keymap
