package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"

	"haul/model"
	"haul/session"
	"haul/ui/phrases"
)

// get is the main job: it downloads what the arguments and the list name.
func get(ctx context.Context, env Env, o *options, args []string) error {
	if err := o.settle(env); err != nil {
		return err
	}
	if err := o.refuseIdle(phrases.NotForDownload, idleInGet()); err != nil {
		return err
	}
	specs, err := o.arguments(ctx, env, args)
	if err != nil {
		return err
	}
	rest, first, err := o.listed(env)
	if err != nil {
		return err
	}
	urls := len(specs) + len(first)
	if o.checksum != "" && urls > 1 {
		return fail(ExitUsage, phrases.ChecksumForOneURL, urls)
	}
	dir, name, err := o.destination(urls)
	if err != nil {
		return err
	}
	header, err := o.header()
	if err != nil {
		return err
	}
	job := job{options: o, env: env, bare: len(args) == 0 && o.input == ""}
	job.specs = specs
	for _, l := range first {
		if l.err != nil {
			job.complaints = append(job.complaints, rest.complaint(l).Error())
			continue
		}
		job.specs = append(job.specs, model.Spec{URL: l.url})
	}
	pattern := model.Spec{Dir: dir, Name: name, Header: header, Checksum: o.checksum, Paused: o.paused}
	for i := range job.specs {
		s := &job.specs[i]
		s.Dir, s.Header, s.Paused = dir, header, o.paused
		s.Name, s.Checksum = cmp.Or(name, s.Name), cmp.Or(o.checksum, s.Checksum)
	}
	if rest != nil && !rest.ended {
		job.rest, job.pattern = rest, pattern
	}
	if err := o.mirrors.apply(job.specs, job.rest != nil); err != nil {
		return err
	}
	job.dir = dir
	if o.agent.background {
		return job.queue(ctx)
	}
	return job.run(ctx)
}

// listed opens the list of -i and reads its beginning: all that is needed to
// know whether flags that are for one URL are in place. A list that is waited
// for is not read without need, so that its first line runs when it comes.
func (o *options) listed(env Env) (*list, []listed, error) {
	if o.input == "" {
		return nil, nil, nil
	}
	l, err := openList(o.input, env.Stdin)
	if err != nil {
		return nil, nil, err
	}
	n := batchLines
	switch {
	case o.paused:
		n = math.MaxInt // nothing runs that could begin earlier
	case l.waits && (o.output != "" || o.checksum != ""):
		n = 2
	case l.waits:
		return l, nil, nil
	}
	first, err := interruptible(env, func() ([]listed, error) { return l.read(n) })
	return l, first, err
}

// put uploads one file.
func put(ctx context.Context, env Env, o *options, file, target string) error {
	if err := o.settle(env); err != nil {
		return err
	}
	if err := o.refuseIdle(phrases.NotForPut, idleInPut()); err != nil {
		return err
	}
	_, isURL := model.ParseURL(file)
	if _, err := os.Stat(file); isURL == nil && errors.Is(err, fs.ErrNotExist) {
		return fail(ExitUsage, phrases.FileGoesFirst, shown(file))
	}
	if err := checkURL(target); err != nil {
		return fail(ExitUsage, "%w", err)
	}
	if err := readable(file); err != nil {
		return err
	}
	header, err := o.header()
	if err != nil {
		return err
	}
	job := job{options: o, env: env, dir: ".", specs: []model.Spec{{
		URL: target, Upload: file, Method: o.method, Header: header, Dir: ".", Paused: o.paused,
	}}}
	if o.agent.background {
		return job.queue(ctx)
	}
	return job.run(ctx)
}

// credential is what -u says, for the rows' own origins. USER alone is the name
// that the sources are asked for; without sources its password is asked for on
// the terminal.
func (o *options) credential(env Env, opt *model.Options) (*session.Credential, error) {
	if o.user == "" {
		return nil, nil
	}
	user, password, ok := strings.Cut(o.user, ":") // at the first colon, as RFC 7617 reads it
	if !ok && len(opt.Sources) > 0 {
		opt.User = user
		return nil, nil
	}
	if !ok {
		var err error
		password, err = askPassword(env, fmt.Sprintf(phrases.PasswordFor, user))
		if errors.Is(err, errInterrupted) {
			return nil, &exitError{code: ExitInterrupted}
		}
		if err != nil {
			return nil, fail(ExitUnanswered, phrases.NobodyKnowsPassword, user)
		}
	}
	return &session.Credential{User: user, Password: password, Persistence: session.PersistenceForSession}, nil
}
