package phrases

// What the commands of the command line are for: a headline in the list of
// commands, and what their own help says besides.
const (
	HaulShort = "Download and upload over HTTP, watching and steering from the keyboard"
	HaulLong  = `haul moves files over HTTP and shows every transfer as a line that you can
pause, resume, cancel and answer questions for. Without a URL it offers what an
earlier run left unfinished. Away from a terminal it prints plain lines.`
	GetShort     = "Download (what haul does without a command)"
	PutShort     = "Upload a file"
	DemoShort    = "Try everything on a server inside haul, without a network"
	InspectShort = "Show the resume state of an unfinished download"
	ManShort     = "Write the manual pages into a directory"
	VersionShort = "Show the version"
)

// Of help and completion.
const (
	HelpShort = "Show the help of a command"
	HelpLong  = `haul help shows what a command is for, how it is called and its flags, like
haul COMMAND --help. haul help keys has the keys of the monitor.`

	CompletionShort = "Print the completion script for a shell"
	CompletionLong  = `haul completion prints the script that has a shell complete haul's commands, flags
and values. The help of the command for your shell says how to load it.`
	CompletionBashLong = `haul completion bash prints the completion script for bash, which needs the
package bash-completion. For the shell that is open:

  source <(haul completion bash)

For every new one:

  haul completion bash > ~/.local/share/bash-completion/completions/haul`
	CompletionZshLong = `haul completion zsh prints the completion script for zsh. For the shell that is
open:

  source <(haul completion zsh)

For every new one:

  haul completion zsh > "${fpath[1]}/_haul"

If zsh completes nothing at all yet, put this into ~/.zshrc:

  autoload -U compinit; compinit`
	CompletionFishLong = `haul completion fish prints the completion script for fish. For the shell that is
open:

  haul completion fish | source

For every new one:

  haul completion fish > ~/.config/fish/completions/haul.fish`
	CompletionPowerShellLong = `haul completion powershell prints the completion script for PowerShell. For the
shell that is open:

  haul completion powershell | Out-String | Invoke-Expression

For every new one, add that line to your profile ($PROFILE).`
)

// CompletionFor is the headline of the completion script for a shell.
func CompletionFor(shell string) string { return "Print the completion script for " + shell }

// The headings of a command's help, and what comes last in it.
const (
	HelpUsage       = "Usage:"
	HelpExamples    = "Examples:"
	HelpCommands    = "Commands:"
	HelpFlags       = "Flags:"
	HelpOtherFlags  = "Flags of haul:"
	HelpFlagsOfHaul = "The flags that haul --help lists, like --config and --json, go with it as well."
	HelpOfCommands  = "%s COMMAND --help says more about one of them."
)

// Of the agent and of what it has.
const (
	AgentShort = "Start, stop and watch the agent that has the transfers in the background"
	AgentLong  = `The agent is the process of haul that has the transfers in the background. haul
starts it when it is needed; it ends by itself when nothing is left to do and
nobody is attached (agent.linger in the configuration). It keeps what it has when
it ends, and goes on with it when it starts again.`
	AgentRunShort    = "Be the agent, in the foreground, for systemd and its like"
	AgentStartShort  = "Start the agent, if there is none"
	AgentStopShort   = "End the agent; its transfers go on when it starts again"
	AgentStatusShort = "Show what the agent does"

	AttachShort = "Show and steer the transfers in the background"
	AttachLong  = `haul attach opens the monitor on the transfers that haul has in the background,
with the cursor on the one named; with --plain it tells of that one, prints lines
and takes commands.
Several terminals can attach at once; a question opens in each of them, and the
first answer counts. To quit leaves everything running. haul alone does the same
when there is something in the background.`

	LsShort = "List the transfers in the background"
	LsLong  = `haul ls lists the transfers that the agent has, and those that have ended: they
stay in the list until haul wait has told how, a monitor (haul attach) has shown
it, or a day has passed; then haul history has them. With --json it prints one
object a line. Without an agent it says so and ends well.`

	WaitShort = "Wait for transfers in the background"
	WaitLong  = `haul wait returns when the transfers named have ended, or all that haul has in
the background, and prints how each did. What it has told leaves haul ls, and is
in haul history. It ends with 0 when all are done, 1 when one has failed, was
refused or cancelled, 3 when a question waits for an answer at the end of
--timeout, 4 when a file could not be written. What has not ended when the time
is over counts as failed.`

	LogShort     = "Show what happened to a transfer in the background"
	HistoryShort = "Search the transfers in the background that have ended"
	HistoryLong  = `haul history lists what has ended, the newest first. NAME is a part of the file's
name or of the URL. Times are dates (2026-11-23), dates with a time (2026-11-23
14:30) or how long ago (90m, 24h).`

	RPCShort = "Call a method of the agent (docs/api.md)"
	RPCLong  = `haul rpc calls a method of the agent with parameters as JSON and prints the
result as JSON. docs/api.md describes the methods.`

	PauseShort  = "Pause transfers in the background"
	ResumeShort = "Go on with paused transfers in the background"
	CancelShort = "Cancel transfers in the background and delete what they have"
)

