package identity

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"haul/internal/testserver"
	"haul/session"
)

func write(t *testing.T, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice := ca.Issue(t, "alice", nil)
	cert, key := testserver.EncodePEM(t, alice)
	bundle, err := pkcs12.Modern.Encode(alice.PrivateKey, alice.Leaf, []*x509.Certificate{ca.Certificate}, "open sesame")
	if err != nil {
		t.Fatal(err)
	}
	open, err := pkcs12.Passwordless.Encode(alice.PrivateKey, alice.Leaf, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	locked := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
	for _, tt := range []struct {
		name, certificate, key, password string
		chain                            int    // 0: an error
		want                             string // its words
	}{
		{"one PEM file", write(t, cert, key), "", "", 1, ""},
		{"key first", write(t, key, cert), "", "", 1, ""},
		{"with its chain", write(t, cert, ca.PEM, key), "", "", 2, ""},
		{"two PEM files", write(t, cert), write(t, key), "", 1, ""},
		{"PKCS#12", write(t, bundle), "", "open sesame", 2, ""},
		{"PKCS#12 without a password", write(t, open), "", "", 1, ""},
		{"no password", write(t, bundle), "", "", 0, ErrLocked.Error()},
		{"wrong password", write(t, bundle), "", "sesame", 0, ErrPassword.Error()},
		{"PKCS#12 and a key", write(t, bundle), write(t, key), "", 0, "leave the file of the key out"},
		{"no key", write(t, cert), "", "", 0, "there is no key in"},
		{"no certificate", write(t, key), "", "", 0, "there is no certificate in"},
		{"locked key without a password", write(t, cert, locked), "", "", 0, ErrLocked.Error()},
		{"locked key of rubbish", write(t, cert, locked), "", "p", 0, "openssl pkcs8 -topk8"},
		{"rubbish", write(t, []byte("rubbish")), "", "", 0, "neither PEM nor PKCS#12"},
		{"a key of rubbish", write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})), "", "", 0, "cannot be read"},
		{"a certificate of rubbish", write(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})), "", "", 0, "cannot be read"},
		{"too large", write(t, make([]byte, maxFile+1)), "", "", 0, "too large"},
		{"absent", filepath.Join(t.TempDir(), "none"), "", "", 0, "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Load(tt.certificate, tt.key, tt.password)
			if tt.chain == 0 {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || len(got.Certificate) != tt.chain || session.CheckIdentity(got, time.Now()) != nil {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := Load(write(t, bundle), "", ""); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "")
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x03}, "p")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if cert, err := Load(path, "", password); err == nil && (len(cert.Certificate) == 0 || cert.PrivateKey == nil) {
			t.Error("a certificate without its parts")
		}
	})
}
