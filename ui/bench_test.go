package ui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/session"
)

// many is a list of n rows of which 16 run.
func many(n int) *fake {
	now := time.Now()
	f := thirteen(now)
	few := f.rows
	f.rows = nil
	for i := range n {
		r := few[i%13]
		if i < 16 {
			r = few[i%5]
		} else if r.State == model.Running {
			r.State = model.Queued
		}
		r.ID = model.RowID(i + 1)
		r.Name = fmt.Sprintf("%05d-%s", i, r.Name)
		f.rows = append(f.rows, r)
	}
	f.totals.Rows = n
	_, queued := f.Place(0)
	f.counted = &counts{queued: queued, marked: f.Marked()}
	return f
}

func benchmarkApp(tb testing.TB, f *fake) *App {
	a := newTestApp(tb, f, Options{Theme: "dark", Environ: looks()[0].options.Environ})
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	return a
}

// moveAll makes what runs move, so that no two frames are the same.
func moveAll(f *fake, i int) {
	for k := range min(16, len(f.rows)) {
		r := &f.rows[k]
		r.Done = (r.Done + int64(i)*12345) % max(r.Size, 1)
		r.Rate = float64(i%1000) * 10007
	}
}

func BenchmarkCompose120x40(b *testing.B) {
	f := many(10_000)
	a := benchmarkApp(b, f)
	now := time.Now()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		moveAll(f, i)
		a.compose(now.Add(time.Duration(i) * time.Second)) // past the calm of the figures
	}
}

// BenchmarkComposeRows is a frame of lists of different length.
func BenchmarkComposeRows(b *testing.B) {
	for _, rows := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			f := many(rows)
			a := benchmarkApp(b, f)
			now := time.Now()
			i := 0
			for b.Loop() {
				i++
				moveAll(f, i)
				a.compose(now.Add(time.Duration(i) * time.Second))
			}
		})
	}
}

func BenchmarkComposeUnderDialog120x40(b *testing.B) {
	f := many(10_000)
	a := benchmarkApp(b, f)
	a.openHelp()
	b.ReportAllocs()
	for b.Loop() {
		a.compose(time.Now())
	}
}

func BenchmarkKeyPress(b *testing.B) {
	f := many(10_000)
	a := benchmarkApp(b, f)
	b.ReportAllocs()
	for b.Loop() {
		pressKey(a, "j")
	}
}

func TestComposingAllocatesLittle(t *testing.T) {
	f := many(10_000)
	a := benchmarkApp(t, f)
	now := time.Now()
	i := 0
	allocs := testing.AllocsPerRun(100, func() {
		i++
		moveAll(f, i)
		a.compose(now.Add(time.Duration(i) * time.Second))
	})
	// The screen itself, names that are not ASCII, and what the pane says; the
	// other rows have none.
	const most = 100
	if allocs > most {
		t.Errorf("%v allocations a frame, at most %v", allocs, most)
	}
}

// mostFrame is how long composing a frame at 120x40 with 100,000 rows may take.
const mostFrame = 2 * time.Millisecond

// modelOf is a model with n rows that are paused.
func modelOf(tb testing.TB, n int) *model.Model {
	tb.Helper()
	o := model.NewObserver()
	s, err := session.New(session.EphemeralConfiguration(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.InvalidateAndCancel()
		s.Wait()
	})
	m := model.New(tb.Context(), s, o, model.Options{})
	specs := make([]model.Spec, n)
	dir := tb.TempDir()
	for i := range specs {
		specs[i] = model.Spec{URL: fmt.Sprintf("https://host%d.example/files/archive-%06d.tar.zst", i%50, i), Dir: dir, Paused: true}
	}
	if added, problems, _ := m.Add(specs); len(added) != n {
		tb.Fatalf("added %d: %v", len(added), problems[0].Err)
	}
	return m
}

// BenchmarkFrame100000Rows120x40 composes frames of a model with that many rows,
// with the cursor somewhere else in each.
func BenchmarkFrame100000Rows120x40(b *testing.B) {
	m := modelOf(b, 100_000)
	a := newTestApp(b, m, Options{Theme: "dark", Environ: looks()[0].options.Environ})
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		m.MoveTo(i * 7919 % 100_000)
		a.compose(time.Now())
	}
	if per := b.Elapsed() / time.Duration(max(b.N, 1)); per > mostFrame {
		b.Errorf("a frame takes %v, at most %v", per, mostFrame)
	}
}

// unchangedRows draws the rows of a list of 100,000 in which nothing has moved,
// with names of every kind.
func unchangedRows(tb testing.TB) (draw func()) {
	f := many(100_000)
	f.cursor = 50_000
	a := benchmarkApp(tb, f)
	s := &a.scene
	return func() {
		s.reset(120)
		a.list.drawRows(s, a.layout, f.cursor)
	}
}

func BenchmarkUnchangedRows(b *testing.B) {
	draw := unchangedRows(b)
	b.ReportAllocs()
	for b.Loop() {
		draw()
	}
}

func TestUnchangedRowsAreStyledWithoutAllocating(t *testing.T) {
	if allocs := testing.AllocsPerRun(100, unchangedRows(t)); allocs != 0 {
		t.Errorf("%v allocations for the rows of a screen, want none", allocs)
	}
}
