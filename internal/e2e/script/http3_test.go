package script

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/quic-go/quic-go/http3"
	"github.com/rogpeppe/go-internal/testscript"

	"haul/internal/demo"
)

// http3Size is the size in bytes of every file of http3Server.
const http3Size = 300_000

// http3Server starts a server that speaks HTTP/3 and nothing else. It sets
// HTTP3 to its origin and CA to a file with its certificate; every path is the
// same file of zeros:
//
//	http3-server
func http3Server(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: http3-server")
	}
	cert, err := demo.SelfSigned([]string{"localhost", "127.0.0.1"}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600))
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	ts.Check(err)
	server := &http3.Server{
		TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"zeros"`)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(make([]byte, http3Size)))
		}),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(conn) // it ends with the error that it was closed
	}()
	ts.Defer(func() {
		if err := server.Close(); err != nil {
			ts.Logf("closing the HTTP/3 server: %v", err)
		}
		_ = conn.Close() // nobody uses it any more
		<-ended
	})
	ts.Setenv("HTTP3", "https://"+conn.LocalAddr().String())
	ts.Setenv("CA", ts.MkAbs("ca.pem"))
}
