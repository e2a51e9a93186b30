package phrases

// What haul says before it ends without doing what it was asked to. Each is a
// clause: what has happened, to what, and last, after a colon, what can be done.
// They are formats for fmt.Errorf.

// The command line.
const (
	NoSuchFlag         = "there is no flag %s: check its name"
	NoSuchFlagButOne   = "there is no flag --%s: use --%s if that is meant"
	NoFlag             = "%s is no flag: give it as --NAME=VALUE"
	FlagWantsValue     = "--%[1]s wants a value: give it as --%[1]s %[2]s"
	FlagTakes          = "--%s does not take %s: give %s"
	HasNoCommand       = "%s has no command %s: run %s --help for those there are"
	HasNoCommandButOne = "%s has no command %s: use %s if that is meant"
	NoCommandNorURL    = "%s is neither a command nor a URL: give a command that haul --help lists, or a URL that begins with https://"
	NoURLButACommand   = "%s is no URL: use haul %s if that is meant, or a URL that begins with https://"
	WrongArguments     = "%s got %s: use %s"
	JSONAndPlain       = "--json and --plain exclude each other: choose one"
	HTTP1AndHTTP3      = "--http1.1 and --http3 exclude each other: choose one"
	OutputForOneURL    = "-o is for one URL, and there are %d: use -d DIR"
	OutputIsDirectory  = "-o %s names a directory: use -d %s"
	ChecksumForOneURL  = "--checksum is for one URL, and there are %d: give each its own run of haul"
	MirrorForOneURL    = "--mirror is for one URL: give each file its own run of haul, or a Metalink file"
	MirrorIsNoURL      = "--mirror: %w: give the URL of the same file elsewhere"
	HeaderIsNoField    = "-H got what is no field: use 'Name: value', with a name of letters, digits and dashes"
	NoInterval         = "%q is no time between lines: use one like 10s, or off"
	NotForDownload     = "--%s is not for a download: leave it out (%s)"
	NotForPut          = "--%s is not for haul put: leave it out (%s)"
	NotForDemo         = "--%s is not for haul demo: leave it out (%s)"
	TooManyConnections = "%s: %d is more than the %d connections to a host of %s: use a smaller number here or a larger one there"
)

// Files and directories.
const (
	NoCurrentDirectory  = "cannot find the current directory: %s: change to one that exists"
	DirectoryIsFile     = "%s is a file, not a directory: choose another with -d"
	CannotMakeDirectory = "cannot make the directory %s: %s: choose another with -d"
	CannotWriteInto     = "cannot write into %s: %s: choose another with -d"
	CannotWriteOutput   = "cannot write the output: %s: check where it goes to"
	CannotWriteManual   = "cannot write the manual pages into %s: %s: choose another directory"
	FileGoesFirst       = "%s is a URL, and the file goes first: use haul put FILE URL"
	NoFileToUpload      = "there is no file %s to upload: check its name"
	CannotReadUpload    = "cannot read %s: %s: check its permissions"
	UploadIsDirectory   = "%s is a directory, and haul uploads one file: name a file in it"
	UploadIsNoFile      = "%s is not a regular file, and haul uploads files whose size is known: copy it into one"
	NamesMayBeLost      = "the names of finished files may not outlast a power failure: %s: check the disk"
	CannotReadList      = "cannot read the list %s: %s: check its %s"
	ItsName             = "name"        // of a file that is not there
	ItsPermissions      = "permissions" // of one that is
	ListIsDirectory     = "the list %s is a directory: give a file with one URL a line"
	CannotReadWholeList = "cannot read the list to its end: %w: check that each line is one URL"
	CannotReadMetalink  = "cannot read the Metalink file %s: %s: check its %s"
	CannotFetchMetalink = "cannot fetch the Metalink file %s: %w: check its URL"
	NoMetalink          = "%s: %w: check that it is a whole file of RFC 5854"
	NoResumeState       = "there is no resume state at %s: give a %s or %s file"
	CannotReadState     = "cannot read the resume state %s: %w: start the download anew"
	CannotKeepJournal   = "cannot keep a journal for the next run: %s: set XDG_STATE_HOME to a directory of yours"
	CannotReadJournal   = "cannot read what an earlier run left: %s: check $XDG_STATE_HOME/haul"
	NoDemoDirectory     = "cannot make a directory for the demo: %s: name one with -d"
	CannotStartDemo     = "cannot start the demo server: %w: check that haul may listen on 127.0.0.1"
)

