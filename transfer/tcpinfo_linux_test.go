package transfer

import (
	"crypto/tls"
	"net/http"
	"strconv"
	"testing"
)

// TestWhatTheSystemKnowsOfAConnectionIsTold: under TLS too, without harm to
// what comes, and not once it is closed. That the count rises takes a link that
// loses packets: internal/bench/peers has one.
func TestWhatTheSystemKnowsOfAConnectionIsTold(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) { w.Write(noise(1 << 20)) }
	for _, secure := range []bool{false, true} {
		t.Run("TLS "+strconv.FormatBool(secure), func(t *testing.T) {
			var cfg Config
			s := serve(t, handler)
			if secure {
				s, cfg.TLS = serveTLS(t, true, handler)
			}
			x := do(t, newClient(t, cfg), Request{HTTP: get(t, s.URL)})
			conn, sealed := tcpOf(x.trace.connection())
			if conn == nil || sealed != secure {
				t.Fatalf("connection %v, sealed %t", conn, sealed)
			}
			if x.RoundTrip() <= 0 {
				t.Error("the system does not tell the round trip")
			}
			before := x.OutOfOrder()
			body := readAll(t, x)
			if n := x.OutOfOrder(); n < before || n > 1<<20 || len(body) != 1<<20 {
				t.Errorf("%d, then %d packets out of order, %d bytes", before, n, len(body))
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			if n, trip := x.OutOfOrder(), x.RoundTrip(); n != 0 || trip != 0 {
				t.Errorf("%d packets out of order, round trip %v of a closed connection", n, trip)
			}
		})
	}
}

// tcpOf looks through TLS, and knows no connections of an app's own.
func TestOnlyTheSystemsConnectionsAreLookedInto(t *testing.T) {
	a, _ := tcpOf(tls.Client(nil, nil))
	b, sealed := tcpOf(nil)
	if a != nil || b != nil || sealed {
		t.Error("found one where there is none")
	}
}
