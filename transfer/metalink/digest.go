package metalink

import (
	"crypto/md5"  //nolint:gosec // published sums are still MD5 in places; it guards against accidents
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
)

// algorithm is a hash by its name in the IANA registry of hash function textual
// names.
type algorithm struct {
	name, short string
	make        func() hash.Hash
}

// algorithms are those that are known, the preferred ones first.
func algorithms() []algorithm {
	return []algorithm{
		{"sha-256", "sha256", sha256.New},
		{"sha-512", "sha512", sha512.New},
		{"sha-1", "sha1", sha1.New},
		{"md5", "md5", md5.New},
	}
}

// rank is the place of an algorithm among those known, -1 for a stranger.
func rank(name string) int {
	return slices.IndexFunc(algorithms(), func(a algorithm) bool { return a.name == name })
}

// building is a file that is being read.
type building struct {
	File
	sums  map[string]string // hexadecimal, by algorithm
	lists []pieces
}

// pieces is one list of pieces.
type pieces struct {
	rank   int // of its algorithm, -1 when it is not known
	length int64
	sums   [][]byte
}

// addHash takes in a digest of the whole file.
func (f *building) addHash(kind, text string) error {
	if rank(kind) < 0 {
		return nil
	}
	if _, err := decode(kind, text); err != nil {
		return bad("a %s hash of %q is none", kind, f.Name)
	}
	if f.sums == nil {
		f.sums = make(map[string]string)
	}
	f.sums[kind] = text
	return nil
}

func (f *building) beginPieces(attribute func(string) (string, bool)) error {
	kind, _ := attribute("type")
	text, _ := attribute("length")
	n, err := parseLength(text)
	if err != nil {
		return bad("the length of the pieces of %q is none", f.Name)
	}
	f.lists = append(f.lists, pieces{rank: rank(kind), length: n})
	return nil
}

func (f *building) addPiece(text string) error {
	list := &f.lists[len(f.lists)-1]
	if list.rank < 0 {
		return nil
	}
	sum, err := decode(algorithms()[list.rank].name, text)
	if err != nil {
		return bad("a piece of %q has no hash", f.Name)
	}
	list.sums = append(list.sums, sum)
	return nil
}

// choose takes the best of the proofs.
func (f *building) choose() error {
	for _, a := range algorithms() {
		if sum, ok := f.sums[a.name]; ok {
			f.Checksum = a.short + ":" + sum
			break
		}
	}
	best := -1
	for i, l := range f.lists {
		if l.rank >= 0 && len(l.sums) > 0 && (best < 0 || l.rank < f.lists[best].rank) {
			best = i
		}
	}
	if best < 0 || f.Size == 0 {
		return nil // without the size nobody knows what the last piece is
	}
	l := f.lists[best]
	if (f.Size-1)/l.length+1 != int64(len(l.sums)) {
		return bad("%q has %d pieces, not as many as its size makes", f.Name, len(l.sums))
	}
	f.Pieces, f.PieceSize, f.Hash = l.sums, l.length, algorithms()[l.rank].make
	return nil
}

func parseLength(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && n < 1 {
		err = strconv.ErrRange
	}
	return n, err
}

// decode reads a digest of the named algorithm.
func decode(name, text string) ([]byte, error) {
	sum, err := hex.DecodeString(text)
	if err == nil && len(sum) != algorithms()[rank(name)].make().Size() {
		err = hex.ErrLength
	}
	return sum, err
}
