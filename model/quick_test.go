package model

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/internal/demo"
	"haul/session"
)

// most is how long after the key an act may take on any number of rows.
const most = 100 * time.Millisecond

// TestStoryActsAreQuickInBulk has marked rows paused, resumed and cancelled,
// each as the server sees it. The time is virtual: it shows what waits for a
// timer or for another. BenchmarkPauseInBulk measures the rest.
func TestStoryActsAreQuickInBulk(t *testing.T) {
	const n = 6 // as many as run at once from one host
	tell(t, Options{}, func(s *story) {
		var all []RowID
		var paths []string
		for i := range n {
			paths = append(paths, fmt.Sprintf("/slow/%d.bin?size=2MB&rate=200kB", i))
			all = append(all, s.add(paths[i]))
		}
		for _, id := range all {
			s.running(id, 50_000)
		}
		timed := func(what string, cmd tea.Cmd, done func() bool) {
			t.Helper()
			began := time.Now()
			s.do(cmd)
			s.until(what, done)
			if took := time.Since(began); took > most {
				t.Errorf("%s after %v", what, took)
			}
		}
		ended := func(requests int) bool {
			synctest.Wait()
			count := 0
			for _, p := range paths {
				for _, e := range s.requests(p) {
					if e.End == demo.ClientClosed {
						count++
					}
				}
			}
			return count == requests
		}
		timed("all are paused", s.m.TogglePause(all), func() bool { return s.m.Totals().Paused == n && ended(n) })
		timed("all go on", s.m.TogglePause(all), func() bool {
			return !slices.ContainsFunc(paths, func(p string) bool { return len(s.requests(p)) < 2 })
		})
		for _, id := range all {
			s.running(id, 100_000)
		}
		timed("all are cancelled", s.m.Cancel(all), func() bool { return s.m.Idle() && ended(2*n) })
	})
}

// BenchmarkPauseInBulk is from the act until 16 downloads over loopback rest,
// their bytes and their states durable.
func BenchmarkPauseInBulk(b *testing.B) {
	server := demo.New(demo.Options{Seed: 1})
	at, err := server.Start()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	o := NewObserver()
	cfg := session.EphemeralConfiguration()
	cfg.MaxConnectionsPerHost = 16
	sess, err := session.New(cfg, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { sess.InvalidateAndCancel(); sess.Wait() })
	m := New(b.Context(), sess, o, Options{Running: 16, PerHost: 16})
	msgs := make(chan tea.Msg)
	var do func(tea.Cmd)
	do = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		go func() {
			switch msg := cmd().(type) {
			case nil:
			case tea.BatchMsg:
				for _, c := range msg {
					do(c)
				}
			default:
				select {
				case msgs <- msg:
				case <-b.Context().Done():
				}
			}
		}()
	}
	do(m.Init())
	until := func(holds func() bool) {
		for !holds() {
			do(m.Update(<-msgs))
		}
	}
	dir := b.TempDir()
	var specs []Spec
	for i := range 16 {
		specs = append(specs, Spec{URL: fmt.Sprintf("%s/slow/%d.bin?size=10GB&rate=2MB", at.Files, i), Dir: dir})
	}
	rows, problems, cmd := m.Add(specs)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	do(cmd)
	for b.Loop() {
		b.StopTimer()
		until(func() bool {
			return m.Totals().Running == 16 && !slices.ContainsFunc(m.Rows(nil, 0, 16), func(r Row) bool { return r.Rate == 0 })
		})
		b.StartTimer()
		do(m.TogglePause(rows))
		until(func() bool { return m.Totals().Paused == 16 })
		b.StopTimer()
		do(m.TogglePause(rows))
		b.StartTimer()
	}
}
