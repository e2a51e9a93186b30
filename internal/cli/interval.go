package cli

import (
	"fmt"
	"time"

	"haul/ui/phrases"
)

// interval is a flag that takes a duration, or "off", which is 0.
type interval time.Duration

func (i *interval) String() string {
	if *i == 0 {
		return "off"
	}
	return time.Duration(*i).String()
}

func (i *interval) Type() string { return "interval" }

func (i *interval) Set(text string) error {
	if text == "off" {
		*i = 0
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf(phrases.NoInterval, text)
	}
	*i = interval(d)
	return nil
}
