package phrases

// Of the dialogs: add.
const (
	OneURLALine                  = "   (one URL a line)"
	URLsPasteWorks               = "URLs, one a line (paste works; nothing starts before Start)"
	URLsOneALine                 = "URLs, one a line"
	NowhereItIsShownAndForgotten = "(nowhere: it is shown and forgotten)"
	DataShowInHaul               = "data, show in haul"
	UploadAFile                  = "upload a file"
	ChecksumHeaderField          = "checksum, header field: "
	OnlyForASingleURL            = "(only for a single URL)"
	HeaderFieldIsWritten         = "a header field is written as Name: value"
)

// Of the dialogs: certificate.
const (
	NotValidYet          = "not valid yet"
	SaysItIs             = "Says it is"
	AcceptedByTheSystem  = "accepted by the system"
	NotForThisHost       = "not for this host"
	ExpiredOrNotValidYet = "expired, or not valid yet"
)

// Of the dialogs: confirm.
const (
	YesCancelIt                       = "Yes, cancel it"
	ThrownAwayPauseInstead            = "%s will be thrown away. Pause %s instead?"
	OneFinishedFileWillBeDeleted      = "1 finished file will be deleted."
	FinishedFilesWillBeDeleted        = "%d finished files will be deleted."
	OfUnfinishedFilesWillBeThrownAway = " of unfinished files will be thrown away."
	StillActiveCancelledFirst         = "%d of %d still active: cancelled first."
	DeletedFilesCannotBeBroughtBack   = "Deleted files cannot be brought back."
	AndDeleteThe                      = " and delete the "
	OnAButton                         = "on a button"
)

// Of the dialogs: help.
const (
	HelpTitle               = "Help  (keys of the %s; other screens show their own)"
	FindAKey                = "find a key"
	WaitsToRetry            = " waits to retry"
	FailedInAnyWay          = " failed, refused, mismatch, cancelled"
	PausingOrCancelling     = " pausing, cancelling"
	BesideAStateNotVerified = " beside a state: the server is not verified"
	AboveTheListQuestions   = " above the list: questions"
	MoreOrLessUrgent        = " more, less urgent"
	SortedByThisColumn      = " sorted by this column"
	MappedKeysAreShown      = "keys that you have mapped are shown with a "
	HaulHelpListsTheFlags   = "   haul --help lists the flags"
	NoKeyDoesThatHere       = " no key does that here"
)

// Of the dialogs: identity.
const (
	TypeTheFileOfTheCertificateFirst = "Type the file of the certificate first."
	ItCannotBeShown                  = "It cannot be shown: "
	TypeThePasswordOfTheFileFirst    = "Type the password of the file first."
	AsksForAClientCertificate        = " asks for a client certificate"
	CertificateFileKinds             = "PEM, with its key in it or in a file of its own, or PKCS#12"
	NoneGoOnWithout                  = "None: go on without"
	OneOtherCertificate              = "1 other at hand is not of these issuers, or cannot be read."
	OtherCertificates                = "%d others at hand are not of these issuers, or cannot be read."
	ToldWhenUnlocked                 = "What is in it can be told when it is unlocked."
)

// Of the dialogs: limit.
const (
	LimitAtOnce  = "limit at once"
	LimitTheRate = "Limit the rate"
	RateHelp     = " bytes a second: 500k, 2M; empty is none"
	NoLimitHolds = "No limit holds. Limits of a transfer, its host and everything hold together."
)

// Of the dialogs: password.
const (
	TypeTheTokenFirst            = "Type the token first."
	TypeAUserNameAndAPassword    = "Type a user name and a password first."
	ThereIsNoPassword            = "There is no password."
	DecideLaterItKeepsWaiting    = "decide later (it keeps waiting)"
	TextFromTheServerNotFromHaul = "(text from the server, not from haul)"
	LaterOnesGetTheSameAnswer    = "   (later ones get the same answer)"
	TextFromTheServer            = "(text from the server)"
	OnlyThisTransfer             = "only this transfer"
	OnlyForThisTransfer          = "only for this transfer"
	UntilIQuit                   = "until I quit"
	InTheAgent                   = "in the agent"
	SkipGoOnWithout              = "Skip: go on without"
	OnceTheServerHasTakenIt      = ", once the server has taken it."
	EverybodyCanReadThis         = "Everybody on the way can read this %s: %s without encryption."
	UserForms                    = "the user is name@DOMAIN, DOMAIN\\name or a name alone"
)

