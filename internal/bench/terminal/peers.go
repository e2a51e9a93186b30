//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"haul/internal/bench/process"
)

// beside is how many transfers a peer gets. Some run no more than ten at once.
const beside = 10

// peer is a program with a screen.
type peer struct {
	name    string
	word    string   // of its first frame
	command []string // with {urls} and {dir}
}

// parsePeer reads NAME|WORD|COMMAND. COMMAND is split at spaces.
func parsePeer(text string) (peer, error) {
	parts := strings.SplitN(text, "|", 3)
	if len(parts) != 3 {
		return peer{}, errors.New("want NAME|WORD|COMMAND")
	}
	p := peer{name: parts[0], word: parts[1], command: strings.Fields(parts[2])}
	if p.name == "" || p.word == "" || len(p.command) == 0 {
		return peer{}, errors.New("want NAME|WORD|COMMAND, each of them")
	}
	return p, nil
}

// in is the command line in a directory.
func (p peer) in(urls ...string) func(dir string) []string {
	return func(dir string) []string {
		var args []string
		for _, a := range p.command {
			if a == "{urls}" {
				args = append(args, urls...)
			} else {
				args = append(args, strings.ReplaceAll(a, "{dir}", dir))
			}
		}
		return args
	}
}

// takes tells whether it can be given URLs.
func (p peer) takes() bool { return slices.Contains(p.command, "{urls}") }

// comparison is haul and its peers under the same conditions.
type comparison struct {
	*bench
	all     []peer
	results []*results
}

// newComparison compares nothing when there is nobody to compare with.
func newComparison(b *bench) *comparison {
	c := &comparison{bench: b}
	if len(b.peers) > 0 {
		haul := peer{name: "haul", word: firstFrame, command: []string{b.haul, "-d", "{dir}", "--max-running=16", "--max-rows-per-host=16", "{urls}"}}
		c.all = append([]peer{haul}, b.peers...)
	}
	for range c.all {
		c.results = append(c.results, newResults())
	}
	return c
}

// round runs each of them once without and once with transfers.
func (c *comparison) round(ctx context.Context) error {
	for i, p := range c.all {
		if err := c.empty(ctx, p, c.results[i]); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if !p.takes() {
			continue
		}
		if err := c.moving(ctx, p, c.results[i]); err != nil {
			return fmt.Errorf("%s with transfers: %w", p.name, err)
		}
	}
	return nil
}

func (c *comparison) empty(ctx context.Context, p peer, r *results) error {
	return c.opened(ctx, p.word, p.in(), func(t *tty, first time.Duration) error {
		r.add("start", milliseconds(first))
		if err := pause(ctx, c.settle); err != nil {
			return err
		}
		return c.look(ctx, t, r, "idle")
	})
}

// look measures the share of a core and the memory of what runs.
func (c *comparison) look(ctx context.Context, t *tty, r *results, state string) error {
	part, err := t.share(ctx, c.window)
	if err != nil {
		return err
	}
	memory, err := process.Memory(t.cmd.Process.Pid)
	r.add(state, 100*part)
	r.add(state+" memory", float64(memory)/1e6)
	return err
}

func (c *comparison) moving(ctx context.Context, p peer, r *results) error {
	return c.served(c.watchSize(), c.rate, func(s *site, _ string) error {
		return c.opened(ctx, p.word, p.in(s.urls(beside)...), func(t *tty, _ time.Duration) error {
			if err := pause(ctx, c.settle); err != nil {
				return err
			}
			before := s.moved.Load()
			began := time.Now()
			err := c.look(ctx, t, r, "moving")
			r.add("rate", float64(s.moved.Load()-before)/time.Since(began).Seconds()/1e6)
			r.add("names", float64(s.running()))
			return err
		})
	})
}

// write writes the table as Markdown.
func (c *comparison) write(out io.Writer) error {
	if len(c.all) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n| program | first frame ms | empty: %% of a core | resident MB | %d transfers of %.3g MB/s: %% of a core | resident MB | MB/s together, of how many |\n"+
		"| --- | --- | --- | --- | --- | --- | --- |\n", beside, float64(c.rate)/1e6)
	for i, p := range c.all {
		cells := []string{p.name}
		for _, f := range []string{"start", "idle", "idle memory", "moving", "moving memory", "rate"} {
			cell := ""
			if middle, least, most, ok := c.results[i].median(f); ok {
				cell = fmt.Sprintf("%s (%s to %s)", number(middle), number(least), number(most))
			}
			if names, _, _, ok := c.results[i].median("names"); ok && f == "rate" {
				cell += fmt.Sprintf(", %.0f", names)
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	_, err := io.WriteString(out, b.String())
	return err
}
