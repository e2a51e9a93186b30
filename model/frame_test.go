package model

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"

	"haul/session"
)

// crowd is a model of n rows of which the first 16 run, without a network:
// their progress comes from the caller.
func crowd(tb testing.TB, n int) (*Model, []*session.DownloadTask) {
	tb.Helper()
	s, o := idle(tb)
	m := New(tb.Context(), s, o, Options{Running: 16, PerHost: 16})
	m.leaving = true // nothing starts by itself
	specs := make([]Spec, n)
	dir := tb.TempDir()
	for i := range specs {
		specs[i] = Spec{URL: fmt.Sprintf("http://host%d.example.test/files/%d/name-%d.bin", i%100, i, i), Dir: dir}
	}
	if _, problems, _ := m.Add(specs); len(problems) > 0 {
		tb.Fatal(problems)
	}
	var tasks []*session.DownloadTask
	for range 16 {
		r := m.queue.next()
		req, err := http.NewRequest(http.MethodGet, r.spec.URL, nil) //nolint:noctx // it never runs
		if err != nil {
			tb.Fatal(err)
		}
		t, err := s.DownloadTask(req, nil)
		if err != nil {
			tb.Fatal(err)
		}
		r.ran = &run{lineage: &lineage{row: r.id, spec: r.spec}}
		r.ran.meter.begin(time.Now(), 0)
		r.task, r.slot = t, o.register(t, r.ran.lineage, false)
		m.step(r, stepStart)
		tasks = append(tasks, t)
	}
	return m, tasks
}

// BenchmarkFrame10k is one frame of 10,000 rows of which 16 have progress, and
// the rows of a screen.
func BenchmarkFrame10k(b *testing.B) {
	for _, sort := range []SortKey{SortAdded, SortRate} {
		b.Run(fmt.Sprintf("sort=%d", sort), func(b *testing.B) {
			m, tasks := crowd(b, 10_000)
			m.SetSort(sort, false)
			var rows []Row
			at := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				at += 1000
				for _, t := range tasks {
					m.o.DidWriteData(t, 1000, at, 1<<40)
				}
				m.Update(FrameMsg{})
				rows = m.Rows(rows[:0], 0, 40)
			}
		})
	}
}

// BenchmarkFrameRows is a frame of lists of different length, of which 16 rows
// have progress, and the rows of a screen.
func BenchmarkFrameRows(b *testing.B) {
	for _, n := range []int{16, 1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m, tasks := crowd(b, n)
			var rows []Row
			at := int64(0)
			for b.Loop() {
				at += 1000
				for _, t := range tasks {
					m.o.DidWriteData(t, 1000, at, 1<<40)
				}
				m.Update(FrameMsg{})
				rows = m.Rows(rows[:0], 0, 40)
			}
		})
	}
}

// BenchmarkSettle10k is what re-applying an order costs, every 2 s at most.
func BenchmarkSettle10k(b *testing.B) {
	m, _ := crowd(b, 10_000)
	m.SetSort(SortRate, false)
	for b.Loop() {
		m.relist()
	}
}

func TestFrameDoesNotDependOnTheNumberOfRows(t *testing.T) {
	allocs := func(n int) float64 {
		m, tasks := crowd(t, n)
		at := int64(0)
		return testing.AllocsPerRun(50, func() {
			at += 1000
			for _, task := range tasks {
				m.o.DidWriteData(task, 1000, at, 1<<40)
			}
			m.Update(FrameMsg{})
		})
	}
	few, many := allocs(20), allocs(5000)
	if many > few+2 {
		t.Errorf("%v allocations a frame with 5,000 rows, %v with 20", many, few)
	}
}

func TestWaitingRowsAreSmall(t *testing.T) {
	heap := func() uint64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before := heap()
	m, _ := crowd(t, 10_000)
	after := heap()
	if per := (int64(after) - int64(before)) / 10_000; per > 4096 {
		t.Errorf("%d bytes for each waiting row, at most 4,096 are allowed", per)
	} else {
		t.Logf("%d bytes for each waiting row", per)
	}
	runtime.KeepAlive(m)
}

func TestTheBodyOfARefusalTakesNoPlaceOfTheBytesAtHand(t *testing.T) {
	m, tasks := crowd(t, 16)
	m.o.DidWriteData(tasks[0], 500, 500, 1000)
	m.Update(FrameMsg{})
	id := m.Rows(nil, 0, 1)[0].ID
	m.rows[id].status = http.StatusForbidden
	m.o.DidWriteData(tasks[0], 71, 71, 71)
	m.Update(FrameMsg{})
	if r := m.Rows(nil, 0, 1)[0]; r.Done != 500 || r.Size != 1000 {
		t.Errorf("%d of %d, want 500 of 1000", r.Done, r.Size)
	}
}
