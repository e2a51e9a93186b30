package model

// mark marks or unmarks a row.
func (m *Model) mark(r *row, on bool) {
	if r.marked == on {
		return
	}
	r.marked = on
	m.version++
	if on {
		m.marked++
	} else {
		m.marked--
	}
}

// ToggleMark marks or unmarks the row under the cursor.
func (m *Model) ToggleMark() {
	if r := m.list.cursor; r != nil {
		m.mark(r, !r.marked)
		m.list.last = r
	}
}

// MarkRange marks from the row marked last to the cursor.
func (m *Model) MarkRange() {
	l := &m.list
	if l.cursor == nil {
		return
	}
	from := l.cursor.pos
	if l.last != nil && l.last.pos >= 0 {
		from = l.last.pos
	}
	to := l.cursor.pos
	for i := min(from, to); i <= max(from, to); i++ {
		m.mark(l.shown[i], true)
	}
	l.last = l.cursor
}

// InvertMarks marks what is listed and not marked, and the other way round.
func (m *Model) InvertMarks() {
	for _, r := range m.list.shown {
		m.mark(r, !r.marked)
	}
}

// MarkAll marks everything that is listed.
func (m *Model) MarkAll() {
	for _, r := range m.list.shown {
		m.mark(r, true)
	}
}

// ClearMarks unmarks everything, listed or not.
func (m *Model) ClearMarks() {
	for _, r := range m.all {
		m.mark(r, false)
	}
}

// Marked is the number of marked rows, listed or not.
func (m *Model) Marked() int { return m.marked }

// Selection is the marked rows, or the one under the cursor.
func (m *Model) Selection() []RowID {
	if m.marked == 0 {
		if m.list.cursor == nil {
			return nil
		}
		return []RowID{m.list.cursor.id}
	}
	ids := make([]RowID, 0, m.marked)
	for _, r := range m.all {
		if r.marked {
			ids = append(ids, r.id)
		}
	}
	return ids
}
