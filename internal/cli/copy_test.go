//go:build unix && !darwin

package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCopyingGoesToTheClipboardOfThisMachineOnly(t *testing.T) {
	bin, out := t.TempDir(), filepath.Join(t.TempDir(), "clipboard")
	script := "#!/bin/sh\n[ \"$*\" = '-selection clipboard' ] || exit 1\ncat > " + out + "\n"
	if err := os.WriteFile(filepath.Join(bin, "xclip"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if copier(Env{Environ: []string{"DISPLAY=:0", "SSH_TTY=/dev/pts/1"}}) != nil {
		t.Error("the clipboard of the machine far away")
	}
	if copier(Env{}) != nil {
		t.Error("a clipboard without a desktop")
	}
	copyText := copier(Env{Environ: []string{"DISPLAY=:0"}})
	if copyText == nil {
		t.Fatal("xclip was not found")
	}
	if err := copyText(context.Background(), "https://a.example/$(x)"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "https://a.example/$(x)" {
		t.Errorf("copied %q, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(bin, "xclip"), []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := copyText(context.Background(), "x"); err == nil || !strings.Contains(err.Error(), "xclip cannot copy it") {
		t.Error(err)
	}
}
