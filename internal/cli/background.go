package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/transfer/partial"
	"haul/ui/text"
)

// foreground are the flags that the agent has no ear for: they are about the
// terminal, or about a run of its own. What they say for the agent is in the
// configuration.
func foreground() []string {
	return []string{
		"bearer-env", "cacert", "checksum", "connections", "continue", "http1.1", "http3", "insecure", "keep-error-body", "keytab", "limit-rate",
		"max-per-host", "max-rows-per-host", "max-running", "max-time", "plain", "progress", "redirect", "retry", "timeout", "trust-sha256",
	}
}

// queue hands transfers to the agent and prints their identifiers. They are on
// the disk when it returns.
func (j *job) queue(ctx context.Context) error {
	o := j.options
	for _, name := range foreground() {
		if o.flags.Changed(name) {
			return fail(ExitUsage, "--%s is not for -b, for the agent has its own: set it in the configuration, or leave out one of them", name)
		}
	}
	specs, err := j.allSpecs()
	if err != nil {
		return err
	}
	j.complain()
	if len(specs) == 0 {
		if len(j.complaints) > 0 {
			return &exitError{code: ExitUsage}
		}
		if o.input != "" {
			return nil
		}
		return fail(ExitUsage, "-b got nothing to do: give a URL, or a list with -i")
	}
	user, err := o.credential(j.env, new(model.Options))
	if err != nil {
		return err
	}
	ctx, stop := signalled(ctx, j.env)
	defer stop()
	c, err := o.dial(ctx, true)
	if err != nil {
		return wasInterrupted(ctx, err)
	}
	ids, errs := createAll(ctx, c, specs, user, o.config.Downloads.Force)
	if err := c.Close(); err != nil {
		errs = append(errs, err)
	}
	if err := wasInterrupted(ctx, errors.Join(errs...)); err != nil {
		if _, ok := errors.AsType[*exitError](err); ok {
			return err
		}
		j.complaints = append(j.complaints, "")
		fmt.Fprintf(j.env.Stderr, "haul: not everything was queued: %s\n", text.Clean(errs[0].Error()))
	}
	if err := printQueued(j.env, o.json, ids, specs); err != nil {
		return err
	}
	if len(j.complaints) > 0 {
		return &exitError{code: ExitSome}
	}
	return nil
}

// allSpecs reads the list to its end.
func (j *job) allSpecs() ([]model.Spec, error) {
	specs := j.specs
	for j.rest != nil && !j.rest.ended {
		lines, err := interruptible(j.env, func() ([]listed, error) { return j.rest.read(math.MaxInt) })
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.err != nil {
				j.complaints = append(j.complaints, j.rest.complaint(l).Error())
				continue
			}
			s := j.pattern
			s.URL = l.url
			specs = append(specs, s)
		}
	}
	return specs, nil
}

const (
	// inTurn is how many tasks are made one after the other, so that their
	// identifiers follow the order of the URLs.
	inTurn = 32
	// queueing is how many calls wait for the agent's disk at once when there
	// are more: they share its writes.
	queueing = 64
)

// createAll has the agent make a task of each spec. The identifier of one that
// could not be made is 0.
func createAll(ctx context.Context, c *background.Client, specs []model.Spec, user *session.Credential, overwrite bool) ([]session.TaskID, []error) {
	ids := make([]session.TaskID, len(specs))
	errs := make([]error, len(specs))
	next := make(chan int)
	var work sync.WaitGroup
	workers := queueing
	if len(specs) <= inTurn {
		workers = 1
	}
	for range workers {
		work.Go(func() {
			for i := range next {
				what, err := taskOf(specs[i], user, overwrite)
				if err == nil {
					ids[i], err = c.Create(ctx, what)
				}
				errs[i] = err
			}
		})
	}
	for i := range specs {
		next <- i
	}
	close(next)
	work.Wait()
	var failed []error
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return ids, failed
}

// taskOf is the task of a spec. What the user named it is its description.
func taskOf(s model.Spec, user *session.Credential, overwrite bool) (background.Create, error) {
	u, err := model.ParseURL(s.URL)
	if err != nil {
		return background.Create{}, err
	}
	w := background.Create{
		Identifier: background.CommandIdentifier, Kind: "download", Start: !s.Paused,
		Request: &background.Request{Method: http.MethodGet, Header: s.Header},
	}
	own := u.User
	if own == nil && user != nil {
		own = url.UserPassword(user.User, user.Password)
	}
	if own != nil {
		w.Request.User = own.Username()
		w.Request.Password, _ = own.Password()
	}
	u.User = nil
	w.Request.URL = u.String()
	if s.Upload != "" {
		file, err := filepath.Abs(s.Upload)
		name := filepath.Base(file)
		w.Kind, w.File, w.Request.Method, w.Description = "upload", file, s.Method, &name
		return w, err
	}
	place := s.Dir + string(filepath.Separator)
	if s.Name != "" {
		place = filepath.Join(s.Dir, s.Name)
		w.Description = &s.Name
	}
	part := partFor(s.Dir, cmp.Or(s.Name, path.Base(u.Path)))
	w.PartialFile, w.Destination, w.Overwrite = &part, &place, overwrite
	return w, nil
}

// partFor is the path of a partial file that no other transfer has, also none
// that waits and has no file yet.
func partFor(dir, name string) string {
	return partial.PathFor(dir, partial.SafeName(name)+"."+strings.ToLower(rand.Text()[:6]))
}

// printQueued prints the identifiers, in the order of the URLs.
func printQueued(env Env, asJSON bool, ids []session.TaskID, specs []model.Spec) error {
	for i, id := range ids {
		if id == 0 {
			continue
		}
		shown := text.URL(specs[i].URL, text.Const("…")).String()
		if !asJSON {
			if _, err := fmt.Fprintf(env.Stdout, "%d  %s\n", id, shown); err != nil {
				return err
			}
			continue
		}
		line, err := json.Marshal(struct {
			ID  session.TaskID `json:"id"`
			URL string         `json:"url"`
		}{id, strings.TrimSpace(shown)})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(env.Stdout, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}
