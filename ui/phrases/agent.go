package phrases

// What the commands say of the agent and of what it has.
const (
	AgentRuns           = "The agent is running, process %d."
	AgentHasEnded       = "The agent has ended."
	AgentSays           = "the agent says: %s"
	AnotherAgentRuns    = "another agent is running already"
	NoAgentIsRunning    = "No agent is running."
	NoAgentToList       = "No agent is running: haul agent start goes on with what it has."
	NoAgentToWaitFor    = "No agent is running: there is nothing to wait for."
	NothingFound        = "The history has nothing of that kind."
	NothingInBackground = "Nothing is in the background."
	NotAllQueued        = "not everything was queued: %s"
	HasEndedAlready     = "%v is %s already"
	AttachNote          = "In the background: to quit leaves everything as it is."
	AgentAnswersError   = "the agent answers with error %d: %w"
)

// InBackground is how many transfers are in the background, and how to see them.
func InBackground(n int) string {
	return Transfers(n) + " in the background; haul attach shows " + form(n, "it", "them") + "."
}

// Why a transfer in the background waits.
const (
	AsksForPassword    = "asks for a password: %s"
	AsksForToken       = "asks for a token: %s"
	AsksForCertificate = "asks for a client certificate: %s"
	AsksForTrust       = "asks whether to trust: %s"
	AsksToBegin        = "asks whether to begin"
	AgainIn            = "%s; again in %s"
)

// TheProxy is what a proxy is called.
func TheProxy(host string) string { return "the proxy " + host }

// Why a flag is not for a transfer in the background.
const (
	SharedByAll       = "the configuration has it for all transfers of the agent"
	OfAWatchedRun     = "it is about a run that somebody watches"
	LetsAnybodyIn     = "it lets anybody in while nobody looks; --trust-sha256 with the server's fingerprint works"
	ComparesNone      = "the agent compares none"
	UsesNone          = "the agent uses none"
	AWeekThere        = "it is 7 days there"
	AsTheServerDoes   = "the agent speaks what the server does"
	ByConfiguration   = "the agent goes by downloads.http3 in the configuration"
	TicketsOfTheOwner = "the agent has the tickets of whoever started it, and reads KRB5_CLIENT_KTNAME there"
)

// Why a command has no use for a flag.
const (
	MethodOfAnUpload = "it is the method of haul put FILE URL"
	FileIsThere      = "nothing is written here"
	OneUpload        = "it sends one file to one URL"
	BytesAreYours    = "there is nothing to compare the file with"
	EndsWithTheDemo  = "all of it ends with the demo"
	FilesOfTheDemo   = "the files are the demo's"
)

// Why the agent does not take a transfer over.
const (
	AgentKnowsNoChecksum = "the agent compares no checksum, and the next run does"
	AgentKnowsNoMirrors  = "the agent knows no mirrors, and the next run does"
	AgentGoesWithout     = "the agent goes on without --%s (%s)"
	AgentIsFaster        = "the rate limit of all transfers is this run's, and the agent has that of the configuration"
	AgentIsFasterFrom    = "the rate limit of %s is this run's, and the agent has that of the configuration"
)

// What the agent's log says. What it is about follows in fields.
const (
	LogWatching      = "cannot watch the configuration"
	LogConfiguration = "the configuration stays as it was"
	LogCredentials   = "cannot keep or read credentials"
	LogNetrc         = "cannot use the netrc file"
	LogHookEvent     = "cannot write the event of a hook"
	LogHookFailed    = "a hook has failed"
	LogHookRan       = "a hook has run"
)
