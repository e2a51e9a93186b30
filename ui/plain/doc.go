// Package plain shows the model without a screen: lines that are only ever
// appended, for pipes, logs, screen readers and other programs. [Printer] is a
// tea.Model like the monitor, so that both run in the same loop; it draws
// nothing and writes to its own output.
//
// Lines are for people:
//
//	12:03:04 start    a.iso  812 MB  https://deb.example/a.iso
//	12:03:14 progress a.iso  27%  219 MB of 812 MB  21.9 MB/s  0:27 left
//	12:03:41 done     a.iso  812 MB in 0:37  22.0 MB/s  ./a.iso
//	12:03:41 total    1 done, 0 failed
//
// JSON is for programs: one object a line, its "ev" named after the delegate
// call that it reports (docs/json.md).
//
// To somebody at a terminal the printer listens as well: commands are words on a
// line ([parse]), questions have numbered choices ([question]). One line is read
// at a time; what was typed for a question is never taken for a command, and on the
// terminal where it is typed no line is printed meanwhile.
//
// Everything that came from a server is cleaned before it is printed.
package plain
