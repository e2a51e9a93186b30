// Package strict reads TOML files that people write: the configuration and the
// themes. What a file says and nobody would read is a mistake, a value of the
// wrong type is one, and [Decode] finds all mistakes of a file at once, each
// with its line, its column and the nearest name that exists.
//
//	var c Config
//	doc, err := strict.Decode("config.toml", data, &c)
//
// A file that is no TOML has one mistake, the first: what follows it means
// nothing. A member that the file does not have keeps what the variable had
// before, so that defaults are set by filling it in first.
//
// Whoever knows more about the values than their type asks the [Document] for
// the place of one and adds its own [Problem].
//
// Everything here is safe for concurrent use, but for a Document that is being
// decoded.
package strict
