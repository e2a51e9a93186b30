package identity

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/session"
)

// The keys in testdata/locked were made by openssl and belong to nothing.
const password = "open-sesame"

func TestLockedKeysOfPEMAreOpenedWithTheirPassword(t *testing.T) {
	certificate := filepath.Join("testdata", "locked", "certificate.pem")
	files, err := filepath.Glob(filepath.Join("testdata", "locked", "*.pem"))
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, key := range files {
		name := strings.TrimSuffix(filepath.Base(key), ".pem")
		if name == "certificate" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for password, want := range map[string]error{"": ErrLocked, "sesame": ErrPassword} {
				if name == "pbes1" && want == ErrPassword {
					continue
				}
				cert, err := Load(certificate, key, password)
				if !errors.Is(err, want) || cert == nil || cert.PrivateKey != nil || cert.Leaf.Subject.CommonName != "alice" {
					t.Errorf("%q: %v, %v", password, cert, err)
				}
			}
			cert, err := Load(certificate, key, password)
			if name == "pbes1" { // its cipher was weak when PBES2 came, in 1999
				if cert != nil || err == nil || !strings.Contains(err.Error(), "openssl pkcs8 -topk8 -v2 aes-256-cbc") {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || session.CheckIdentity(cert, time.Now()) != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

// lockedDER is an example of a locked key to be spoilt.
func lockedDER(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "locked", name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	return block.Bytes
}

func TestAKeyThatWouldTakeForeverIsNotTried(t *testing.T) {
	for name, params := range map[string]any{
		"aes-256-sha256.pem": pbkdf2Params{Salt: []byte("salt"), Iterations: mostIterations + 1},
		"scrypt.pem":         scryptParams{Salt: []byte("salt"), N: mostMemory, R: 8, P: 1},
	} {
		var locked lockedKey
		var scheme pbes2
		if err := decode(lockedDER(t, name), &locked); err != nil {
			t.Fatal(err)
		}
		if err := decode(locked.Algorithm.Parameters.FullBytes, &scheme); err != nil {
			t.Fatal(err)
		}
		scheme.KDF.Parameters.FullBytes = marshal(t, params)
		locked.Algorithm = pkix.AlgorithmIdentifier{
			Algorithm: locked.Algorithm.Algorithm, Parameters: asn1.RawValue{FullBytes: marshal(t, scheme)},
		}
		if _, err := unlockPKCS8(marshal(t, locked), []byte(password)); !errors.Is(err, errScheme) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func FuzzUnlockPKCS8(f *testing.F) {
	for _, name := range []string{"aes-256-sha256.pem", "aes-128-sha1.pem", "scrypt.pem", "des3.pem", "pbes1.pem"} {
		f.Add(lockedDER(f, name), password)
	}
	f.Fuzz(func(t *testing.T, der []byte, password string) {
		key, err := unlockPKCS8(der, []byte(password))
		if (key == nil) == (err == nil) {
			t.Errorf("%v, %v", key, err)
		}
	})
}
