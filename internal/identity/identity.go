// Package identity reads client certificates from files: PEM, with the key in
// the same file or in one of its own, and PKCS#12 (RFC 7292). A PKCS#12 file and
// the key in a PEM file may be locked with a password. [Find] looks into folders.
// What goes wrong is said in words for people, and never with a
// byte of a key.
package identity

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

// The reasons why a file stays locked.
var (
	ErrLocked   = errors.New("the file is locked: its password is needed")
	ErrPassword = errors.New("that is not the password of the file")
)

// maxFile bounds a file; one with a certificate has some kilobytes.
const maxFile = 1 << 20

// Load reads a certificate, its chain and its key. key is the PEM file of the
// key, "" where it is in the same file; password opens a PKCS#12 file, which has
// its key inside, or a locked key of PEM. With ErrLocked and ErrPassword a
// certificate that can be read without its key comes back without it. The key is
// not held against the certificate, and no date is looked at.
func Load(certificate, key, password string) (*tls.Certificate, error) {
	data, err := read(certificate)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		if key != "" {
			return nil, fmt.Errorf("%s has its key inside, or is no PEM file: leave the file of the key out", certificate)
		}
		return fromPKCS12(certificate, data, password)
	}
	cert, err := chain(certificate, data)
	if err != nil {
		return nil, err
	}
	if key != "" {
		certificate = key
		if data, err = read(key); err != nil {
			return nil, err
		}
	}
	cert.PrivateKey, err = privateKey(certificate, data, password)
	if err != nil && !errors.Is(err, ErrLocked) && !errors.Is(err, ErrPassword) {
		return nil, err
	}
	return cert, err
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	defer f.Close() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	case len(data) > maxFile:
		return nil, fmt.Errorf("%s is too large for a certificate", path)
	}
	return data, nil
}

// cause leaves out the path, which is said already.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func fromPKCS12(path string, data []byte, password string) (*tls.Certificate, error) {
	key, leaf, others, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return nil, ErrLocked
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, ErrPassword
	case err != nil:
		return nil, fmt.Errorf("%s is neither PEM nor PKCS#12 with one certificate and its key", path)
	}
	cert := &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	for _, c := range others {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert, nil
}

// chain are the certificates of a PEM file, the client's own first.
func chain(path string, data []byte) (*tls.Certificate, error) {
	cert := new(tls.Certificate)
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			cert.Certificate = append(cert.Certificate, block.Bytes)
		}
	}
	if len(cert.Certificate) == 0 {
		return nil, fmt.Errorf("there is no certificate in %s", path)
	}
	var err error
	if cert.Leaf, err = x509.ParseCertificate(cert.Certificate[0]); err != nil {
		return nil, fmt.Errorf("the certificate in %s cannot be read", path)
	}
	return cert, nil
}

// privateKey is the first key in a PEM file.
func privateKey(path string, data []byte, password string) (crypto.PrivateKey, error) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, fmt.Errorf("there is no key in %s: name its file as well", path)
		}
		if !isKey(block) {
			continue
		}
		key, err := keyOf(block, password)
		switch {
		case errors.Is(err, ErrLocked), errors.Is(err, ErrPassword):
			return nil, err
		case errors.Is(err, errScheme):
			return nil, fmt.Errorf("the key in %s is %w: openssl pkcs8 -topk8 -v2 aes-256-cbc locks it anew", path, err)
		case err != nil:
			return nil, fmt.Errorf("the key in %s cannot be read", path)
		}
		return key, nil
	}
}

// keyOf is the key in a block of PEM, which is opened with password if it is
// locked.
func keyOf(block *pem.Block, password string) (crypto.PrivateKey, error) {
	der := block.Bytes
	//lint:ignore SA1019 what RFC 1423 locks is weak, and still in use
	old := x509.IsEncryptedPEMBlock(block)
	switch {
	case !old && block.Type != "ENCRYPTED PRIVATE KEY":
	case password == "":
		return nil, ErrLocked
	case !old:
		return unlockPKCS8(der, []byte(password))
	default:
		var err error
		//lint:ignore SA1019 as above
		if der, err = x509.DecryptPEMBlock(block, []byte(password)); errors.Is(err, x509.IncorrectPasswordError) {
			return nil, ErrPassword
		} else if err != nil {
			return nil, errScheme
		}
	}
	key, err := parseKey(block.Type, der)
	if old && err != nil {
		return nil, ErrPassword // one wrong password in 256 looks right until here
	}
	return key, err
}

func parseKey(kind string, der []byte) (crypto.PrivateKey, error) {
	switch kind {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(der)
	}
	return x509.ParsePKCS8PrivateKey(der)
}
