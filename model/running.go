package model

import tea "charm.land/bubbletea/v2"

// SetRunning changes how many rows run at once, in all and to one host; 0 is the
// default of each, see [Options]. Rows that run go on, also if they are too many
// now.
func (m *Model) SetRunning(running, perHost int) tea.Cmd {
	o := Options{Running: running, PerHost: perHost}.withDefaults()
	m.queue.limit(o.Running, o.PerHost)
	return m.commit()
}
