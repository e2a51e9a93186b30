package session

// Code is a URL Loading System error code.
type Code int

// The codes, with their numbers in the URL Loading System.
const (
	Unknown                          Code = -1
	Cancelled                        Code = -999
	BadURL                           Code = -1000
	TimedOut                         Code = -1001
	UnsupportedURL                   Code = -1002
	CannotFindHost                   Code = -1003
	CannotConnectToHost              Code = -1004
	NetworkConnectionLost            Code = -1005
	DNSLookupFailed                  Code = -1006
	HTTPTooManyRedirects             Code = -1007
	ResourceUnavailable              Code = -1008
	NotConnectedToInternet           Code = -1009
	RedirectToNonExistentLocation    Code = -1010
	BadServerResponse                Code = -1011
	UserAuthenticationRequired       Code = -1013
	CannotDecodeRawData              Code = -1015
	CannotDecodeContentData          Code = -1016
	CannotParseResponse              Code = -1017
	RequestBodyStreamExhausted       Code = -1021
	FileDoesNotExist                 Code = -1100
	FileIsDirectory                  Code = -1101
	NoPermissionsToReadFile          Code = -1102
	DataLengthExceedsMaximum         Code = -1103
	SecureConnectionFailed           Code = -1200
	ServerCertificateHasBadDate      Code = -1201
	ServerCertificateUntrusted       Code = -1202
	ServerCertificateHasUnknownRoot  Code = -1203
	ServerCertificateNotYetValid     Code = -1204
	ClientCertificateRejected        Code = -1205
	ClientCertificateRequired        Code = -1206
	CannotCreateFile                 Code = -3000
	CannotOpenFile                   Code = -3001
	CannotCloseFile                  Code = -3002
	CannotWriteToFile                Code = -3003
	CannotRemoveFile                 Code = -3004
	CannotMoveFile                   Code = -3005
	DownloadDecodingFailedMidStream  Code = -3006
	DownloadDecodingFailedToComplete Code = -3007
)

// String is the code's name: "NetworkConnectionLost".
func (c Code) String() string { panic("contract") }

// Error makes a code a target for errors.Is: errors.Is(err, session.Cancelled).
func (c Code) Error() string { return c.String() }

// Error is the error of a task. HTTP statuses are never errors (guide step 13).
// errors.Is matches it with its Code.
type Error struct {
	Code Code
	// URL is the failing URL, redacted.
	URL string
	// Resource tells that a TimedOut is the resource timeout.
	Resource bool
	// Resume is the resume data of a download that can go on, or nil.
	Resume ResumeData
	// Err is the cause, or nil.
	Err error
}

func (e *Error) Error() string { panic("contract") }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the error's code.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}
