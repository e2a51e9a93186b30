// Package ui is the monitor: it draws the model's rows, details and questions
// on a terminal and turns keys into calls of the model. It reads the model and
// never writes its fields.
//
// # How a frame is made
//
// [App] is the only tea.Model. Bubble Tea calls View once for every message, so
// View does no work: it returns the screen that compose made last. Compose runs
// at most once a frame, when the model's version or the screen's own state has
// changed, and builds the visible rows only, from colour sequences that the
// theme prepared.
//
// # What may be drawn
//
// Everything that came from a server, a file or a URL goes through text.Clean
// before it reaches a line; there is no other way to get a text.Text.
//
// # Keys
//
// The front dialog gets the keys, else the screen. A key is looked up in the key
// map of the context and gives an action; help and footer are made from the same
// map. A question from a server shows as a banner and a sign in its row; its
// dialog opens by itself only when no key was pressed for a second, nothing else
// is open and no text field has focus.
package ui
