package session

import "fmt"

// Code is a URL Loading System error code.
type Code int

// The codes, with their numbers in the URL Loading System.
const (
	Unknown                                Code = -1
	BackgroundSessionInUseByAnotherProcess Code = -996
	BackgroundSessionWasDisconnected       Code = -997
	Cancelled                              Code = -999
	BadURL                                 Code = -1000
	TimedOut                               Code = -1001
	UnsupportedURL                         Code = -1002
	CannotFindHost                         Code = -1003
	CannotConnectToHost                    Code = -1004
	NetworkConnectionLost                  Code = -1005
	DNSLookupFailed                        Code = -1006
	HTTPTooManyRedirects                   Code = -1007
	ResourceUnavailable                    Code = -1008
	NotConnectedToInternet                 Code = -1009
	RedirectToNonExistentLocation          Code = -1010
	BadServerResponse                      Code = -1011
	UserAuthenticationRequired             Code = -1013
	CannotDecodeRawData                    Code = -1015
	CannotDecodeContentData                Code = -1016
	CannotParseResponse                    Code = -1017
	RequestBodyStreamExhausted             Code = -1021
	RequiresSecureConnection               Code = -1022
	FileDoesNotExist                       Code = -1100
	FileIsDirectory                        Code = -1101
	NoPermissionsToReadFile                Code = -1102
	DataLengthExceedsMaximum               Code = -1103
	SecureConnectionFailed                 Code = -1200
	ServerCertificateHasBadDate            Code = -1201
	ServerCertificateUntrusted             Code = -1202
	ServerCertificateHasUnknownRoot        Code = -1203
	ServerCertificateNotYetValid           Code = -1204
	ClientCertificateRejected              Code = -1205
	ClientCertificateRequired              Code = -1206
	CannotCreateFile                       Code = -3000
	CannotOpenFile                         Code = -3001
	CannotCloseFile                        Code = -3002
	CannotWriteToFile                      Code = -3003
	CannotRemoveFile                       Code = -3004
	CannotMoveFile                         Code = -3005
	DownloadDecodingFailedMidStream        Code = -3006
	DownloadDecodingFailedToComplete       Code = -3007
)

// String is the code's name: "NetworkConnectionLost".
func (c Code) String() string {
	if d, ok := describe(c); ok {
		return d.name
	}
	return fmt.Sprintf("Code(%d)", int(c))
}

// Error makes a code a target for errors.Is: errors.Is(err, session.Cancelled).
func (c Code) Error() string { return c.String() }

// codeText is a code's name and what it says in a sentence.
type codeText struct{ name, text string }

// describe is a switch, not a map, because a package has no mutable state.
func describe(c Code) (codeText, bool) {
	switch c {
	case Unknown:
		return codeText{"Unknown", "unknown error"}, true
	case BackgroundSessionInUseByAnotherProcess:
		return codeText{"BackgroundSessionInUseByAnotherProcess", "the background session is in use by another process"}, true
	case BackgroundSessionWasDisconnected:
		return codeText{"BackgroundSessionWasDisconnected", "the connection to the agent was lost"}, true
	case Cancelled:
		return codeText{"Cancelled", "cancelled"}, true
	case BadURL:
		return codeText{"BadURL", "bad URL"}, true
	case TimedOut:
		return codeText{"TimedOut", "timed out"}, true
	case UnsupportedURL:
		return codeText{"UnsupportedURL", "unsupported URL"}, true
	case CannotFindHost:
		return codeText{"CannotFindHost", "no host with that name was found"}, true
	case CannotConnectToHost:
		return codeText{"CannotConnectToHost", "could not connect to the host"}, true
	case NetworkConnectionLost:
		return codeText{"NetworkConnectionLost", "the network connection was lost"}, true
	case DNSLookupFailed:
		return codeText{"DNSLookupFailed", "the name could not be looked up"}, true
	case HTTPTooManyRedirects:
		return codeText{"HTTPTooManyRedirects", "too many HTTP redirects"}, true
	case ResourceUnavailable:
		return codeText{"ResourceUnavailable", "resource unavailable"}, true
	case NotConnectedToInternet:
		return codeText{"NotConnectedToInternet", "no network connection"}, true
	case RedirectToNonExistentLocation:
		return codeText{"RedirectToNonExistentLocation", "redirected to a location that is no URL"}, true
	case BadServerResponse:
		return codeText{"BadServerResponse", "bad response from the server"}, true
	case UserAuthenticationRequired:
		return codeText{"UserAuthenticationRequired", "authentication required"}, true
	case CannotDecodeRawData:
		return codeText{"CannotDecodeRawData", "the content coding could not be decoded"}, true
	case CannotDecodeContentData:
		return codeText{"CannotDecodeContentData", "the content could not be decoded"}, true
	case CannotParseResponse:
		return codeText{"CannotParseResponse", "the response could not be parsed"}, true
	case RequestBodyStreamExhausted:
		return codeText{"RequestBodyStreamExhausted", "the request body could not be read"}, true
	case RequiresSecureConnection:
		return codeText{"RequiresSecureConnection", "a secure connection is required"}, true
	case FileDoesNotExist:
		return codeText{"FileDoesNotExist", "the file does not exist"}, true
	case FileIsDirectory:
		return codeText{"FileIsDirectory", "the file is a directory"}, true
	case NoPermissionsToReadFile:
		return codeText{"NoPermissionsToReadFile", "no permission to read the file"}, true
	case DataLengthExceedsMaximum:
		return codeText{"DataLengthExceedsMaximum", "resource exceeds maximum size"}, true
	case SecureConnectionFailed:
		return codeText{"SecureConnectionFailed", "a secure connection could not be made"}, true
	case ServerCertificateHasBadDate:
		return codeText{"ServerCertificateHasBadDate", "the server's certificate has expired"}, true
	case ServerCertificateUntrusted:
		return codeText{"ServerCertificateUntrusted", "the server's certificate is not trusted"}, true
	case ServerCertificateHasUnknownRoot:
		return codeText{"ServerCertificateHasUnknownRoot", "the server's certificate has an unknown root"}, true
	case ServerCertificateNotYetValid:
		return codeText{"ServerCertificateNotYetValid", "the server's certificate is not valid yet"}, true
	case ClientCertificateRejected:
		return codeText{"ClientCertificateRejected", "the server rejected the client certificate"}, true
	case ClientCertificateRequired:
		return codeText{"ClientCertificateRequired", "the server requires a client certificate"}, true
	case CannotCreateFile:
		return codeText{"CannotCreateFile", "the file could not be created"}, true
	case CannotOpenFile:
		return codeText{"CannotOpenFile", "the file could not be opened"}, true
	case CannotCloseFile:
		return codeText{"CannotCloseFile", "the file could not be closed"}, true
	case CannotWriteToFile:
		return codeText{"CannotWriteToFile", "the file could not be written"}, true
	case CannotRemoveFile:
		return codeText{"CannotRemoveFile", "the file could not be removed"}, true
	case CannotMoveFile:
		return codeText{"CannotMoveFile", "the file could not be moved"}, true
	case DownloadDecodingFailedMidStream:
		return codeText{"DownloadDecodingFailedMidStream", "decoding failed within the download"}, true
	case DownloadDecodingFailedToComplete:
		return codeText{"DownloadDecodingFailedToComplete", "decoding failed at the end of the download"}, true
	}
	return codeText{}, false
}