// Trust and authentication.
const (
	NoToken               = "--bearer-env %s: that variable is empty or not set: set it to the token"
	CannotReadKeytab      = "--keytab: cannot read %s: %s: name a keytab that you may read"
	CannotReadNetrc       = "%s: %w: use a netrc file of yours"
	NoCredentialsCommand  = "%s: %w: check credentials.command"
	NobodyKnowsPassword   = "-u %s has no password and nobody can be asked: use -u USER:PASSWORD"
	KeyWithoutCertificate = "--key is the key of a client certificate: give --cert as well"
	CertificateHasKey     = "the --cert before it has a key already: give each --key after its --cert"
	CertificateNotFound   = "--cert: %w: name the file of one, or a folder of them"
	CertificateUnfit      = "--cert: %w: give a certificate that is valid, with its own key"
	CertificatesNotFound  = "credentials.certificates: %w: name files and folders that have one"
	FingerprintUnfit      = "--trust-sha256: %w: use the fingerprint that haul or openssl shows"
	CannotReadAuthorities = "%s: cannot read the certificates in %s: %s: check the path"
	NoAuthorities         = "%s: there is no certificate in PEM form in %s: give one that begins with -----BEGIN CERTIFICATE-----"
	CannotUseCredentials  = "cannot read or change the credentials that haul keeps: %w: check %s"
	HostsOrAll            = "haul credentials rm wants either hosts or --all: give one of those that haul credentials ls shows"
	NothingKeptFor        = "haul keeps nothing for %s: give a host that haul credentials ls shows"
	CannotReadTrusted     = "cannot read the accepted servers: %w: move the file away"
	CannotReadHTTPSOnly   = "cannot read the hosts that want https only: %w: move the file away"
	CannotTakeBack        = "cannot take %s back: %w: check the directory"
	NothingToTakeBack     = "%s: %w: run haul trust ls for what was"
)

// The agent and what it has.
const (
	CannotStartAgent     = "cannot start the agent: %s: start it with haul agent run"
	NoAgentRuns          = "no agent is running: start it with haul agent start, or give it something to do with haul -b URL"
	NoPlaceForAgent      = "cannot keep what the agent has to do: %s: set XDG_STATE_HOME to a directory of yours"
	AgentGoesOn          = "the agent goes on, for %s: use haul agent stop --now, and they go on when it starts again"
	AgentDoesNotEnd      = "the agent has been told to stop and still runs after %v: check haul agent status"
	OfAnotherProgram     = "%s is of another program, and haul attach shows those of haul: use haul log -f, haul wait and their like"
	AttachNeedsTerminal  = "haul attach needs a terminal: use haul ls, haul wait or haul log -f"
	NotForBackground     = "--%s is not for -b: leave out one of them (%s)"
	MetalinkInBackground = "-b takes no Metalink file, for the agent knows neither mirrors nor hashes: leave out -b"
	NothingForBackground = "-b got nothing to do: give a URL, or a list with -i"
	NoIdentifier         = "%s is no identifier of a transfer: use a number that haul ls shows"
	NoSuchTransfer       = "there is no transfer %v in the background: use an identifier that haul ls shows"
	NoStoryOf            = "nothing is known of a transfer %v: use an identifier that haul ls or haul history shows"
	WhichTransfers       = "haul %s wants to know what to act on: give identifiers that haul ls shows, or --all"
	NoEnd                = "--result %s is no end of a transfer: use %s"
	LimitBelowNone       = "--limit is less than none: use a number from 1"
	NoTime               = "%s is no time: use a date like 2026-11-23, or how long ago, like 24h"
	NoJSON               = "the parameters are not JSON: use something like '{\"identifier\": \"haul\"}'"
)

// WaitForAnswers is why haul wait does not end well.
func WaitForAnswers(n int) string {
	return Transfers(n) + form(n, " waits", " wait") + " for an answer: give it with haul attach"
}
