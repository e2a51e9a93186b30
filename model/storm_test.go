package model

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"haul/internal/demo"
	"haul/session"
	"haul/transfer/partial"
)

const (
	// storms is how many random scripts are played, unless HAUL_TEST_STORMS
	// says another number; stormSeed is the first one's seed.
	storms    = 40
	stormSeed = 20261122
	stormActs = 40
)

// storm is one random script: rows of every kind, and acts of an impatient user
// at random moments.
type storm struct {
	*story
	rnd   *rand.Rand
	paths map[RowID]string
	said  []string // the script so far
	// placed are the files that were done at some time.
	placed map[string]string // path of the file to that of its URL
}

// stormPaths are the kinds of transfers, each with a name of its own.
func stormPaths() []string {
	return []string{
		"/slow/slow-1.bin?size=800kB&rate=200kB", "/slow/slow-2.bin?size=900kB&rate=100kB",
		"/bare/bare.bin?size=300kB&rate=100kB", "/chunked/chunked.bin?size=300kB&rate=100kB",
		"/whole/whole.bin?size=300kB&rate=100kB", "/flaky/flaky.bin?size=900kB&cut=200kB&times=3",
		"/busy/busy.bin?size=10kB", "/basic/basic.bin?size=300kB&rate=100kB", "/digest/digest.bin?size=300kB&rate=100kB",
		"/redirect/host/slow/redirected.bin?size=300kB&rate=100kB", "/weak/weak.bin?size=300kB&rate=100kB",
		"/file/waits.bin?size=50kB&wait=2s", "/missing/missing.bin",
	}
}

// play acts at random, and holds what must hold after every act.
func (s *storm) play() {
	for _, p := range stormPaths() {
		s.addPath(p)
	}
	for range stormActs {
		s.pass(time.Duration(s.rnd.IntN(1500)) * time.Millisecond)
		s.act()
		s.hold()
	}
}

func (s *storm) addPath(p string) {
	added, _, cmd := s.m.Add([]Spec{{URL: s.at.Files + p, Dir: s.dir}})
	s.do(cmd)
	for _, id := range added {
		s.paths[id] = p
	}
}

// some picks rows that are in the list.
func (s *storm) some() []RowID {
	var out []RowID
	for _, r := range s.m.Rows(nil, 0, s.m.Len()) {
		if s.rnd.IntN(3) == 0 {
			out = append(out, r.ID)
		}
	}
	return out
}

func (s *storm) act() {
	rows := s.some()
	say := func(format string, args ...any) { s.said = append(s.said, fmt.Sprintf(format, args...)) }
	switch s.rnd.IntN(15) {
	case 0, 1, 2:
		say("toggle %v", rows)
		s.do(s.m.TogglePause(rows))
	case 3:
		say("pause all")
		s.do(s.m.PauseAll())
	case 4, 5:
		say("resume all")
		s.do(s.m.ResumeAll())
	case 6:
		rows = rows[:min(len(rows), 1)]
		say("cancel %v", rows)
		s.do(s.m.Cancel(rows))
	case 7:
		say("retry %v", rows)
		s.do(s.m.Retry(rows))
	case 8:
		rows = rows[:min(len(rows), 1)]
		say("restart %v", rows)
		s.do(s.m.Restart(rows))
	case 9:
		rows = rows[:min(len(rows), 2)]
		say("remove %v", rows)
		s.do(s.m.Remove(rows, false))
	case 10:
		say("undo")
		s.m.Undo()
	case 11:
		p := stormPaths()[s.rnd.IntN(len(stormPaths()))]
		say("add %s", p)
		s.addPath(p)
	case 12:
		up := s.rnd.IntN(2) == 0
		say("move %v up: %v", rows, up)
		_, cmd := s.m.Move(rows, up)
		s.do(cmd)
	case 13:
		p := Priority(s.rnd.IntN(3) - 1)
		say("priority %v of %v", p, rows)
		s.do(s.m.SetPriority(rows, p))
	case 14:
		if open := s.m.Prompts(); len(open) > 0 {
			q := open[0]
			a := []Answer{{User: demo.User, Password: demo.Password, Keep: session.PersistenceForSession}, {User: "x", Password: "y"}, {Skip: true}, {CancelRows: true}}[s.rnd.IntN(4)]
			if q.Kind == AskRedirect {
				a = []Answer{{Follow: true}, {Refuse: true}, {CancelRows: true}}[s.rnd.IntN(3)]
			}
			say("answer %v with %+v", q.Kind, a)
			_, cmd := s.m.Answer(q.ID, a)
			s.do(cmd)
		}
	}
}

