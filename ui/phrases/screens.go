package phrases

// Of the screens: actions.
const (
	WillBeThrownAwayAndFetchedAgain = " will be thrown away and fetched again."
	YesStartAgain                   = "Yes, start again"
	CannotBeResumedBeginAnew        = "They cannot be resumed, and begin anew in the background:"
	AskGoOnInTheBackground          = "Go on in the background?"
	BeginAnewThere                  = "Begin anew there"
)

// Of the screens: add.
const (
	AlreadyInTheList        = "Already in the list"
	DownloadItOnceMore      = "Download it once more"
	SomeAreInTheListAlready = "%d are in the list already"
	ShowTheFirst            = "Show the first"
	DownloadThemOnceMore    = "Download them once more"
	OneIsInTheListAlready   = "1 is in the list already"
	OnceMoreMeansBeside     = "Once more means beside it, under another file name."
	AddTheOther             = "Add the other %d"
)

// Of the screens: detail.
const (
	ThisTransferWasTakenOffTheList = "This transfer was taken off the list."
)

// Of the screens: detailall.
const (
	TheServerWasAcceptedWithoutBeingVerified = "The server was accepted without being verified."
	OfTheLatestAttempt                       = "of the latest attempt"
	MapLegend                                = "CAPITALS are here, small letters to come"
	NoEventsYet                              = "no events yet"
)

// Of the screens: empty.
const (
	NothingToTransferYet = "Nothing to transfer yet."
	AddAURL              = "add a URL"
	FromTheShell         = "From the shell:   haul https://example.org/file.iso"
	FromAList            = "                  haul -i urls.txt --paused"
)

// Of the screens: failure.
const (
	BytesAreKept                      = "The bytes at hand are kept. A fresh URL has to lead to the same file."
	ErrorPagesAreNotKept              = "An error page is not put where the file should be."
	FromTheBeginningNothingIsThereYet = "from the beginning; nothing is there yet"
	CannotContinue                    = "no, the server cannot resume: it starts again from 0"
)

// Of the screens: find.
const (
	TypeWhatToFindOnThisScreen = "type what to find on this screen"
	TheNextOrBack              = "; {press}: the next, {back}: back"
)

// Of the screens: keys.
const (
	LongLinesWrapped = "long lines: wrapped"
	LongLinesCut     = "long lines: cut"
	FollowOn         = "follow: on; the newest event stays in sight"
)

// Of the screens: list.
const (
	ClearTheFilterOrShowAll = "{back} clears the filter, {view-all} shows all."
)

// Of the screens: notify.
const (
	NoSuchNotification  = "notifications: there is no %q: use never, unfocused or always"
	TransferIsDone      = "transfer is done"
	TransfersAreDone    = "transfers are done"
	TransferHasFailed   = "transfer has failed"
	TransfersHaveFailed = "transfers have failed"
)

// Of the screens: pane.
const (
	BackToTheList          = " back to the list"
	InTheQueue             = " in the queue"
	NoResponseYet          = "no response yet"
	PartialRenamedWhenDone = "   (partial; renamed when done)"
	SentNotStored          = "sent, not stored"
)

// Of the screens: question.
const (
	YouMeanItsCertificateIsNotTrusted = " you mean? Its certificate is not trusted"
	TheCertificateOf                  = "the certificate of "
	IsNotTrusted                      = " is not trusted"
	ToAnotherAddress                  = " to another address"
	ToAnotherHost                     = " to another host"
	ToAnUnencryptedAddress            = " to an unencrypted address"
	SendsTheUploadOf                  = " sends the upload of "
	WantsAClientCertificate           = " wants a client certificate"
	WantsAPassword                    = " wants a password"
	WantsAUserNameAndPassword         = " wants a user name and password ("
	WantsAUserNameAndPasswordForOne   = " wants a user name and password (1 transfer waits)"
)

// Of the screens: sections.
const (
	NoBytesYet      = "no bytes yet"
	HowItEnded      = "HOW IT ENDED"
	NoConnectionYet = "no connection yet"
)

// Of the screens: strips.
const (
	KeepTheFilter = "keep the filter"
)

// Of the screens: waterfall.
const (
	NoTransactionYet            = "no transaction yet"
	OverAConnectionThatWasThere = "over a connection that was there"
)
