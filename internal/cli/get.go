package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"haul/model"
	"haul/session"
)

// get is the main job: it downloads what the arguments and the list name.
func get(ctx context.Context, env Env, o *options, args []string) error {
	if err := o.settle(env); err != nil {
		return err
	}
	for _, arg := range args {
		if err := checkURL(arg); err != nil {
			return fail(ExitUsage, "%w", err)
		}
	}
	var list []listed
	if o.input != "" {
		var err error
		list, err = interruptible(env, func() ([]listed, error) { return readList(o.input, env.Stdin) })
		if err != nil {
			return err
		}
	}
	if n := len(args) + len(list); o.checksum != "" && n > 1 {
		return fail(ExitUsage, "--checksum is for one URL, and there are %d", n)
	}
	dir, name, err := o.destination(len(args) + len(list))
	if err != nil {
		return err
	}
	header, err := o.header()
	if err != nil {
		return err
	}
	job := job{options: o, env: env, bare: len(args) == 0 && o.input == ""}
	for _, arg := range args {
		job.specs = append(job.specs, model.Spec{URL: arg})
	}
	for _, l := range list {
		if l.err != nil {
			job.complaints = append(job.complaints, fmt.Sprintf("%s line %d: %v", listName(o.input), l.line, l.err))
			continue
		}
		job.specs = append(job.specs, model.Spec{URL: l.url})
	}
	for i := range job.specs {
		s := &job.specs[i]
		s.Dir, s.Name, s.Header, s.Checksum, s.Paused = dir, name, header, o.checksum, o.paused
	}
	job.dir = dir
	return job.run(ctx)
}

func listName(input string) string {
	if input == "-" {
		return "list"
	}
	return input
}

// put uploads one file.
func put(ctx context.Context, env Env, o *options, file, target string) error {
	if err := o.settle(env); err != nil {
		return err
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
	return job.run(ctx)
}

// credential is what -u says, for the rows' own origins. USER alone is asked
// for its password on the terminal.
func (o *options) credential(env Env) (*session.Credential, error) {
	if o.user == "" {
		return nil, nil
	}
	user, password, ok := strings.Cut(o.user, ":") // at the first colon, as RFC 7617 reads it
	if !ok {
		var err error
		password, err = askPassword(env, "Password for "+user+": ")
		if errors.Is(err, errInterrupted) {
			return nil, &exitError{code: ExitInterrupted}
		}
		if err != nil {
			return nil, fail(ExitUnanswered, "-u %s has no password and nobody can be asked: use -u USER:PASSWORD", user)
		}
	}
	return &session.Credential{User: user, Password: password, Persistence: session.PersistenceForSession}, nil
}