// Of the dialogs: quit.
const (
	PauseAndQuit        = "Pause and quit"
	KeepRunningHere     = "Keep running here"
	GoOnInTheBackground = "Go on in the background"
	NothingRunsAnyMore  = "Nothing runs any more."
	NotDoneYet          = "%d not done yet."
	PausedGoOnLater     = "Paused transfers go on where they are when haul starts again."
	NothingIsKeptOfThem = "What is not done is thrown away: this run keeps nothing for a later one."
	QuitAndLose         = "Quit, lose %d that cannot resume"
	SomeCannotResume    = "%d of them cannot resume: the bytes fetched so far are lost when haul ends."
)

// Of the dialogs: redirect.
const (
	TypeAURLFirst          = "Type a URL first."
	FollowThisRedirect     = "Follow this redirect?"
	ItLeavesEncryption     = "it leaves encryption"
	ItIsAnotherHost        = "it is another host"
	YouWantToBeAsked       = "you want to be asked"
	StepOfAtMost           = "%s, step %d of at most %d, for "
	AlwaysForThisHost      = "Always for this host"
	DontFollowMeans        = "Don't follow: the %d itself becomes the result of the transfer."
	LeavesEncryption       = "leaves encryption: https -> http"
	BodyIsSentAgain        = "%d keeps %s: the body (%s) is sent again"
	AnotherProtocolOrPort  = "another protocol or port"
	NoHeaderHasToBeLeftOut = ": no header has to be left out"
	NoCredentialsSent      = ", no credentials sent"
	AreNotSentThere        = " are not sent there"
)

// Of the dialogs: rename.
const (
	AnotherFileName     = "Another file name"
	PartialKeepsItsName = "The partial file keeps its name until the download is complete."
)

// Of the dialogs: renew.
const (
	GoOnWithThisURL        = "go on with this URL"
	AFreshURLFor           = "A fresh URL for "
	TheServerAnswered      = "the server answered %d"
	IfItIsTheSameFileThere = ", if it is the same file there"
)

// Of the dialogs: trust.
const (
	DoYouTrustThisServer             = "Do you trust this server?  "
	DoYouTrustThisProxy              = "Do you trust this proxy?  "
	WithTheWordAccept                = "with the word = accept"
	TrustTheProxy                    = "Trust the proxy "
	TheCertificateCouldNotBeVerified = "The certificate could not be verified:"
	NothingWasSentAndClosed          = "Nothing was sent yet. The connection was closed and is opened again only if you accept."
	ToAcceptThisKeyFor               = "To accept this key for "
	NothingWasSentYet                = "        Nothing was sent yet."
	ToAcceptIt                       = "To accept it"
	TypeTrustToAccept                = "type trust to accept  "
	NotTheKeyAcceptedBefore          = " not the key accepted before"
	NeverSeenBefore                  = "never seen before"
	NoCertificateNoTrust             = "The server has shown no certificate. It cannot be accepted."
	AcceptedByTheSystemButAsked      = "It was accepted by the system, but you are asked anyway."
	NotTheKeyOfBefore                = "This is not the key that was accepted for this server before."
	TheKeyHasChanged                 = "The key has CHANGED since it was accepted for good. Somebody may be in between."
	ItCannotBeAcceptedForGood        = "It cannot be accepted for good: "
	YouAskedFor                      = "You asked for"
	ItAnsweredAs                     = "It answered as"
	YesAcceptedByYou                 = "yes, accepted by you"
	ThatIsNotTheWord                 = "That is not the word."
	UntilYouQuit                     = " until you quit"
	TheServerHasShownNoCertificate   = "The server has shown no certificate."
)

// Of the dialogs: urls.
const (
	TheSameAsLine    = "the same as line %d"
	InTheListAlready = "in the list already; what to do is asked at the start"
	MoreWereLeftOut  = "%d more were left out; put them into a file for haul -i"
	TheFileName      = "as "
	FromCurlWith     = "from curl, with "
)
