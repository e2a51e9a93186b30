package transfer

import (
	"crypto/tls"
	"errors"
	"net"
	"reflect"
)

// Alert is the alert of TLS (RFC 8446 section 6) that the server sent, if err is
// about one. crypto/tls has a type for those that come over QUIC; over TCP it is
// an unexported number in a *net.OpError.
func Alert(err error) (alert uint8, ok bool) {
	var quic tls.AlertError
	if errors.As(err, &quic) {
		return uint8(quic), true
	}
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
		return uint8(v.Uint()), true
	}
	return 0, false
}

// noApplicationProtocol is the alert of a server that speaks none of the
// protocols that it was offered (RFC 7301 section 3.2).
const noApplicationProtocol = 120
