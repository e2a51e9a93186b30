package phrases

// What the flags do, as clauses for the list of flags. A name in backquotes
// stands for the flag's value there.

// What flags take that have no words of their own.
const (
	AWholeNumber = "a whole number"
	ADuration    = "a time like 90s or 24h"
	TrueOrFalse  = "true or false"
)

// Of what is transferred, from where and to where.
const (
	FlagOutput     = "write to `FILE` (one URL only)"
	FlagInput      = "read URLs from `FILE`, one a line; - is standard input"
	FlagDir        = "write into `DIR` (default: the current directory)"
	FlagForce      = "replace a file that exists"
	FlagMirror     = "fetch the file from `URL` as well (one file only; repeatable)"
	FlagChecksum   = "check the finished file against `ALGO:HEX` (md5, sha1, sha256, sha512)"
	FlagHeader     = "add a request field, `'Name: value'` (repeatable)"
	FlagRequest    = "upload with this `METHOD`"
	FlagPaused     = "add the transfers without starting them"
	FlagContinue   = "go on with what an earlier run left unfinished, without asking"
	FlagBackground = "hand the transfers to the agent, print their identifiers and return"
	FlagConfig     = "read the configuration from `FILE`"
)

// Of the network and of how much of it may be used.
const (
	FlagConnections    = "connections per file: auto for as many as pay, or a `NUMBER`"
	FlagMaxPerHost     = "make at most `NUMBER` connections to one host at once"
	FlagMaxRunning     = "run at most `NUMBER` transfers at once"
	FlagMaxRowsPerHost = "run at most `NUMBER` transfers from one host at once"
	FlagLimitRate      = "limit all transfers together to `RATE` bytes per second, like 500k or 2M"
	FlagRetry          = "try a failed transfer again up to `N` times"
	FlagRedirect       = "follow redirects by `POLICY`: ask-cross-host, follow, ask or never"
	FlagTimeout        = "give up when nothing moves for this `TIME`"
	FlagMaxTime        = "give up on a transfer after this `TIME` (default 7 days)"
	FlagKeepErrorBody  = "keep the body of a refusal beside the destination"
	FlagProxy          = "reach servers through the proxy at `URL` (http, https, socks5, socks5h), or direct for none"
	FlagNoProxy        = "reach the hosts of `LIST` without a proxy: names with all below them, addresses, networks; * for all"
	FlagHTTP1          = "keep to HTTP/1.1"
	FlagHTTP3          = "try HTTP/3 first for https URLs; over TCP where it does not get through"
)

// Of trust and authentication.
const (
	FlagUser      = "answer password challenges of the given URLs' hosts with `USER[:PASSWORD]`"
	FlagBearerEnv = "answer token challenges of the given URLs' hosts with the environment variable `NAME`"
	FlagKeytab    = "get Kerberos tickets with the key in `FILE` (default: KRB5_CLIENT_KTNAME)"
	FlagNetrc     = "take passwords from ~/.netrc"
	FlagNetrcFile = "take passwords from the netrc `FILE`"
	FlagCert      = "show the client certificate in `FILE` (PEM, PKCS#12 or a folder of them) to the given URLs' hosts that ask for one (repeatable)"
	FlagKey       = "read the key of the --cert before it from `FILE` (PEM)"
	FlagInsecure  = "accept every server certificate; each row says so"
	FlagTrust     = "accept the server certificate with this SHA-256 `FINGERPRINT` (repeatable)"
	FlagCACert    = "trust the certificate authorities in `FILE` (PEM) as well"
)

// Of what is shown.
const (
	FlagPlain    = "print plain lines even on a terminal, and take commands typed as words"
	FlagJSON     = "print one JSON object a line"
	FlagProgress = "print a progress line every `TIME`, like 10s; off for none"
	FlagTheme    = "colours of the theme `NAME`: auto, or one that haul themes lists"
	FlagColour   = "use colour `WHEN`: auto, always or never"
	FlagGlyphs   = "draw with the signs of `SET`: auto, unicode or ascii"
	FlagUnits    = "write sizes and rates in `UNITS`: si, iec or bytes"
	FlagNoMouse  = "leave the mouse to the terminal"
	FlagNoPane   = "start without the preview pane"
	FlagNoGraphs = "draw no curves of rates"
	FlagNotify   = "notify of ends, failures and questions `WHEN`: never, unfocused or always"
	FlagBell     = "ring the bell with every notification"
)

// Of single commands, and of all.
const (
	FlagHelp           = "show the help"
	FlagVersion        = "show the version"
	FlagNoDescriptions = "complete without saying what things are"
	FlagStopNow        = "end it while transfers are under way, too; they go on when it starts again"
	FlagWaitTimeout    = "wait no longer than this `TIME` (default: without a limit)"
	FlagLogFollow      = "go on until the transfer has ended"
	FlagActAll         = "all transfers of haul's own in the background"
	FlagHistoryHost    = "only from this `HOST`"
	FlagHistoryResult  = "only with this `END`: done, refused, failed or cancelled"
	FlagHistorySince   = "only what ended at this `TIME` or later"
	FlagHistoryUntil   = "only what ended at this `TIME` or before"
	FlagHistoryLimit   = "list no more than this `NUMBER` (default 1000)"
	FlagKeysMarkdown   = "print a table in Markdown"
	FlagCredentialsAll = "remove everything that haul keeps"
)
