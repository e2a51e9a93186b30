package cli

import (
	"github.com/spf13/pflag"

	"haul/model"
	"haul/ui/phrases"
)

// mirrorOptions are the flags about further places of the same file.
type mirrorOptions struct {
	urls []string
}

func (o *mirrorOptions) register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.urls, "mirror", nil, phrases.FlagMirror)
}

// apply gives the one download its mirrors.
func (o *mirrorOptions) apply(specs []model.Spec, more bool) error {
	if len(o.urls) == 0 {
		return nil
	}
	if len(specs) != 1 || more {
		return fail(ExitUsage, phrases.MirrorForOneURL)
	}
	for _, u := range o.urls {
		if err := checkURL(u); err != nil {
			return fail(ExitUsage, phrases.MirrorIsNoURL, err)
		}
	}
	specs[0].Mirrors = append(specs[0].Mirrors, o.urls...)
	return nil
}
