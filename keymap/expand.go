package keymap

import "strings"

// Expand puts keys into a sentence that names actions: "press {answer}" becomes
// "press !". It takes the first key that the action has in the context. One
// without a key is named, so that people find it in their configuration.
func (m *Map) Expand(c Context, sentence string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(sentence, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found {
			return out.String()
		}
		if !closed {
			return out.String() + "{" + rest
		}
		b := m.Binding(c, Action(name))
		if b.Enabled() {
			out.WriteString(Label(b.Keys()[0], Symbols{}))
		} else {
			out.WriteString("the key that you give to " + name)
		}
		sentence = after
	}
}
