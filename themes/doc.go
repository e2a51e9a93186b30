// Package themes says what the user interface looks like: its colours, and the
// signs that it draws with.
//
// A [Palette] gives each of twelve roles (text, accent, error ...) a colour and
// a style. Seven are built in, as the TOML files of this folder: dark and light,
// both again with more contrast, one for the colour-blind, a soft one, and mono,
// which has no colour at all. "auto" is dark or light, whichever fits the
// background of the terminal, "auto:DARK,LIGHT" the same with two other themes.
// People write their own in the same form, see [Parse] and [Library]; how well
// they can be read is for [Palette.LowContrast] to say.
//
// [New] makes a [Theme] of a palette for the colours that one terminal has. It
// prepares an SGR sequence for each role, because drawing rows with them is
// thirty times cheaper than with lipgloss styles; the styles are there too, for
// dialogs, which are small.
//
// Colour is never the only sign of anything. What is said by colour is said by
// a word and a glyph as well, the selected row is marked by a bar or by reverse
// video, and bold, underline and reverse stay where colour is off. The
// background as a whole is never painted.
//
// Which colours a terminal has is decided by [ProfileFor], from the
// environment and the command line, and by nothing else: the Charm libraries
// understand NO_COLOR in their own way.
//
// Everything is immutable after it was made, and safe for concurrent use.
package themes