// hold checks what holds at every moment.
func (s *storm) hold() {
	count := map[State]int{}
	parts := map[string]RowID{}
	for _, r := range s.m.all {
		count[r.state]++
		switch r.state {
		case Queued, Paused, Retrying, Cancelled, Done, Refused, Expired, Mismatch, Failed:
			s.expect(r.task == nil, "row %d is %v and has a task", r.id, r.state)
		case Running, Pausing, Held, Asking:
			s.expect(r.task != nil, "row %d is %v and has no task", r.id, r.state)
		case Resuming, Cancelling:
		}
		s.expect(r.done >= 0 && (r.size < 0 || r.done <= r.size), "row %d has %d of %d bytes", r.id, r.done, r.size)
		if r.part != "" && !r.inherited {
			other, twice := parts[r.part]
			s.expect(!twice, "rows %d and %d have one partial file", other, r.id)
			parts[r.part] = r.id
		}
		if r.state == Done && s.placed[r.path] == "" {
			s.placed[r.path] = s.paths[r.id]
		}
	}
	waiting := slices.DeleteFunc(slices.Clone(s.m.all), func(r *row) bool { return r.state != Queued })
	slices.SortFunc(waiting, func(a, b *row) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for i, r := range waiting {
		place, of := s.m.Place(r.id)
		s.expect(place == i+1 && of == len(waiting), "row %d is at %d of %d, and should be at %d of %d", r.id, place, of, i+1, len(waiting))
	}
	for state, n := range s.m.counts {
		s.expect(n == count[State(state)], "%d rows are counted as %v, there are %d", n, State(state), count[State(state)])
	}
}

// body is the whole content behind a path.
func (s *storm) body(path string) []byte {
	rest := path[strings.LastIndex(path[:strings.IndexByte(path+"?", '?')], "/"):]
	name, query, _ := strings.Cut(rest, "?")
	size := ""
	for _, p := range strings.Split(query, "&") {
		if strings.HasPrefix(p, "size=") {
			size = "?" + p
		}
	}
	w := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/file"+name+size, nil))
	return w.Body.Bytes()
}

// disk checks the files when nobody has them: those in place are whole, what a
// state claims is true, and nothing else is there.
func (s *storm) disk() {
	bodies := map[string][]byte{}
	for _, p := range stormPaths() {
		name := filepath.Base(p[:strings.IndexByte(p+"?", '?')])
		bodies[name] = s.body(p)
	}
	entries, err := os.ReadDir(s.dir)
	s.expect(err == nil, "%v", err)
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		path := filepath.Join(s.dir, e.Name())
		stem, state := strings.CutSuffix(e.Name(), partial.StateSuffix)
		stem, part := strings.CutSuffix(stem, partial.PartSuffix)
		name, _, numbered := strings.Cut(stem, " (")
		if numbered {
			name += filepath.Ext(stem)
		}
		body, ok := bodies[name]
		if !ok {
			s.t.Errorf("%s is nobody's", e.Name())
			continue
		}
		got, err := os.ReadFile(path)
		s.expect(err == nil, "%v", err)
		switch {
		case part:
		case !state:
			s.expect(bytes.Equal(got, body), "%s has %d bytes and is not whole (%d)", e.Name(), len(got), len(body))
		default:
			st, err := partial.ReadState(partial.OS{}, path)
			s.expect(err == nil, "%s: %v", e.Name(), err)
			data, err := os.ReadFile(partial.PathFor(s.dir, stem))
			if err != nil {
				s.t.Errorf("%s is alone: %v", e.Name(), err)
				continue
			}
			for _, r := range st.Have.Ranges() {
				s.expect(r.End <= int64(len(data)) && bytes.Equal(data[r.Start:r.End], body[r.Start:r.End]),
					"%s claims %v, and other bytes are there", e.Name(), r)
			}
		}
	}
	for path, of := range s.placed {
		got, err := os.ReadFile(path)
		s.expect(err == nil && bytes.Equal(got, s.body(of)), "%s was done and is lost: %v", path, err)
	}
}

