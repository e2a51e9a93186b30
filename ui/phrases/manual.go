package phrases

// What the first manual page has besides the commands and flags.
const (
	ManualPrecedence     = "A flag goes before a variable, that before the configuration file."
	ManualConfigVariable = "the configuration file"
	ManualMember         = "sets %s"
	ManualPassword       = "the user and the password for the hosts of the URLs given"
	ManualProxyPassword  = "the same for proxies"
	ManualNoColour       = "no colour, whatever its value, if it has one"
	ManualAccessible     = "plain lines in place of the monitor, if it has a value"
	ManualProxies        = "proxies, as other programs read them"
	ManualPlaces         = "where the configuration and the list for the next run are; ~/.config and ~/.local/state without them"

	ManualConfigFile = "the configuration; see haul config, haul config check"
	ManualThemeFile  = "a theme of yours; see haul themes"
	ManualStateDir   = "what the next run goes on with"
	ManualPartial    = "an unfinished download and its resume state"
	ManualLedger     = "what a haul that was killed had written since its resume state"

	ManualExitOK          = "all is done"
	ManualExitSome        = "some transfers failed or were refused"
	ManualExitUsage       = "the command line or the configuration is wrong, and nothing was started"
	ManualExitUnanswered  = "a question could not be asked or was not answered"
	ManualExitDisk        = "the disk, a directory or a file"
	ManualExitInterrupted = "interrupted; the next run goes on"
)
