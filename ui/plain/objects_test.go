package plain

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"haul/model"
)

func TestTheBytesOfAnEventAreThoseAtHand(t *testing.T) {
	const size = 1_000_000
	sit(t, false, []string{"/file/a.iso?size=1MB&rate=100kB"}, func(p *person) {
		p.printer.write = &objects{p.printer.out}
		m := p.printer.model
		p.until("a half", func() bool { r, _ := m.Row(1); return r.Done >= size/2 })
		p.do(m.TogglePause([]model.RowID{1}))
		p.do(m.TogglePause([]model.RowID{1})) // at once, so that it is never at rest
		p.until("the end", func() bool { return p.ended })

		d, _ := m.Detail(1)
		if len(d.Segments) != 2 {
			t.Fatalf("it was not gone on with: %+v", d.Segments)
		}
		got := map[string]object{}
		for line := range strings.Lines(p.out.String()) {
			var o object
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatalf("%v: %q", err, line)
			}
			got[o.Event] = o // the last of each
		}
		for name, want := range map[string]int64{
			"DidResumeAtOffset": d.Segments[1].Start, "DidWriteData": size, "DidFinishDownloading": size, "DidComplete": size,
		} {
			if o := got[name]; o.Bytes == nil || o.Total == nil || *o.Bytes != want || *o.Total != size {
				t.Errorf("%s: %+v; want %d bytes of %d", name, o, want, size)
			}
		}
	})
}

func TestTheDocumentNamesEveryEvent(t *testing.T) {
	raw, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, events, ok := strings.Cut(string(raw), "\n## Events\n")
	if !ok {
		t.Fatal("docs/json.md has no section about events")
	}
	var told []string
	for _, m := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(events, -1) {
		told = append(told, m[1])
	}
	made := eventsMade(t)
	for _, name := range made {
		if !slices.Contains(told, name) {
			t.Errorf("docs/json.md does not tell of %s", name)
		}
	}
	for _, name := range told {
		if !slices.Contains(made, name) {
			t.Errorf("docs/json.md tells of %s, which the model does not make", name)
		}
	}
}

// eventsMade are the names that the model's source gives to events: those of
// delegate calls wherever they stand, others where an event or an act is made.
func eventsMade(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../model/*.go")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`^(Did|Will)[A-Z][A-Za-z]+$`)
	literal := func(e ast.Node) (string, bool) {
		l, ok := e.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(l.Value)
		return s, err == nil
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, ok := literal(n); ok && call.MatchString(s) {
					names = append(names, s)
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "act" {
					if s, ok := literal(n.Args[1]); ok {
						names = append(names, s)
					}
				}
			case *ast.CompositeLit:
				if kind, ok := n.Type.(*ast.Ident); !ok || kind.Name != "Event" {
					break
				}
				for _, e := range n.Elts {
					field, ok := e.(*ast.KeyValueExpr)
					if !ok {
						continue
					}
					if key, ok := field.Key.(*ast.Ident); ok && key.Name == "Name" {
						if s, ok := literal(field.Value); ok {
							names = append(names, s)
						}
					}
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}
