package keymap

import (
	"fmt"
	"strings"
)

// Sentence is fmt.Sprintf for a format that names keys by their actions: "press
// {answer}" becomes "press !". It takes the first key that the action has in the
// context. One without a key is named, so that people find it in their
// configuration. What is in args is left as it is.
func (m *Map) Sentence(c Context, s Symbols, format string, args ...any) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(format, "{")
		out.WriteString(before)
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		key := "the key that you give to " + name
		if b := m.Binding(c, Action(name)); b.Enabled() {
			key = Label(b.Keys()[0], s)
		}
		out.WriteString(strings.ReplaceAll(key, "%", "%%"))
		format = after
	}
	return fmt.Sprintf(out.String(), args...)
}
