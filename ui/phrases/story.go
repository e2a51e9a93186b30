package phrases

import (
	"strconv"
	"strings"
	"time"

	"haul/model"
)

// Story says what happened to a transfer that failed: what stands before and
// after the name of its host, which is a stranger's word. The codes are named,
// because the packages that define them are not this one's to know.
func Story(d *model.Detail) (before, after string) {
	switch d.State {
	case model.Refused:
		return "", " refused: it answered " + status(d)
	case model.Expired:
		return "The link has expired: ", " answers " + status(d) + " now"
	case model.Mismatch:
		return "The file from ", " is complete, but its checksum differs; it is kept aside"
	}
	if d.Code == 0 {
		return "The transfer from ", " failed"
	}
	switch d.Code.String() {
	case "NetworkConnectionLost":
		return "The connection to ", " was lost"
	case "TimedOut":
		return "", " did not answer in time"
	case "CannotFindHost", "DNSLookupFailed":
		return "There is no host with the name ", ""
	case "CannotConnectToHost":
		return "", " takes no connections"
	case "NotConnectedToInternet":
		return "There is no network to reach ", ""
	case "HTTPTooManyRedirects":
		return "", " redirects without end"
	case "BadServerResponse", "CannotParseResponse":
		return "", " sent what is no answer"
	case "SecureConnectionFailed", "ServerCertificateUntrusted", "ServerCertificateHasUnknownRoot",
		"ServerCertificateHasBadDate", "ServerCertificateNotYetValid":
		return "There is no secure connection to ", ""
	case "CannotCreateFile", "CannotOpenFile", "CannotWriteToFile", "CannotMoveFile", "CannotCloseFile":
		return "What came from ", " could not be written to disk"
	}
	return "The transfer from ", " failed"
}

// OthersReachable says that a failure is not the network's.
const OthersReachable = "Other hosts are reachable."

// Waits says how long the waits before retries were: "waits: 1, 2, 4 s".
func Waits(all []time.Duration) string {
	words := make([]string, len(all))
	for i, wait := range all {
		words[i] = strconv.Itoa(int(max(wait.Round(time.Second), time.Second) / time.Second))
	}
	return "waits: " + strings.Join(words, ", ") + " s"
}

// status is the number of the status: what the server says besides it
// does not stand among our own words.
func status(d *model.Detail) string {
	if d.Row.Status == 0 {
		return "with an error"
	}
	return strconv.Itoa(d.Row.Status)
}
