package cli

import (
	"context"
	"errors"
	"os"

	"haul/internal/demo"
	"haul/keymap"
	"haul/model"
	"haul/ui/phrases"
)

// demonstrate opens the monitor on a server inside this process. What it
// downloads goes into a temporary directory that is removed at the end, unless
// -d names another.
func demonstrate(ctx context.Context, env Env, o *options) (err error) {
	if err := o.settle(env); err != nil {
		return err
	}
	if err := o.refuseIdle(phrases.NotForDemo, idleInDemo()); err != nil {
		return err
	}
	if !o.flags.Changed("dir") {
		temporary, err := os.MkdirTemp("", "haul-demo-")
		if err != nil {
			return fail(ExitDisk, phrases.NoDemoDirectory, cause(err))
		}
		o.config.Downloads.Dir = temporary
		defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	}
	dir, _, err := o.destination(0)
	if err != nil {
		return err
	}
	server := demo.New(demo.Options{})
	at, err := server.Start()
	if err != nil {
		return errors.Join(fail(ExitSome, phrases.CannotStartDemo, err), server.Close())
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	keys, err := o.config.Keys.Map()
	if err != nil {
		return fail(ExitUsage, "%w", err)
	}
	job := job{
		options: o, env: env, dir: dir, noJournal: true,
		note: keys.Sentence(keymap.List, keymap.Symbols{}, phrases.DemoNote, demo.User, demo.Password),
	}
	for _, f := range server.Files() {
		spec := model.Spec{URL: at.URL(f), Dir: dir, Hint: keys.Sentence(keymap.List, keymap.Symbols{}, f.Words)}
		if !f.Shared && !o.given("downloads.connections") {
			spec.Connections = 1 // there is to be time to watch
		}
		job.specs = append(job.specs, spec)
	}
	return job.run(ctx)
}
