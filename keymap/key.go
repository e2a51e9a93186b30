package keymap

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"haul/internal/strict"
)

// parseKey turns a key as a person writes it into the form in which Bubble Tea
// reports it (tea.Key.String): "Ctrl+D", "^d" and "ctrl+d" are the same key, so
// are "shift+g" and "G", "escape" and "esc".
func parseKey(s string) (string, error) {
	if s == " " {
		return "space", nil
	}
	if strings.TrimSpace(s) == "" {
		return "", fmt.Errorf("bad key %q: it is empty", s)
	}
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return "", fmt.Errorf("bad key %q: sequences of keys are not known", s)
	}
	mods, name, err := splitModifiers(s)
	if err != nil {
		return "", err
	}
	if utf8.RuneCountInString(name) == 1 {
		return withModifiers(s, mods, name)
	}
	name, ok := specialKey(strings.ToLower(name))
	if !ok {
		return "", fmt.Errorf("bad key %q: no key is named %q%s", s, name, strict.DidYouMean(name, specialKeys()))
	}
	return joinModifiers(mods, name), nil
}

// modifiers in the order in which Bubble Tea writes them.
func modifiers() []string { return []string{"ctrl", "alt", "shift", "meta", "hyper", "super"} }

// splitModifiers cuts "ctrl+alt+" off. The last plus may itself be the key.
func splitModifiers(s string) (mods []string, name string, err error) {
	name = s
	if len(name) > 1 && name[0] == '^' {
		mods, name = append(mods, "ctrl"), name[1:]
	}
	for {
		mod, rest, found := strings.Cut(name, "+")
		if !found || mod == "" || rest == "" {
			return mods, name, nil
		}
		mod = strings.ToLower(mod)
		if !slices.Contains(modifiers(), mod) {
			return nil, "", fmt.Errorf("bad key %q: no modifier is named %q%s", s, mod, strict.DidYouMean(mod, modifiers()))
		}
		mods, name = append(mods, mod), rest
	}
}

// withModifiers spells a key that is one character. Terminals report shift with
// a letter as the capital letter, and ctrl with either as the small one.
func withModifiers(s string, mods []string, name string) (string, error) {
	r, _ := utf8.DecodeRuneInString(name)
	if !unicode.IsPrint(r) || r == utf8.RuneError {
		return "", fmt.Errorf("bad key %q: %U cannot be typed", s, r)
	}
	switch {
	case len(mods) == 0:
		return name, nil
	case len(mods) == 1 && mods[0] == "shift":
		if !unicode.IsLetter(r) {
			return "", fmt.Errorf("bad key %q: write the character that shift makes of it", s)
		}
		return strings.ToUpper(name), nil
	}
	return joinModifiers(mods, strings.ToLower(name)), nil
}

func joinModifiers(mods []string, name string) string {
	var b strings.Builder
	for _, mod := range modifiers() {
		if slices.Contains(mods, mod) {
			b.WriteString(mod + "+")
		}
	}
	return b.String() + name
}

// specialKeys are the names that Bubble Tea has for keys without a character,
// as far as keyboards of today have them.
func specialKeys() []string {
	names := []string{
		"enter", "tab", "backspace", "esc", "space", "up", "down", "left", "right",
		"insert", "delete", "pgup", "pgdown", "home", "end",
	}
	for n := 1; n <= 20; n++ {
		names = append(names, fmt.Sprintf("f%d", n))
	}
	return names
}

// specialKey is the name that Bubble Tea has for a key.
func specialKey(name string) (string, bool) {
	switch name {
	case "escape":
		return "esc", true
	case "return":
		return "enter", true
	case "pageup":
		return "pgup", true
	case "pagedown", "pgdn":
		return "pgdown", true
	case "del":
		return "delete", true
	case "ins":
		return "insert", true
	case "plus":
		return "+", true
	}
	return name, slices.Contains(specialKeys(), name)
}

// isText reports whether a key, in Bubble Tea's form, writes a character into a
// text field or edits what is there.
func isText(key string) bool {
	return utf8.RuneCountInString(key) == 1 ||
		slices.Contains([]string{"space", "backspace", "delete", "left", "right", "up", "down", "home", "end"}, key)
}
