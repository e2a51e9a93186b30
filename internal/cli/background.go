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
	"path"
	"path/filepath"
	"strings"

	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/transfer/partial"
	"haul/ui/phrases"
	"haul/ui/text"
)

// foreground says of the flags that the agent has no ear for why that is so.
func foreground() map[string]string {
	const shared, run = phrases.SharedByAll, phrases.OfAWatchedRun
	return map[string]string{
		"cacert": shared, "connections": shared, "limit-rate": shared, "max-per-host": shared, "max-rows-per-host": shared,
		"max-running": shared, "proxy": shared, "noproxy": shared, "timeout": shared,
		"continue": run, "plain": run, "progress": run, "redirect": run, "retry": run, "keep-error-body": run,
		"insecure": phrases.LetsAnybodyIn,
		"checksum": phrases.ComparesNone,
		"mirror":   phrases.UsesNone,
		"max-time": phrases.AWeekThere,
		"http1.1":  phrases.AsTheServerDoes,
		"http3":    phrases.ByConfiguration,
		"keytab":   phrases.TicketsOfTheOwner,
	}
}

// queue hands transfers to the agent and prints their identifiers. They are on
// the disk when it returns.
func (j *job) queue(ctx context.Context) error {
	o := j.options
	for name, why := range foreground() {
		if o.flags.Changed(name) {
			return fail(ExitUsage, phrases.NotForBackground, name, why)
		}
	}
	specs, err := j.allSpecs()
	if err != nil {
		return err
	}
	for i := range specs {
		if specs[i].Proof.Size > 0 || len(specs[i].Mirrors) > 0 || specs[i].Checksum != "" {
			return fail(ExitUsage, phrases.MetalinkInBackground)
		}
	}
	j.complain()
	if len(specs) == 0 {
		if len(j.complaints) > 0 {
			return &exitError{code: ExitUsage}
		}
		if o.input != "" {
			return nil
		}
		return fail(ExitUsage, phrases.NothingForBackground)
	}
	with, err := o.access(j.env, true)
	if err != nil {
		return err
	}
	ctx, stop := signalled(ctx, j.env)
	defer stop()
	c, err := o.dial(ctx, true)
	if err != nil {
		return wasInterrupted(ctx, err)
	}
	ids, errs := createAll(ctx, c, specs, with, o.config.Downloads.Force)
	if err := c.Close(); err != nil {
		errs = append(errs, err)
	}
	if err := wasInterrupted(ctx, errors.Join(errs...)); err != nil {
		if _, ok := errors.AsType[*exitError](err); ok {
			return err
		}
		j.complaints = append(j.complaints, "")
		j.env.warn(phrases.NotAllQueued, text.Clean(errs[0].Error()))
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

// createAll has the agent make a task of each spec, in their order. The
// identifier of one that could not be made is 0.
func createAll(ctx context.Context, c *background.Client, specs []model.Spec, with *access, overwrite bool) (ids []session.TaskID, failed []error) {
	var what []background.Create
	var places []int // of each in specs
	for i := range specs {
		w, err := taskOf(specs[i], with, nil, overwrite)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		what, places = append(what, w), append(places, i)
	}
	made, errs := c.CreateAll(ctx, what)
	ids = make([]session.TaskID, len(specs))
	for i, place := range places {
		ids[place] = made[i]
		if errs[i] != nil {
			failed = append(failed, errs[i])
		}
	}
	return ids, failed
}

// taskOf is the task of a spec. What the user named it is its description. cred
// is what its own origin has been given, nil for what the flags have.
func taskOf(s model.Spec, with *access, cred *session.Credential, overwrite bool) (background.Create, error) {
	u, err := model.ParseURL(s.URL)
	if err != nil {
		return background.Create{}, err
	}
	w := background.Create{
		Identifier: background.CommandIdentifier, Kind: "download", Start: !s.Paused,
		Request: &background.Request{Method: http.MethodGet, Header: s.Header},
	}
	with.give(&w, u, cred)
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
