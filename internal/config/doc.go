// Package config is haul's configuration file: what it may say, where it is,
// and what is wrong with one.
//
//	cfg, err := config.Load(path)
//
// The file is TOML. It is read strictly, see package strict: a name that does
// not exist, a value of the wrong type and a value that means nothing are
// mistakes, and all mistakes are told at once as [strict.Problems], each with
// file, line, column and the nearest name. What a file leaves out is as
// [Default] says. There is no file that has to exist.
//
// # Where a value comes from
//
// A flag goes before a variable of the environment, that before the file, that
// before the default. Every member that is one value has a variable:
// HAUL_ and its path in capitals, HAUL_DOWNLOADS_MAX_RUNNING for
// downloads.max-running. The package knows members by path ([Paths],
// [Config.Set]), so that the command line, the environment and "haul config"
// speak of the same ones with the same words and the same checks.
//
// The file is $XDG_CONFIG_HOME/haul/config.toml (~/.config where that is not
// set), or what HAUL_CONFIG or --config name; see [Find]. Themes of the user
// are in the folder themes beside it.
//
// A file may hold secrets (a proxy's password): no error repeats a value that
// may be one, and [File.Write] leaves passwords out.
package config
