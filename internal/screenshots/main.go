// Command screenshots makes the pictures of docs/screenshots from real runs: it
// runs "haul demo" in a terminal, drives it with keys, and writes what is on the
// screen as SVG.
//
//	go run ./internal/screenshots
//	go run ./internal/screenshots -record    # the recording of the README
//
// The recording is a run from the shell to the shell against the same server,
// as an animated SVG: no script, one style sheet with a keyframe for each part
// of a screen that comes and goes.
//
// It needs tmux. Look at the pictures before you commit them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"haul/internal/e2e"
	"haul/internal/e2e/tmux"
)

// patience bounds every wait for the screen.
const patience = 30 * time.Second

func main() {
	out := flag.String("o", filepath.Join("docs", "screenshots"), "write the pictures into `DIR`")
	recording := flag.Bool("record", false, "make the recording in place of the pictures")
	flag.Parse()
	make := photograph
	if *recording {
		make = record
	}
	if err := with(context.Background(), *out, make); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

// with builds haul into a directory of its own for what make makes.
func with(ctx context.Context, out string, make func(ctx context.Context, dir, binary, out string) error) (err error) {
	dir, err := os.MkdirTemp("", "haul-screenshots-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, err := e2e.Build(ctx, dir)
	if err != nil {
		return err
	}
	return make(ctx, dir, binary, out)
}

// photograph takes the pictures.
func photograph(ctx context.Context, dir, binary, out string) error {
	for _, tour := range []struct {
		width, height int
		walk          func(*camera) error
	}{
		{120, 40, (*camera).wide},
		{80, 24, (*camera).medium},
		{40, 12, (*camera).narrow},
	} {
		if err := film(ctx, dir, binary, out, tour.width, tour.height, tour.walk); err != nil {
			return fmt.Errorf("%dx%d: %w", tour.width, tour.height, err)
		}
	}
	return nil
}

// film runs the demo in a terminal and walks through it.
func film(ctx context.Context, dir, binary, out string, width, height int, walk func(*camera) error) (err error) {
	term, err := tmux.Start(ctx, tmux.Config{Width: width, Height: height, Dir: dir, Environ: []string{
		"HOME=" + dir, "XDG_STATE_HOME=" + filepath.Join(dir, "state"), "COLORTERM=truecolor",
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, term.Close()) }()
	c := &camera{ctx: ctx, term: term, out: out, width: width}
	if err := term.Type(binary + " demo --theme dark --max-running 6"); err != nil {
		return err
	}
	if err := term.Press("Enter"); err != nil {
		return err
	}
	return walk(c)
}

// camera walks through the demo and takes pictures. After the first error it
// does nothing more.
type camera struct {
	ctx   context.Context
	term  *tmux.Terminal
	out   string
	width int
	err   error
}

// see waits until all of the words are on the screen.
func (c *camera) see(words ...string) {
	c.wait(fmt.Sprintf("%q", words), func(screen string) bool {
		for _, w := range words {
			if !strings.Contains(screen, w) {
				return false
			}
		}
		return true
	})
}

func (c *camera) wait(what string, done func(string) bool) {
	if c.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	if screen, err := c.term.Wait(ctx, done); err != nil {
		c.err = fmt.Errorf("waiting for %s: %w\n%s", what, err, screen)
	}
}

func (c *camera) press(keys ...string) {
	for _, k := range keys {
		if c.err == nil {
			c.err = c.term.Press(k)
		}
	}
}

func (c *camera) text(text string) {
	if c.err == nil {
		c.err = c.term.Type(text)
	}
}

// take writes what is on the screen to NAME.svg.
func (c *camera) take(name string) {
	if c.err != nil {
		return
	}
	styled, err := c.term.Styled()
	if err == nil {
		err = os.WriteFile(filepath.Join(c.out, name+".svg"), []byte(svg(parse(styled), c.width)), 0o644)
	}
	c.err = err
}

// kinds are the kinds of questions with a title that each has, on a wide or a
// narrow screen.
func kinds() map[string][]string {
	return map[string][]string{
		"password": {"asks for a password", "Password for"},
		"trust":    {"Do you trust this server", "Trust 127"},
		"redirect": {"Follow this redirect", "Redirect 302"},
	}
}

// kindOf is the kind of the question that is open, "" if none is.
func kindOf(screen string) string {
	for kind, titles := range kinds() {
		for _, t := range titles {
			if strings.Contains(screen, t) {
				return kind
			}
		}
	}
	return ""
}

// close puts the open question off.
func (c *camera) close() {
	c.press("Escape")
	c.wait("the list", func(screen string) bool { return kindOf(screen) == "" })
}

// questions puts off the question that opens by itself, and all others with it,
// and takes pictures of those that have a name for it: each is asked for on the
// details of a row that waits for it.
func (c *camera) questions(names map[string]string) {
	c.wait("a question", func(screen string) bool { return kindOf(screen) != "" })
	c.close()
	for _, q := range []struct{ kind, row string }{{"password", "diary"}, {"redirect", "mirrored"}, {"trust", "vault"}} {
		name := names[q.kind]
		if name == "" || c.err != nil {
			continue
		}
		c.press("/")
		c.text(q.row)
		c.press("Enter", "Enter")
		c.see("asks you", "esc back")
		c.press("!")
		c.wait("the question", func(screen string) bool { return kindOf(screen) == q.kind })
		if q.kind == "password" {
			c.text("alice")
			c.press("Tab")
			c.text("wonderland")
			c.see("••••••••••")
		}
		c.take(name)
		c.close()
		c.press("Escape")
		c.wait("the list", func(screen string) bool { return !strings.Contains(screen, "esc back") })
		c.press("Escape")
		c.see("holiday-film") // which the filter had hidden
	}
}

// wide takes the pictures of the README.
func (c *camera) wide() error {
	c.questions(map[string]string{"password": "password", "trust": "trust", "redirect": "redirect"})
	c.press("Home", "p")
	c.see("paused")
	c.press("j")
	c.see("❯ ▸ linux-image", "running", "paused", "asks you", "done", "retry 1/")
	c.take("list")
	c.press("k", "p") // resumed: a second task, from where the first stopped
	c.see("❯ ▸ holiday-film")
	c.press("Enter")
	c.see("SEGMENTS", "DidResumeAtOffset", "BBB")
	c.take("detail")
	c.press("?")
	c.see("all keys")
	c.take("help")
	return c.err
}

// medium takes a picture of the list in a terminal of the usual size.
func (c *camera) medium() error {
	c.questions(nil)
	c.press("Home", "p")
	c.see("paused")
	c.take("list-80x24")
	return c.err
}

// narrow takes pictures in a small terminal.
func (c *camera) narrow() error {
	c.questions(map[string]string{"trust": "trust-40x12"})
	c.press("Home", "p")
	c.see("paused")
	c.take("list-40x12")
	return c.err
}
