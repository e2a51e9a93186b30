package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

func openJournal(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func entryOf(name string) entry { return entry{URL: "http://example.test/" + name, Dir: "/d"} }

// left are the URLs of what earlier runs left.
func left(j *Journal) (out []string) {
	_, entries := j.leftBehind()
	for _, e := range entries {
		out = append(out, filepath.Base(e.URL))
	}
	return out
}

// crash leaves the journal's file as a killed process does, which loses its
// lock and nothing else.
func crash(t *testing.T, j *Journal) {
	t.Helper()
	j.flush()
	if err := j.lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJournalOffersWhatACrashLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	a := openJournal(t, dir)
	for i, name := range []string{"one", "two", "three"} {
		a.set(int64(i+1), entryOf(name), true)
	}
	a.set(2, entryOf("two"), false)
	b := openJournal(t, dir) // a lives: nothing to take
	if got := left(b); len(got) != 0 {
		t.Fatalf("took %v from a run that lives", got)
	}
	crash(t, a)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	// Killed in the middle of a line.
	f, err := os.OpenFile(a.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"v":1,"op":"add","id":4,"url":"http://exam`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	c := openJournal(t, dir)
	if got := left(c); !slices.Equal(got, []string{"one", "three"}) {
		t.Fatalf("left %v", got)
	}
	if _, err := os.Stat(a.path); !os.IsNotExist(err) {
		t.Errorf("the old journal is still there: %v", err)
	}
	// What nobody asked for stays for the run after.
	c.dropTarget(entryOf("one").target())
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	d := openJournal(t, dir)
	if got := left(d); !slices.Equal(got, []string{"three"}) {
		t.Errorf("left %v", got)
	}
	numbers, _ := d.leftBehind()
	d.drop(numbers[0])
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 0 {
		t.Errorf("left in the directory: %v, %v", names, err)
	}
}

func TestJournalIsTheUsersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	j := openJournal(t, dir)
	j.set(1, entryOf("one"), true)
	j.flush()
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, j.path: 0o600, j.lock.Path(): 0o600} {
		fi, err := os.Stat(path)
		if err != nil || fi.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", path, fi.Mode(), err, want)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJournalHoldsNoSecret(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		dir := filepath.Join(s.dir, "state")
		s.end()
		j := openJournal(t, dir)
		s.open(Options{Journal: j})
		s.add("http://alice:wonderland@files.demo.test/basic/a", func(sp *Spec) {
			sp.Paused = true
			sp.Header = map[string][]string{"Authorization": {"Bearer wonderland"}}
		})
		raw, err := os.ReadFile(j.path)
		if err != nil {
			t.Fatal(err)
		}
		s.expect(!strings.Contains(string(raw), "wonderland"), "%s", raw)
		s.expect(strings.Contains(string(raw), `"omitted":"Authorization"`), "%s", raw)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
	})
}

func TestJournalLeavesANewerOneAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "1-1.jsonl")
	if err := os.WriteFile(path, []byte(`{"v":2,"op":"add","id":1,"url":"http://a/b","dir":"/d"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, dir)
	if got := left(j); len(got) != 0 {
		t.Errorf("left %v", got)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the newer journal is gone: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTenThousandAddsAreOneWrite(t *testing.T) {
	tell(t, Options{Running: 1}, func(s *story) {
		s.end()
		j := openJournal(t, filepath.Join(s.dir, "state"))
		s.open(Options{Journal: j})
		specs := make([]Spec, 10_000)
		for i := range specs {
			specs[i] = Spec{URL: fmt.Sprintf("%s/file/%d", s.at.Files, i), Dir: s.dir, Paused: true}
		}
		if _, problems, cmd := s.m.Add(specs); len(problems) > 0 || cmd != nil {
			t.Fatal(problems)
		}
		fi, err := os.Stat(j.path)
		s.expect(err == nil && fi.Size() > 500_000, "%v %v", fi, err)
		j.mu.Lock()
		s.expect(len(j.buf) == 0, "lines wait")
		j.mu.Unlock()
	})
}

func FuzzReadJournal(f *testing.F) {
	f.Add(`{"v":1,"op":"add","id":1,"url":"http://a/b","dir":"/d","partial":"/d/b.haul-part"}` + "\n" + `{"v":1,"op":"drop","id":1}`)
	f.Add(`{"v":1,"op":"add","id":1,"url":"http://u:p@a/b","dir":"d"}`)
	f.Add(`{"v":1,"op":"add","id":1,"url":"http://a/b","dir":"/d","partial":"/etc/passwd"}`)
	f.Add("\x00\n{}\n[]\n")
	f.Fuzz(func(t *testing.T, s string) {
		entries, err := readJournal(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, e := range entries {
			if !e.valid() {
				t.Fatalf("%q gives %+v", s, e)
			}
			if e.Partial != "" && (filepath.Dir(e.Partial) != e.Dir || !strings.HasSuffix(e.Partial, ".haul-part")) {
				t.Fatalf("%q names %s", s, e.Partial)
			}
		}
	})
}

func BenchmarkJournal10kAdds(b *testing.B) {
	j, err := OpenJournal(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	began, n := time.Now(), 0
	for b.Loop() {
		n++
		for i := range int64(10_000) {
			j.set(i+1, entry{URL: fmt.Sprintf("http://example.test/%d/%d", n, i), Dir: "/d"}, true)
		}
		j.flush()
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds())/float64(n), "ms/10k")
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

func TestJournalTakesOverNothingThatThisRunHas(t *testing.T) {
	dir := t.TempDir()
	before, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	const rows = 2000
	of := func(i int) entry { return entry{URL: fmt.Sprintf("http://example.test/%d", i), Dir: "/d"} }
	for i := range rows {
		before.set(int64(i+1), of(i), true)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	j, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < rows; i += 2 { // while they are taken over
		j.dropTarget(of(i).target())
	}
	_, left := j.leftBehind()
	for i, e := range left {
		if e != of(2*i+1) {
			t.Fatalf("row %d is %s", i, e.URL)
		}
	}
	if len(left) != rows/2 {
		t.Errorf("%d rows are offered, want %d", len(left), rows/2)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// TestLinesOfTheJournalAreJSON: what is appended is what encoding/json writes, so
// that no member is forgotten.
func TestLinesOfTheJournalAreJSON(t *testing.T) {
	same := func(l line) bool {
		got, err := l.append(nil)
		want, werr := json.Marshal(l)
		if err != nil || werr != nil || string(got) != string(want)+"\n" {
			t.Errorf("got  %s%v\nwant %s, %v", got, err, want, werr)
			return false
		}
		return true
	}
	same(line{Version: journalVersion, Op: "drop", ID: -7})
	same(line{journalVersion, "add", 1, entry{URL: "https://a.test/?a=1&b=<\"\\\xff\u2028\n", Dir: "/d e", Priority: -1}})
	if err := quick.Check(func(id int64, e entry) bool { return same(line{journalVersion, "add", id, e}) }, nil); err != nil {
		t.Error(err)
	}
}
