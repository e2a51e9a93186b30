package themes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"haul/internal/strict"
)

// Auto is the name of the theme that follows the terminal's background.
const Auto = "auto"

// Names are the themes that are built in.
func Names() []string {
	return []string{Auto, "dark", "light", "contrast-dark", "contrast-light", "colour-blind", "soft", "mono"}
}

// Library are the themes that there are: those that are built in, and those of
// the user, NAME.toml in a folder.
type Library struct {
	// Dir is the folder of the user's themes; it need not exist. "" is none.
	Dir string
}

// Names are all themes by name, first those that are built in. A file that has
// the name of a built-in theme is none of them: it would be shown under a name
// that says something else.
func (l Library) Names() []string {
	names := Names()
	files, err := filepath.Glob(filepath.Join(l.Dir, "*.toml"))
	if err != nil || l.Dir == "" {
		return names // the folder's name is a pattern that cannot match
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		if CheckName(name) == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Palette returns a palette by its name. For "auto" and "auto:DARK,LIGHT" the
// background of the terminal decides; one that does not say what it has counts
// as dark. The error is [strict.Problems] for a theme of the user's with
// mistakes.
func (l Library) Palette(name string, darkBackground bool) (Palette, error) {
	if err := CheckName(name); err != nil {
		return Palette{}, err
	}
	if dark, light, ok := Pair(name); ok {
		// Both have to be there, whichever is shown now.
		ofDark, err := l.named(dark, nil)
		ofLight, err2 := l.named(light, nil)
		if err := errors.Join(err, err2); err != nil {
			return Palette{}, err
		}
		if darkBackground {
			return ofDark, nil
		}
		return ofLight, nil
	}
	if name == Auto {
		return Builtin(name, darkBackground)
	}
	return l.named(name, nil)
}

// named reads a theme; heirs are those that are being read because they inherit
// from it.
func (l Library) named(name string, heirs []string) (Palette, error) {
	if slices.Contains(Names(), name) {
		return Builtin(name, true)
	}
	file := filepath.Join(l.Dir, name+".toml")
	data, err := os.ReadFile(file)
	switch {
	case l.Dir == "" || errors.Is(err, fs.ErrNotExist):
		names := l.Names()
		return Palette{}, fmt.Errorf("there is no theme %q: use one of %s%s", name, strings.Join(names, ", "), strict.DidYouMean(name, names))
	case err != nil:
		return Palette{}, fmt.Errorf("the theme %q cannot be read: %w", name, err)
	}
	return parse(name, file, data, func(parent string) (Palette, error) {
		if parent == name || slices.Contains(heirs, parent) {
			return Palette{}, fmt.Errorf("%q inherits from itself", parent)
		}
		return l.named(parent, append(heirs, name))
	})
}

// CheckName tells what is wrong with the name of a theme, whether or not there
// is one of that name: "auto", a name of letters, digits, dashes and
// underscores, or "auto:DARK,LIGHT" with two such names.
func CheckName(name string) error {
	dark, light, pair := Pair(name)
	if !pair {
		dark, light = name, name
	}
	for _, one := range []string{dark, light} {
		if one == "" || strings.ContainsFunc(one, notInName) || pair && one == Auto {
			return fmt.Errorf("%q is no name of a theme: use auto, a name, or auto:DARK,LIGHT with two names", name)
		}
	}
	return nil
}

func notInName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// Pair cuts "auto:DARK,LIGHT" into its names.
func Pair(name string) (dark, light string, ok bool) {
	rest, ok := strings.CutPrefix(name, Auto+":")
	if !ok {
		return "", "", false
	}
	dark, light, _ = strings.Cut(rest, ",")
	return strings.TrimSpace(dark), strings.TrimSpace(light), true
}

// Follows tells whether a theme follows the background of the terminal.
func Follows(name string) bool {
	_, _, pair := Pair(name)
	return pair || name == Auto
}
