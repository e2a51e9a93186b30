package identity

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// errScheme tells that a key is locked in a way that is not known here.
var errScheme = errors.New("locked in a way that haul cannot open")

// The structures of RFC 5958 (EncryptedPrivateKeyInfo), RFC 8018 (PBES2 and
// PBKDF2) and RFC 7914 (scrypt).
type (
	lockedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2 struct{ KDF, Cipher pkix.AlgorithmIdentifier }

	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		Length     int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptParams struct {
		Salt    []byte
		N, R, P int
		Length  int `asn1:"optional"`
	}
)

// unlockPKCS8 opens a key of PKCS#8 that is locked with PBES2, as openssl, GnuTLS
// and Java write them. The standard library has the parts of it and not the whole.
func unlockPKCS8(der, password []byte) (crypto.PrivateKey, error) {
	var locked lockedKey
	var params pbes2
	if decode(der, &locked) != nil {
		return nil, errScheme
	}
	if locked.Algorithm.Algorithm.String() != "1.2.840.113549.1.5.13" || decode(locked.Algorithm.Parameters.FullBytes, &params) != nil {
		return nil, errScheme
	}
	length, newCipher, err := cipherOf(params.Cipher.Algorithm)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if decode(params.Cipher.Parameters.FullBytes, &iv) != nil {
		return nil, errScheme
	}
	secret, err := derive(params.KDF, password, length)
	if err != nil {
		return nil, err
	}
	block, err := newCipher(secret)
	if err != nil {
		return nil, errScheme
	}
	size := block.BlockSize()
	if len(iv) != size || len(locked.Data) == 0 || len(locked.Data)%size != 0 {
		return nil, errScheme
	}
	plain := make([]byte, len(locked.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, locked.Data)
	key, err := x509.ParsePKCS8PrivateKey(unpadded(plain, size))
	if err != nil {
		return nil, ErrPassword // what comes out with another password is noise
	}
	return key, nil
}

// decode reads one value of DER and nothing behind it.
func decode(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("more than one value")
	}
	return err
}

// cipherOf is the cipher of an object identifier and the length of its key.
func cipherOf(id asn1.ObjectIdentifier) (length int, _ func([]byte) (cipher.Block, error), _ error) {
	switch id.String() {
	case "2.16.840.1.101.3.4.1.2":
		return 16, aes.NewCipher, nil
	case "2.16.840.1.101.3.4.1.22":
		return 24, aes.NewCipher, nil
	case "2.16.840.1.101.3.4.1.42":
		return 32, aes.NewCipher, nil
	case "1.2.840.113549.3.7": // three times DES, which older keys have
		return 24, des.NewTripleDESCipher, nil
	}
	return 0, nil, errScheme
}

// Bounds of how dear a file may make it to try a password: some seconds.
const (
	mostIterations = 10_000_000
	mostMemory     = 256 << 20 // of scrypt
)

// derive makes the key of a cipher out of a password.
func derive(how pkix.AlgorithmIdentifier, password []byte, length int) ([]byte, error) {
	switch how.Algorithm.String() {
	case "1.2.840.113549.1.5.12":
		var p pbkdf2Params
		if decode(how.Parameters.FullBytes, &p) != nil || p.Iterations < 1 || p.Iterations > mostIterations {
			return nil, errScheme
		}
		sum, err := hashOf(p.PRF.Algorithm)
		if err != nil {
			return nil, err
		}
		return pbkdf2.Key(sum, string(password), p.Salt, p.Iterations, length)
	case "1.3.6.1.4.1.11591.4.11":
		var p scryptParams
		if decode(how.Parameters.FullBytes, &p) != nil || p.N < 1 || p.R < 1 || p.P < 1 ||
			p.N > mostMemory/128/p.R || p.P > 16 {
			return nil, errScheme
		}
		return scrypt.Key(password, p.Salt, p.N, p.R, p.P, length)
	}
	return nil, errScheme
}

// hashOf is the hash of a pseudo-random function of PBKDF2; SHA-1 where none is
// named (RFC 8018, appendix A.2).
func hashOf(id asn1.ObjectIdentifier) (func() hash.Hash, error) {
	switch id.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New, nil
	case "1.2.840.113549.2.9":
		return sha256.New, nil
	case "1.2.840.113549.2.10":
		return sha512.New384, nil
	case "1.2.840.113549.2.11":
		return sha512.New, nil
	}
	return nil, errScheme
}

// unpadded is what was locked, without what filled its last block (RFC 8018,
// section 6.1.1); nil if that is not as it should be.
func unpadded(plain []byte, size int) []byte {
	n := int(plain[len(plain)-1])
	if n < 1 || n > size {
		return nil
	}
	for _, b := range plain[len(plain)-n:] {
		if int(b) != n {
			return nil
		}
	}
	return plain[:len(plain)-n]
}
