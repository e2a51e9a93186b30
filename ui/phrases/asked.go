package phrases

// What plain mode asks, line by line, and the choices that it gives.
const (
	TypeNumberOrWord = "1-%d: type a number, or its word."
	PutOff           = "Put off: answer asks it again."
	PutOffForGood    = "Put off: this run does not ask it again."
	ForTransfer      = "For: %s"
	TheReason        = "The reason: %s."

	ChoiceCancel      = "cancel the transfer"
	ChoiceLater       = "not now"
	ChoiceTrust       = "trust this key until %s ends"
	ChoiceKeepTrust   = "trust this key for good"
	ChoiceRefuse      = "do not follow: the redirect's own body is the result"
	ChoiceFollow      = "follow once"
	ChoiceAlways      = "always follow to this host"
	ChoiceOtherFile   = "show what is in another file"
	ChoiceNoIdentity  = "go on without one"
	ChoiceGive        = "type them now; what is typed is no command then"
	ChoiceWithout     = "go on without"
	AskUser           = "User"
	AskPassword       = "Password"
	AskToken          = "Token"
	AskFilePassword   = "Password of the file, if it has one"
	AskFile           = "File, PEM or PKCS#12 [%s]"
	AskKeyFile        = "File of the key, if it is not in the same [%s]"
	AskHowLong        = "How long is it kept? once: for this transfer only; session: until %s ends."
	Haul              = "haul"
	TheAgent          = "the agent"
	AskHowLongForGood = "keep: for good, in %s."
	AskWhich          = "Type one of these words [session]"
	AskTrustWord      = "Type trust to accept it"
	AskShowWord       = "Type show to show it to %s"
)

// Of passwords and tokens.
const (
	ThePassword         = "password"
	TheToken            = "token"
	AUserAndPassword    = "a user name and password"
	AsksFor             = "%s asks for %s (%s)."
	ServersWords        = "It says: %q (the server's words)."
	RefusedSoFar        = "The last answer was refused; refused %d so far."
	EverybodyOnTheWay   = "Warning: the connection is not encrypted, and everybody on the way can read the %s."
	TheProxyAtTheOutset = "The proxy %s"
)

// Of client certificates.
const (
	AsksForIdentity  = "%s asks for a client certificate."
	TakesThoseOf     = "It takes those signed by: %q (the server's words)."
	CannotShowOne    = "Cannot be shown, because %s: %s."
	UnfitIdentities  = "At hand, but not of these issuers, or not to be read: %d."
	LockedFile       = "what is in %s, which is locked"
	IdentityTold     = "%q signed by %q, valid %s until %s, in %s"
	LockedKey        = "%s, whose key is locked"
	IdentityWithHash = "%s, SHA-256 %X"
)

// Of servers that cannot be verified, and of redirects.
const (
	NotVerifiedBecause = "The certificate of %s could not be verified: %s."
	WarnsOfAnotherKey  = "Warning: this is not the key that was accepted for this server before."
	WarnsOfAChangedKey = "It has changed since it was accepted for good: somebody may be in between."
	NotForGood         = ItCannotBeAcceptedForGood + "%s."
	Fingerprint        = "SHA-256: %X"
	NothingSentYet     = "Nothing was sent yet."
	AnsweredAs         = ItAnsweredAs + ": %s"
	NamesOf            = "Names: %s"
	ValidUntil         = "Valid: %s until %s"
	RedirectStep       = "Redirect %d, step %d of at most %d."
	RedirectFrom       = "From: %s %s"
	RedirectTo         = "To:   %s %s"
	WarnsOfLeavingTLS  = "Warning: it leaves encryption."
	NotSentThere       = "Not sent there: %s."
)
