package cli

import (
	"github.com/spf13/pflag"

	"haul/ui"
)

// notifyFlags say what the monitor tells outside of its window.
type notifyFlags struct {
	when string
	bell bool
}

func (n *notifyFlags) register(f *pflag.FlagSet) {
	f.StringVar(&n.when, "notify", "never", "tell of ends, failures and questions outside of the window: never, unfocused or always")
	f.BoolVar(&n.bell, "bell", false, "ring the bell with every notification")
}

// settings are what the flags come to. A word that is none is refused by the
// monitor, which names those there are.
func (n *notifyFlags) settings() ui.Notify {
	w := ui.When(n.when)
	return ui.Notify{Finish: w, Fail: w, Question: w, Bell: n.bell}
}
