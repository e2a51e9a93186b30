// Package ui is the monitor: it draws the model's rows, details and questions
// on a terminal and turns keys into calls of the model. It reads the model and
// never writes its fields.
//
// # How a frame is made
//
// [App] is the only tea.Model. Bubble Tea calls View once for every message, so
// View does no work: it returns the screen that compose made last. Compose runs
// at once for a key and at most ten times a second for what the model does
// (four, without the focus), and not at all when nothing has changed. It builds
// the visible rows only, with a [pen] that writes into one buffer, from colour
// sequences that the theme prepared. Nothing ticks: one command at a time waits
// for the moment when something falls due.
//
// # What may be drawn
//
// A pen takes a text.Text, which for foreign words is made by text.Clean only, or
// words of this program ([ours]), which constants become by themselves and
// strings do not. So what came from a server, a file or a URL does not reach a
// line uncleaned. The pen cuts at the end of the line: no line is wider than the
// screen, whatever is on it.
//
// # Keys
//
// The front dialog gets the keys, else the screen. A key is looked up in the key
// map of the context and gives an action; help and footer are made from the same
// map. A key that can do nothing says why. A question from a server shows as a banner and a sign in its row; its
// dialog opens by itself only when no key was pressed for a second, nothing else
// is open and no text field has focus.
package ui
