package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"haul/model"
	"haul/ui/text"
)

// checkURL says what is wrong with a URL that was typed, in words that say what
// to do, without repeating a password that may be in it.
func checkURL(typed string) error {
	if _, err := model.ParseURL(typed); err != nil {
		return fmt.Errorf("%s: %w", shown(typed), err)
	}
	return nil
}

// shown quotes text that is no URL, without the secrets that may be in it, and
// cut short.
func shown(typed string) string {
	typed = text.URL(typed, text.Const("…")).String()
	if r := []rune(typed); len(r) > 60 {
		typed = string(r[:60]) + "…"
	}
	return strconv.Quote(typed)
}

// listed is one line of a URL list.
type listed struct {
	line int // from 1
	url  string
	err  error // why it is no URL
}

// readList reads a URL list: one URL a line, blank lines and lines that begin
// with # left out. "-" is stdin. Lines that are no URL come back with their
// reason, so that the rest can go on.
func readList(path string, stdin io.Reader) ([]listed, error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fail(ExitUsage, "cannot read the list: %w", err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, fail(ExitUsage, "cannot read the list: %s is a directory: give a file with one URL a line", path)
		}
		in = f
	}
	var out []listed
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		// Some editors begin a file with a byte order mark.
		typed := strings.TrimSpace(strings.TrimPrefix(scan.Text(), "\ufeff"))
		if typed == "" || strings.HasPrefix(typed, "#") {
			continue
		}
		out = append(out, listed{line: n, url: typed, err: checkURL(typed)})
	}
	if err := scan.Err(); err != nil {
		return nil, fail(ExitUsage, "cannot read the list: %w", err)
	}
	return out, nil
}
