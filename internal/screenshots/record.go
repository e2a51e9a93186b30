package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"haul/internal/demo"
	"haul/internal/e2e/tmux"
)

// The size of the terminal that is recorded: as wide as a README is.
const (
	reelWidth  = 100
	reelHeight = 24
)

// between is the time between two looks at the screen.
const between = 250 * time.Millisecond

// shot is a screen and when it came.
type shot struct {
	at     time.Duration
	styled string
}

// reel is a camera that keeps all that it sees, with the time.
type reel struct {
	camera
	began time.Time
	shots []shot
}

// record drives a run from the shell to the shell and writes recording.svg.
func record(ctx context.Context, dir, binary, out string) (err error) {
	server := demo.New(demo.Options{})
	at, err := server.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	downloads := filepath.Join(dir, "downloads")
	if err := os.Mkdir(downloads, 0o700); err != nil {
		return err
	}
	urls := strings.Join([]string{
		at.Files + "/file/debian-13.1.0-amd64-netinst.iso?size=240MB&rate=1700kB",
		at.Files + "/file/linux-6.17.tar.xz?size=38MB&rate=2300kB",
		at.Files + "/file/holiday-film.mp4?size=195MB&rate=3100kB",
		at.Files + "/digest/private/dataset-a.parquet?size=64MB&rate=1900kB",
		at.Files + "/file/go1.26.8.linux-amd64.tar.gz?size=14MB&rate=1600kB",
		at.Files + "/file/%E6%97%A5%E6%9C%AC%E8%AA%9E-corpus.tar.zst?size=120MB&rate=1200kB",
	}, "\n")
	if err := os.WriteFile(filepath.Join(downloads, "urls.txt"), []byte(urls), 0o600); err != nil {
		return err
	}
	term, err := tmux.Start(ctx, tmux.Config{Width: reelWidth, Height: reelHeight, Dir: downloads, Environ: []string{
		"HOME=" + dir, "XDG_STATE_HOME=" + filepath.Join(dir, "state"), "COLORTERM=truecolor",
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"), "HAUL_INTERFACE_THEME=dark",
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, term.Close()) }()
	r := &reel{camera: camera{ctx: ctx, term: term, out: out, width: reelWidth}}
	r.play()
	if r.err != nil {
		return r.err
	}
	return os.WriteFile(filepath.Join(out, "recording.svg"), []byte(animate(r.shots, r.now(), reelWidth, reelHeight)), 0o644)
}

// play is what happens in the recording.
func (r *reel) play() {
	r.text("PS1='$ '; clear")
	r.press("Enter")
	r.see("$")
	r.began = time.Now()
	r.roll(time.Second)
	for word := range strings.SplitAfterSeq("haul --limit-rate 8M -i urls.txt", " ") {
		r.text(word)
		r.roll(100 * time.Millisecond)
	}
	r.press("Enter")
	r.until("a question", func(screen string) bool { return kindOf(screen) == "password" })
	r.roll(2 * time.Second)
	r.text("alice")
	r.roll(600 * time.Millisecond)
	r.press("Tab")
	r.text("wonderland")
	r.roll(time.Second)
	r.press("Tab", "Tab")
	r.roll(600 * time.Millisecond)
	r.press("Enter")
	r.until("the list", func(screen string) bool { return kindOf(screen) == "" })
	r.roll(3 * time.Second)
	r.press("Home", "j", "j")
	r.roll(700 * time.Millisecond)
	r.press("p")
	r.until("a paused row", func(screen string) bool { return strings.Contains(screen, "paused") })
	r.roll(2 * time.Second)
	r.press("p")
	r.roll(2 * time.Second)
	r.press("Enter")
	r.until("the segments", func(screen string) bool { return strings.Contains(screen, "esc back") })
	r.roll(1500 * time.Millisecond)
	r.press("2")
	r.roll(4 * time.Second)
	r.press("Escape")
	r.roll(1500 * time.Millisecond)
	r.press("q")
	r.roll(2 * time.Second)
	r.press("Enter") // pause and quit
	r.until("the shell", func(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), "$") })
	r.roll(3 * time.Second)
}

func (r *reel) now() time.Duration { return time.Since(r.began) }

// shoot keeps the screen, if it is another one, and returns it without styles.
func (r *reel) shoot() string {
	if r.err != nil {
		return ""
	}
	styled, err := r.term.Styled()
	if err != nil {
		r.err = err
		return ""
	}
	if n := len(r.shots); n == 0 || r.shots[n-1].styled != styled {
		r.shots = append(r.shots, shot{r.now(), styled})
	}
	return ansi.Strip(styled)
}

// roll films for a while: that is what a recording is made of.
func (r *reel) roll(d time.Duration) {
	for end := time.Now().Add(d); r.err == nil; {
		r.shoot()
		left := time.Until(end)
		if left <= 0 {
			return
		}
		time.Sleep(min(left, between))
	}
}

// until films until the screen is as done wants it.
func (r *reel) until(what string, done func(screen string) bool) {
	for end := time.Now().Add(patience); r.err == nil; time.Sleep(between) {
		screen := r.shoot()
		switch {
		case r.err != nil || done(screen):
			return
		case time.Now().After(end):
			r.err = fmt.Errorf("waiting for %s:\n%s", what, screen)
		}
	}
}
