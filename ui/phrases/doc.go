// Package phrases has what the monitor says of itself in sentences and names, in
// one place to read, to keep alike and to translate: the news at the foot of the
// screen, the names of states, views and orders, and what has happened to a
// transfer that failed.
//
// News are formats for [haul/keymap.Map.Sentence]: %s and %d are filled in, and
// {pause} stands for the key that has the action. They are clauses without a
// full stop, begin small, are British, short and active, and go on after a
// semicolon or a colon with what can be done.
//
// News are in news.go, what the screens say in screens.go, the dialogs in
// dialogs.go, file by file as they are drawn; states.go, story.go and count.go
// have the words that several share. A text of three words or more stands nowhere
// else in ui and ui/dialog. Labels of one or two words, which are part of how a
// screen is laid out, stand where it is drawn.
package phrases
