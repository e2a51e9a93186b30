package identity

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Files are those of one client certificate, as [Load] takes them.
type Files struct {
	Certificate string
	Key         string // "" where it is in the same file
}

// mostFound bounds the client certificates of a folder.
const mostFound = 100

// Find lists the client certificates at a path, by name: those in a folder, or
// the file itself. In a folder these are PKCS#12 files (.p12 and .pfx), PEM files
// with a certificate and a key, and PEM files with a certificate beside which
// their key lies: alice.pem or alice.crt with alice.key or alice-key.pem. What
// else is there is left alone, and so are folders inside.
func Find(path string) ([]Files, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	if !fi.IsDir() {
		return []Files{{Certificate: path}}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	var found []Files
	for _, e := range entries {
		if len(found) == mostFound {
			break
		}
		if f, ok := filesOf(filepath.Join(path, e.Name())); ok {
			found = append(found, f)
		}
	}
	return found, nil
}

// filesOf tells whether a client certificate is in a file of a folder, and where
// its key is.
func filesOf(path string) (Files, bool) {
	if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() || strings.HasPrefix(filepath.Base(path), ".") {
		return Files{}, false
	}
	extension := filepath.Ext(path)
	switch strings.ToLower(extension) {
	case ".p12", ".pfx":
		return Files{Certificate: path}, true
	}
	data, err := read(path)
	if err != nil || !bytes.Contains(data, []byte("-----BEGIN CERTIFICATE-----")) {
		return Files{}, false
	}
	if hasKey(data) {
		return Files{Certificate: path}, true
	}
	stem := strings.TrimSuffix(path, extension)
	for _, key := range []string{stem + ".key", stem + "-key.pem"} {
		if data, err := read(key); err == nil && hasKey(data) {
			return Files{Certificate: path, Key: key}, true
		}
	}
	return Files{}, false
}

// hasKey tells whether a key is in PEM data, locked or not.
func hasKey(data []byte) bool {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return false
		}
		if isKey(block) {
			return true
		}
	}
}

func isKey(block *pem.Block) bool {
	return block.Type == "PRIVATE KEY" || strings.HasSuffix(block.Type, " PRIVATE KEY")
}
