package model_test

import (
	"fmt"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/session/background"
)

// TestTheAgentHasTransfersInTheOrderOfAdding starts the commands of many
// additions the wrong way round, as a busy machine may.
func TestTheAgentHasTransfersInTheOrderOfAdding(t *testing.T) {
	a := attach(t)
	link, open := gated(t)
	defer open()
	const n = 12
	var cmds []tea.Cmd
	for i := range n {
		_, problems, cmd := a.m.Add([]model.Spec{{URL: link, Dir: a.dir, Name: fmt.Sprintf("%02d.mp4", i), Paused: true}})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		cmds = append(cmds, cmd)
	}
	for i := range cmds {
		a.do(cmds[n-1-i])
	}
	a.until("the rows with their names", func() bool {
		return a.m.Len() == n && !slices.ContainsFunc(a.m.Rows(nil, 0, n), func(r model.Row) bool { return r.Name == "film.mp4" })
	})
	for i, r := range a.m.Rows(nil, 0, n) {
		if want := fmt.Sprintf("%02d.mp4", i); r.Name != want {
			t.Errorf("place %d has %s, want %s", i+1, r.Name, want)
		}
	}
}

func TestWhatWasAddedGoesToTheAgentBeforeTheEnd(t *testing.T) {
	a := attach(t)
	link, open := gated(t)
	defer open()
	_, _, add := a.m.Add([]model.Spec{{URL: link, Dir: a.dir, Paused: true}})
	a.do(a.m.Quit())
	a.do(add)
	a.until("the end", func() bool { return a.quit })
	if list, err := a.client.Tasks(t.Context(), background.CommandIdentifier); err != nil || len(list) != 1 {
		t.Errorf("the agent has %d tasks, %v", len(list), err)
	}
}
