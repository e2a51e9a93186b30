package ui

import (
	"testing"
	"time"

	"haul/model"
)

func TestTheStateOfARetryIsACountAClockOrTheNetwork(t *testing.T) {
	now := time.Now()
	clocked := model.Row{State: model.Retrying, Attempt: 2, Attempts: 5, RetryAt: now.Add(11500 * time.Millisecond)}
	stuck := model.Row{State: model.Retrying, Attempts: 5}
	for _, c := range []struct {
		row   model.Row
		width int
		clock bool
		want  string
	}{
		{clocked, 10, false, "retry 2/5"},
		{clocked, 10, true, "retry 0:12"},
		{stuck, 10, false, "no network"},
		{stuck, 10, true, "no network"},
		{stuck, 9, true, "offline"},
	} {
		if got := string(appendState(nil, &c.row, c.width, c.clock, now)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestARowThatWaitsForTheNetworkCountsNoSeconds(t *testing.T) {
	story(t, Options{}, func(f *fake) {
		f.rows[9].RetryAt, f.rows[9].Reason = time.Time{}, "no network: waits for it"
	}, func(d *driver) {
		d.see("no network")
		d.seeNot("0:00")
	})
}
