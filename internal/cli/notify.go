package cli

import (
	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/ui"
	"haul/ui/phrases"
)

// allNotifications is a flag that sets all three notifications to one word.
type allNotifications struct{ members *config.Notifications }

func (a allNotifications) String() string {
	if a.members == nil {
		return ""
	}
	return a.members.Finish
}

func (a allNotifications) Type() string { return "string" }

func (a allNotifications) Set(word string) error {
	a.members.Finish, a.members.Fail, a.members.Question = word, word, word
	return nil
}

func registerNotifications(f *pflag.FlagSet, n *config.Notifications) {
	f.Var(allNotifications{n}, "notify", phrases.FlagNotify)
	f.BoolVar(&n.Bell, "bell", n.Bell, phrases.FlagBell)
}

// notifications are the configured ones in the words of the monitor.
func notifications(n config.Notifications) ui.Notify {
	return ui.Notify{Finish: ui.When(n.Finish), Fail: ui.When(n.Fail), Question: ui.When(n.Question), Bell: n.Bell, Names: n.Names}
}
