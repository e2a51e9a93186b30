package model

import (
	"crypto/md5"  //nolint:gosec // published sums are still MD5 in places; it guards against accidents
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
)

// checksum is the digest that a file is to have. The zero value demands none.
type checksum struct {
	algo string
	make func() hash.Hash
	sum  string // lower case hexadecimal
}

// parseChecksum reads "ALGO:HEX".
func parseChecksum(s string) (checksum, error) {
	if s == "" {
		return checksum{}, nil
	}
	algo, sum, ok := strings.Cut(s, ":")
	if !ok {
		return checksum{}, errors.New("a checksum is written ALGO:HEX, for example sha256:9f86d0…")
	}
	c := checksum{algo: strings.ToLower(algo), sum: strings.ToLower(strings.TrimSpace(sum))}
	switch c.algo {
	case "md5":
		c.make = md5.New
	case "sha1":
		c.make = sha1.New
	case "sha256":
		c.make = sha256.New
	case "sha512":
		c.make = sha512.New
	default:
		return checksum{}, fmt.Errorf("checksum algorithm %q is not one of md5, sha1, sha256, sha512", algo)
	}
	raw, err := hex.DecodeString(c.sum)
	if want := c.make().Size(); err != nil || len(raw) != want {
		return checksum{}, fmt.Errorf("a %s checksum has %d hexadecimal digits", c.algo, 2*want)
	}
	return c, nil
}

// check returns what the file's digest is, and whether it is the wanted one.
func (c checksum) check(path string) (got string, ok bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer f.Close() // read only: closing cannot lose anything
	h := c.make()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, f, make([]byte, 1<<20)); err != nil {
		return "", false, err
	}
	got = hex.EncodeToString(h.Sum(nil))
	return got, got == c.sum, nil
}
