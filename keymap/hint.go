package keymap

// Hint is a key and a word at the foot of the screen.
type Hint struct {
	Action Action
	Keys   string // "↵"
	Text   string // "details"

	// Priority tells which hints go first when there is little room: those
	// with the greatest number. A hint with priority 0 goes last.
	Priority int
}

// hintSpec is a hint before it has keys. More than one action share a hint as
// in "n N next, previous"; its keys are the first key of each.
type hintSpec struct {
	text     string
	priority int
	actions  []Action
}

// hintSpecs are in the order of the screen. quit and help stay longest.
func hintSpecs(c Context) []hintSpec {
	switch c {
	case List:
		return []hintSpec{
			{"help", 0, []Action{Help}},
			{"details", 2, []Action{Open}},
			{"add", 3, []Action{Add}},
			{"pause", 4, []Action{Pause}},
			{"cancel", 5, []Action{Cancel}},
			{"retry", 8, []Action{Retry}},
			{"filter", 6, []Action{Filter}},
			{"sort", 7, []Action{Sort}},
			{"mark", 9, []Action{Mark}},
			{"pane", 10, []Action{Pane}},
			{"answer", 2, []Action{Answer}},
			{"history", 11, []Action{History}},
			{"quit", 1, []Action{Quit}},
		}
	case Detail:
		return []hintSpec{
			{"back", 0, []Action{Back}},
			{"section", 1, []Action{NextSection}},
			{"answer", 2, []Action{Answer}},
			{"pause", 2, []Action{Pause}},
			{"retry", 2, []Action{Retry}},
			{"cancel", 3, []Action{Cancel}},
			{"copy URL", 4, []Action{CopyURL}},
			{"wrap", 7, []Action{Wrap}},
			{"follow events", 6, []Action{Follow}},
			{"find", 8, []Action{Find}},
			{"next, previous", 5, []Action{NextTransfer, PrevTransfer}},
		}
	case Dialog, Field:
		return []hintSpec{
			{"next field", 2, []Action{NextField}},
			{"on a button", 1, []Action{Press}},
			{"later", 0, []Action{Back}},
		}
	}
	return nil
}

// Hints are the hints for the foot of the screen in a context, in the order of
// the screen. Actions without keys have none. A dialog that means something of
// its own by a key (esc decides later here, closes there) changes Text.
func (m *Map) Hints(c Context, s Symbols) []Hint {
	var hints []Hint
	for _, spec := range hintSpecs(c) {
		var keys []string
		for _, a := range spec.actions {
			if b := m.Binding(c, a); b.Enabled() {
				keys = append(keys, b.Keys()[0])
			}
		}
		if len(keys) > 0 {
			hints = append(hints, Hint{Action: spec.actions[0], Keys: joinLabels(keys, s), Text: spec.text, Priority: spec.priority})
		}
	}
	return hints
}

// Fit returns the hints that fit on a line of width cells, each written as its
// keys, a space and its text, with gap cells between two. cells counts the
// cells of a string. Of equal priority the right one goes first. hints is not
// changed.
func Fit(hints []Hint, width, gap int, cells func(string) int) []Hint {
	kept := append([]Hint(nil), hints...)
	for {
		total := 0
		worst := 0
		for i, h := range kept {
			if i > 0 {
				total += gap
			}
			total += cells(h.Keys) + 1 + cells(h.Text)
			if h.Priority >= kept[worst].Priority {
				worst = i
			}
		}
		if total <= width || len(kept) == 0 {
			return kept
		}
		kept = append(kept[:worst], kept[worst+1:]...)
	}
}
