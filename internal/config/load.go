package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"haul/internal/strict"
)

// File is a configuration file that was read.
type File struct {
	Path   string // "" where there is none
	Config Config

	doc *strict.Document
}

// Load reads the configuration file at path over the defaults. The error is
// [strict.Problems], or that the file cannot be read ([fs.ErrNotExist] if it is
// not there). The caller decides whether a missing file matters, see [Find].
func Load(path string) (Config, error) {
	f, err := Read(path)
	return f.Config, err
}

// Read is [Load] with the places of what the file says. With an error the
// configuration has what could be read and is good for nothing but showing.
func Read(path string) (*File, error) {
	f := &File{Path: path, Config: Default()}
	data, err := read(path)
	if err != nil {
		return f, err
	}
	return f, f.decode(data)
}

// read reads a file, and no more of it than the decoder would take: the path
// may be a device.
func read(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, strict.MaxSize+1))
}

func (f *File) decode(data []byte) error {
	doc, err := strict.Decode(f.Path, data, &f.Config)
	f.doc = doc
	problems, ok := errors.AsType[strict.Problems](err)
	if err != nil && !ok {
		return err
	}
	return append(problems, f.check()...).Err()
}

// Sources says of each member that the file sets, keys and hosts as well, where
// that is: "/home/me/.config/haul/config.toml:12".
func (f *File) Sources() map[string]string {
	sources := map[string]string{}
	if f.doc == nil {
		return sources // there is no file
	}
	note := func(path strict.Path) {
		if at := f.doc.Key(path...); at.Line > 0 {
			sources[path.String()] = fmt.Sprintf("%s:%d", f.Path, at.Line)
		}
	}
	for _, m := range f.Config.members() {
		note(m.path)
	}
	for context, actions := range f.Config.Keys {
		for action := range actions {
			note(strict.Path{"keys", context, action})
		}
	}
	return sources
}

// Problem is a mistake in a member that only the caller can find.
func (f *File) Problem(text string, path ...string) strict.Problem {
	return f.doc.Problem(text, path...)
}

// Dir is haul's folder for configuration: $XDG_CONFIG_HOME/haul. getenv looks
// up the environment.
func Dir(getenv func(string) string) string {
	// An empty or relative value is none (XDG Base Directory Specification).
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "haul")
	}
	return filepath.Join(xdg.ConfigHome, "haul")
}

// Find is the path of the configuration file: that of the flag --config if it
// was given, else that of HAUL_CONFIG, else config.toml in [Dir]. A file that
// somebody named has to exist; required says that it was named.
func Find(flag string, getenv func(string) string) (path string, required bool) {
	if flag != "" {
		return flag, true
	}
	if named := getenv("HAUL_CONFIG"); named != "" {
		return named, true
	}
	return filepath.Join(Dir(getenv), "config.toml"), false
}

// Open reads the file that [Find] finds. Where there is none and nobody named
// one, the configuration is the default one.
func Open(flag string, getenv func(string) string) (*File, error) {
	path, required := Find(flag, getenv)
	f, err := Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !required:
		f.Path = ""
		return f, nil
	case errors.Is(err, fs.ErrNotExist):
		return f, fmt.Errorf("there is no configuration file %s: check its name, or leave it out for the defaults", path)
	}
	if unread, ok := errors.AsType[*fs.PathError](err); ok {
		return f, fmt.Errorf("cannot read the configuration file %s: %w: check its permissions", path, unread.Err)
	}
	return f, err
}
