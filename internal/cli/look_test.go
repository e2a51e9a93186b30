package cli

import (
	"bytes"
	"flag"
	"path/filepath"
	"testing"

	"haul/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestThemesLookAsDrawn(t *testing.T) {
	var views []golden.View
	for _, look := range []struct {
		name    string
		environ []string
		args    []string
	}{
		{"truecolor", []string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}, []string{"--color=always"}},
		{"16 colours, a theme chosen", []string{"TERM=xterm", "LANG=C.UTF-8"}, []string{"--color=always", "--theme=soft"}},
		{"no colour, ascii only", []string{"TERM=xterm-256color", "LANG=C"}, []string{"--color=never"}},
	} {
		o, env, said, err := settled(t, "", look.environ, look.args)
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		var out bytes.Buffer
		env.Stdout = &out
		if err := showThemes(env, o); err != nil {
			t.Fatal(err)
		}
		views = append(views, golden.View{Name: look.name, Width: 130, Screen: out.String()})
	}
	golden.Check(t, filepath.Join("testdata", "themes.golden"), *update, views)
}
