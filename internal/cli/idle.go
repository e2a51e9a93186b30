package cli

import (
	"maps"
	"slices"

	"haul/ui/phrases"
)

// The flags that a command would have to pass over, with why it does. A flag that
// is typed and means nothing there is a mistake, and is told as one.

func idleInGet() map[string]string {
	return map[string]string{"request": phrases.MethodOfAnUpload}
}

func idleInPut() map[string]string {
	return map[string]string{
		"output": phrases.FileIsThere, "dir": phrases.FileIsThere,
		"input": phrases.OneUpload, "mirror": phrases.OneUpload, "checksum": phrases.BytesAreYours,
	}
}

func idleInDemo() map[string]string {
	return map[string]string{
		"background": phrases.EndsWithTheDemo, "continue": phrases.EndsWithTheDemo,
		"input": phrases.FilesOfTheDemo, "output": phrases.FilesOfTheDemo, "checksum": phrases.FilesOfTheDemo,
		"mirror": phrases.FilesOfTheDemo, "request": phrases.FilesOfTheDemo,
	}
}

// refuseIdle refuses the first flag that is typed and idle, in the words of format.
func (o *options) refuseIdle(format string, idle map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(idle)) {
		if o.flags.Changed(name) {
			return fail(ExitUsage, format, name, idle[name])
		}
	}
	return nil
}
