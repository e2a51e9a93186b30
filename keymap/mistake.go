package keymap

import (
	"fmt"
	"strings"

	"haul/internal/strict"
)

// Mistake is one thing that is wrong with a user's keys.
type Mistake struct {
	Context Context
	Action  Action // that the mistake is put down to; "" for a context that does not exist
	Key     string // that is wrong, as the user wrote it, or that is taken; "" for neither
	// Other is the action that has the same key, "" where there is no
	// conflict. OtherChanged says that its keys are the user's as well, else
	// they are its default ones.
	Other        Action
	OtherChanged bool
	Text         string // what is wrong and what to do
}

// Error names the place as the configuration file does.
func (m Mistake) Error() string {
	path := strict.Path{"keys", string(m.Context)}
	if m.Action != "" && m.Other == "" {
		path = append(path, string(m.Action))
	}
	return fmt.Sprintf("%s: %s", path, m.Text)
}

// Mistakes are all that is wrong with a user's keys.
type Mistakes []Mistake

// Error has a line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
