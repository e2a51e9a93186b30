//go:build linux

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a running nginx.
type server struct {
	host            string
	httpPort, https int
	log             string // its access log: one line for each request, the body's bytes sent
	cmd             *exec.Cmd
	ended           chan struct{}
	link            *link // nil: loopback
}

// patience bounds the wait for the server to answer, and to end.
const patience = 20 * time.Second

// startServer starts nginx for a workload, at the far end of its link if it has
// one.
func (b *bench) startServer(w workload) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, "nginx-")
	if err != nil {
		return nil, err
	}
	s := &server{host: "127.0.0.1", log: filepath.Join(dir, "access.log"), ended: make(chan struct{})}
	if w.link != nil {
		s.host = farAddress
	}
	ports, err := freePorts()
	if err != nil {
		return nil, err
	}
	s.httpPort, s.https = ports[0], ports[1]
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(s.configuration(b, dir, w)), 0o600); err != nil {
		return nil, err
	}
	s.cmd = exec.Command(b.nginx, "-p", dir, "-c", conf, "-e", filepath.Join(dir, "error.log"))
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if w.link != nil {
		s.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	}
	var said strings.Builder
	s.cmd.Stderr = &said
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		// How it ended does not matter: it was told to, or does not answer.
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	if w.link != nil {
		if s.link, err = connectFar(s.cmd.Process.Pid, *w.link); err != nil {
			return nil, errors.Join(err, s.stop())
		}
	}
	if err := s.awaitAnswer(); err != nil {
		err = fmt.Errorf("nginx does not answer: %w\n%s", err, said.String())
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// configuration is nginx.conf: one worker, with Debian's defaults for the rest.
func (s *server) configuration(b *bench, dir string, w workload) string {
	var c strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&c, format+"\n", args...) }
	if os.Geteuid() == 0 {
		line("user root;") // the worker has to read the files
	}
	line("worker_processes 1; daemon off; pid %q;", filepath.Join(dir, "pid"))
	line("events { worker_connections 512; }")
	line("http {")
	line("log_format sent '$body_bytes_sent';")
	if w.interrupted {
		line("access_log %q sent;", s.log)
	} else {
		line("access_log off;")
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		line("%s_temp_path %q;", kind, filepath.Join(dir, kind))
	}
	line("sendfile on; tcp_nopush on; default_type application/octet-stream;")
	line("server {")
	line("listen %d; listen %d ssl http2;", s.httpPort, s.https)
	line("ssl_certificate %q; ssl_certificate_key %q;", b.certificate, b.key)
	line("root %q;", b.root)
	// The locations are the same files by other names.
	line("location /limited/ { limit_rate 4000000; }")
	line("location /half/ { limit_rate 32000000; }")
	line("}\n}")
	return c.String()
}

func (s *server) base(tls bool) string {
	if tls {
		return fmt.Sprintf("https://%s:%d", s.host, s.https)
	}
	return fmt.Sprintf("http://%s:%d", s.host, s.httpPort)
}

func (s *server) awaitAnswer() error {
	timeout := time.After(patience)
	for {
		var err error
		for _, port := range []int{s.httpPort, s.https} {
			c, dialErr := net.DialTimeout("tcp", net.JoinHostPort(s.host, strconv.Itoa(port)), time.Second)
			if dialErr == nil {
				dialErr = c.Close()
			}
			err = errors.Join(err, dialErr)
		}
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return errors.New("it ended by itself")
		case <-timeout:
			return err
		case <-time.After(5 * time.Millisecond): // another process: nothing else to wait on
		}
	}
}

// sent is how many bytes of bodies the log names.
func (s *server) sent() (int64, error) {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return 0, err
	}
	var sum int64
	for line := range strings.Lines(string(text)) {
		n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// stop ends the server and its link.
func (s *server) stop() error {
	// An error means that it has ended.
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	var err error
	select {
	case <-s.ended:
	case <-time.After(patience):
		err = errors.Join(errors.New("nginx had to be killed"), s.cmd.Process.Kill())
		<-s.ended
	}
	if s.link != nil {
		err = errors.Join(err, s.link.close())
	}
	return err
}

// freePorts returns two ports that nobody listens on just now.
func freePorts() ([]int, error) {
	var ports []int
	for range 2 {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only then, so that no port comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// makeCertificate makes a certificate for both addresses that vouches for itself.
func makeCertificate(certificate, key string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "haul benchmark"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 2),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(farAddress)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600),
	)
}