// leave quits.
func (s *storm) leave() {
	s.do(s.m.Quit())
	s.until("quit", func() bool { return s.quit })
	s.hold()
	s.end()
}

// settle lets everything that can end well do so.
func (s *storm) settle() {
	finished := func() bool {
		for _, q := range s.m.Prompts() {
			a := Answer{User: demo.User, Password: demo.Password, Keep: session.PersistenceForSession}
			if q.Kind == AskRedirect {
				a = Answer{Follow: true}
			}
			_, cmd := s.m.Answer(q.ID, a)
			s.do(cmd)
		}
		return !slices.ContainsFunc(s.m.all, func(r *row) bool { return !r.state.finished() })
	}
	s.do(s.m.ResumeAll())
	s.until("settled", func() bool {
		s.hold()
		if !finished() && slices.ContainsFunc(s.m.all, func(r *row) bool { return r.state == Paused || r.state == Held }) {
			s.do(s.m.ResumeAll())
		}
		return finished()
	})
}

func TestStormOfActsLosesNothing(t *testing.T) {
	n := storms
	if more, err := strconv.Atoi(os.Getenv("HAUL_TEST_STORMS")); err == nil {
		n = more
	}
	for i := range n {
		seed := uint64(stormSeed + i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			tell(t, Options{Retries: 8, Interactive: true}, func(st *story) {
				st.end() // again, with a journal
				journal := filepath.Join(st.dir, "journal")
				j := openJournal(t, journal)
				opt := Options{Retries: 8, Interactive: true, Journal: j}
				st.open(opt)
				s := &storm{story: st, rnd: rand.New(rand.NewPCG(seed, 0)), paths: map[RowID]string{}, placed: map[string]string{}}
				defer func() {
					if t.Failed() {
						t.Logf("seed %d:\n%s", seed, strings.Join(s.said, "\n"))
					}
				}()
				s.play()
				settled := s.rnd.IntN(2) == 0
				if settled {
					s.settle()
				}
				s.leave()
				if err := j.Close(); err != nil {
					t.Error(err)
				}
				s.disk()

				// What was interrupted goes on in the next run, and ends well.
				j = openJournal(t, journal)
				opt.Journal = j
				s.open(opt)
				s.paths = map[RowID]string{}
				n, err := s.m.Interrupted()
				s.expect(err == nil, "%v", err)
				s.expect(!settled || n == 0, "%d rows are interrupted although all had ended", n)
				for _, r := range s.m.all {
					s.paths[r.id] = strings.TrimPrefix(r.spec.URL, s.at.Files)
				}
				s.settle()
				for _, r := range s.m.all {
					s.expect(r.state == Done || strings.Contains(r.name, "missing"), "%s ended as %v: %s", r.name, r.state, r.reason)
				}
				s.leave()
				if err := j.Close(); err != nil {
					t.Error(err)
				}
				s.disk()
				left, err := os.ReadDir(journal)
				s.expect(err == nil && len(left) == 0, "left in the journal: %v %v", left, err)
				s.expect(!strings.Contains(s.files(), ".haul-"), "left in the directory: %s", s.files())
			})
		})
	}
}