// ActLong is the help of haul pause, resume and cancel.
func ActLong(short string) string {
	return short + `.
An identifier is a number that haul ls shows, or SESSION/NUMBER for a transfer
that another program has made. --all is about all of haul's own.`
}

// Of the configuration, the keys and the looks.
const (
	ConfigShort = "Show the configuration, each value with where it is from"
	ConfigLong  = `haul config prints the configuration that holds, as TOML. A comment behind each
value says where it is from: a flag, a variable of the environment, a line of the
file, or the default. Flags go before variables, those before the file, that
before the defaults. The output can serve as a file, but for passwords in URLs of
proxies, which it leaves out.`
	ConfigCheckShort = "Look for mistakes in the configuration file"
	ConfigCheckLong  = `haul config check reads the configuration file, or FILE, and the themes, and
tells every mistake with its line and column. It ends with code 2 if there is one.
It also notes what is no mistake but hard to read (the contrast of a theme) or has
no effect (a variable that does not exist).`
	ConfigPathShort = "Show where haul looks for the configuration file"

	KeysShort = "Show the keys: every action, its name and its keys"
	KeysLong  = `haul keys lists every action by its name in the configuration file, with its keys
in the list, in the details, in dialogs and in text fields. It marks the actions
with keys of yours. To give an action other keys, write them into the configuration
file (haul config path says where it is):

  [keys.list]
  pause = ["f5", "ctrl+p"]   # in place of the default keys
  add = []                   # no key at all

The keys of a context must differ; esc, ? and ctrl+c stay in any case, and so does
one key to quit.`
	KeysInTheList    = "Keys in the list"
	KeysInTheDetails = "Keys in the details"

	ThemesShort = "Show the themes, each in its colours"
	ThemesLong  = `haul themes shows every theme in its own colours, as far as the terminal has
them, and marks the one in use. Choose with --theme NAME, with T in the monitor,
or for good in the configuration file:

  [interface]
  theme = "soft"                             # or
  theme = "auto:soft,contrast-light"         # on dark and on light backgrounds

Themes of yours are TOML files in the folder themes beside the configuration file:

  background = "dark"     # what it is for
  inherits = "soft"       # where the rest is from

  [roles]
  accent = { color = "#5fafff", ansi = "bright-blue", style = ["bold"] }

The roles are text, subtle, faint, accent, ok, warn, error, attention, select-bg,
select-fg, border and bar. haul tells which roles have too little contrast to read.`
)

// Of what haul keeps.
const (
	CredentialsShort       = "Show or remove the passwords that haul keeps"
	CredentialsListShort   = "Show what haul keeps, and where, but for the secrets"
	CredentialsRemoveShort = "Remove what haul keeps for a host"
	CredentialsRemoveLong  = `haul credentials rm removes the passwords and tokens that haul keeps for a HOST, or
for HOST:PORT alone; with --all every one. It leaves alone what a netrc file or a
command of yours has.`

	TrustShort = "List and take back the servers that you accepted for good, and the hosts that want https only"
	TrustLong  = `haul asks about a server whose certificate it cannot verify. Once you accept one
for good, it does not ask again as long as the server shows the same certificate.
A host can say that it wants https only (HSTS): haul loads http URLs of it as https
then, and makes no exception for its certificate. haul trust ls lists both, haul
trust rm takes back or forgets one.`
	TrustListShort   = "List the servers accepted for good and the hosts that want https only"
	TrustRemoveShort = "Take servers back; without a port, forget that the host wants https only too"
)
