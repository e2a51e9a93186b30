package session

import "testing"

func TestMachine(t *testing.T) {
	type step struct {
		call   string
		effect effect
		state  State
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"born suspended, runs once resumed", []step{{"resume", start, Running}}},
		{"suspending nests", []step{
			{"suspend", nothing, Suspended},
			{"suspend", nothing, Suspended},
			{"resume", nothing, Suspended},
			{"resume", nothing, Suspended},
			{"resume", start, Running},
			{"resume", nothing, Running},
			{"suspend", hold, Suspended},
			{"suspend", nothing, Suspended},
			{"resume", nothing, Suspended},
			{"resume", release, Running},
		}},
		{"surplus resumes are not saved up", []step{
			{"resume", start, Running},
			{"resume", nothing, Running},
			{"suspend", hold, Suspended},
		}},
		{"cancelled before it ran", []step{
			{"cancel", abort, Canceling},
			{"resume", nothing, Canceling},
			{"suspend", nothing, Canceling},
			{"cancel", nothing, Canceling},
			{"settle refused", nothing, Canceling},
			{"complete", nothing, Completed},
			{"cancel", nothing, Completed},
			{"resume", nothing, Completed},
		}},
		{"cancelled while it ran", []step{
			{"resume", start, Running},
			{"cancel", stop, Canceling},
			{"complete", nothing, Completed},
		}},
		{"cancelled while suspended", []step{
			{"resume", start, Running},
			{"suspend", hold, Suspended},
			{"cancel", stop, Canceling},
			{"resume", nothing, Canceling},
		}},
		{"cancelled too late", []step{
			{"resume", start, Running},
			{"settle", nothing, Running},
			{"cancel", nothing, Running},
			{"complete", nothing, Completed},
			{"suspend", nothing, Completed},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine()
			for i, s := range tt.steps {
				got := nothing
				switch s.call {
				case "resume":
					got = m.resume()
				case "suspend":
					got = m.suspend()
				case "cancel":
					got = m.cancel()
				case "complete":
					m.complete()
				case "settle", "settle refused":
					if ok := m.settle(); ok != (s.call == "settle") {
						t.Errorf("step %d: settle is %t", i, ok)
					}
				}
				if got != s.effect || m.state != s.state {
					t.Errorf("step %d, %s: effect %d, state %v; want %d, %v", i, s.call, got, m.state, s.effect, s.state)
				}
			}
		})
	}
}

func TestListedTasks(t *testing.T) {
	m := newMachine()
	if m.listed() {
		t.Error("never resumed, and listed")
	}
	m.resume()
	m.suspend()
	if !m.listed() {
		t.Error("suspended again, and not listed")
	}
	m.cancel()
	if m.listed() {
		t.Error("cancelled, and listed")
	}
}
