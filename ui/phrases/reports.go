package phrases

// What a run of haul says before and after the monitor or the plain lines.
const (
	RunHelpForFlags       = "Run 'haul --help' for the flags."
	NothingToDo           = "Nothing to do: no URL was given and no earlier run left anything unfinished."
	UnfinishedPlain       = "%d unfinished from an earlier run: haul --continue goes on with all of it."
	Unfinished            = "%d unfinished from an earlier run: {pause-all} goes on with all, {pause} with one."
	UnfinishedBeside      = "%d unfinished from an earlier run: {pause} goes on with one."
	UnfinishedShort       = "%d unfinished: {pause-all} goes on with all"
	UnfinishedBesideShort = "%d unfinished: {pause} goes on with one"
	MoreAtTheEnd          = " (and %d more, see the end)"
	NobodyWasAsked        = "nobody could be asked: %s (%s would have answered)"
	NotAllDetached        = "Not everything went to the background: %s."
	AndMore               = "and %d more"
	RunHaulToGoOn         = "Run haul to go on with what is kept."
	PasswordFor           = "Password for %s: "
	NoTerminalToAsk       = "standard input is not a terminal"
	CannotCopyIt          = "%s cannot copy it: %w"
	CannotOpenIt          = "%s cannot open it: %w"
	LineOfList            = "%s line %d: %w"
	DemoNote              = "Demo: everything comes from a server inside haul. Every password is %s, %s. Press {help} for the keys."
	CredentialsFault      = "cannot keep or read the credentials of %s: %v"
)

// What is wrong with what the command line names.
const (
	NoCertificateIn     = "there is no client certificate with its key in %s"
	FolderTakesNoKey    = "%s is a folder, where each certificate has its key beside it, without --key"
	TooLargeForMetalink = "it is too large for a Metalink file"
	AnswersWithStatus   = "the server answers with status %d"
)

// Of the configuration.
const (
	ConfigurationUnseen  = "haul cannot see changes of the configuration, {reload} reads it again: %s"
	DefaultsHold         = "There is no %s: the defaults hold."
	NoMistakes           = "%s has no mistakes."
	Note                 = "note: %s"
	NamesCountNarrow     = "interface.ambiguous-width is 2, but names are counted so only with RUNEWIDTH_EASTASIAN=1 in the environment: set that in its place"
	VariableMeansNothing = "the variable %s means nothing to haul%s"
)

// NothingStarted is said before the mistakes of the configuration.
func NothingStarted(mistakes int) string {
	return "the configuration has " + count(mistakes, "mistake") + ", and nothing was started:"
}

// MoreMistakes goes on after the first mistake where there is room for one.
func MoreMistakes(n int) string {
	return "and " + count(n, "more mistake") + ": see haul config check"
}

// Of the themes: what background one is for.
const (
	AnyBackground = "any background"
	AsTerminalIs  = "dark or light, as the terminal is"
)

// Of what haul keeps, and of the servers that were accepted for good.
const (
	NothingAccepted = "No server was accepted for good, and no host wants https only."
	NothingIsKept   = "Nothing is kept."
	AToken          = "a token"
	RemovedKept     = "Removed %d."
	Accepted        = "%s  %X  since %s"
	HTTPSOnly       = "%s  https only (HSTS)  until %s"
	AllBelowIt      = "%s and all below it"
)

// Of a resume state: what its members are called.
const (
	ServedBy        = "served by"
	LastModified    = "last modified"
	GoesOnBy        = "goes on by"
	LeftOut         = "left out"
	HaveOf          = "%s of %s (%d of %d bytes)"
	HaveOfUnknown   = "%s of an unknown size (%d bytes)"
	UnknownVersion  = "unknown"
	ActionHeading   = "ACTION\tDOES"
	ListOfTransfers = "ID\tSTATE\tPROGRESS\tNAME\tREASON"
)
