// Package phrases has what haul says of itself in sentences and names, in one
// place to read, to keep alike and to translate: in the monitor, in plain mode
// and on the command line.
//
// Texts are British, short and active. Most are constants, and formats for fmt
// where something is filled in, so that go vet holds them against what they are
// given; those that change with a number are functions.
//
//   - News, at the foot of the screen (news.go), are formats for
//     [haul/keymap.Map.Sentence]: {pause} stands for the key that has the action.
//     They are clauses without a full stop, begin small, and go on after a
//     semicolon or a colon with what can be done.
//   - What ends haul without success (failures.go) is a clause that says what has
//     happened, to what, and after the last colon what can be done.
//   - What the screens and dialogs say (screens.go, dialogs.go) is in the order of
//     the files that draw it; states.go, story.go and count.go have the words
//     that several share.
//   - Of the command line, commands.go and flags.go have the help, manual.go the
//     rest of the manual page, reports.go and agent.go what is printed and logged.
//   - Of plain mode, typed.go is about the commands, asked.go about the questions.
//
// A text of three words or more stands nowhere else in ui and ui/dialog, one of
// two words nowhere else in ui/plain and internal/cli. Labels of one word, and on
// a screen of two, which are part of how it is laid out, stand where they are
// drawn. So do names that are typed or read by programs: of commands, flags,
// variables, members and states.
//
// Errors of the packages below, and what the model says of a row, are made there:
// they know what has happened. They follow a text of ours after a colon.
package phrases
