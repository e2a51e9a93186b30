package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"sync"
)

// content is a file that is computed where it is read, so that a range of a
// huge one costs no memory. It is comparable: equal contents have equal bytes.
type content struct {
	key  uint64
	size int64
}

func newContent(seed uint64, name string, version int, size int64) content {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s/%d", seed, name, version)
	return content{key: mix(h.Sum64()), size: size}
}

// mix is the finaliser of splitmix64: neighbours become strangers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// ReadAt implements io.ReaderAt.
func (c content) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	if off >= c.size {
		return 0, io.EOF
	}
	var end error
	if left := c.size - off; int64(len(p)) > left {
		p, end = p[:left], io.EOF
	}
	var word [8]byte
	n := 0
	for n < len(p) {
		at := uint64(off) + uint64(n)
		value := mix(c.key ^ at/8)
		if at%8 == 0 && len(p)-n >= 8 {
			binary.LittleEndian.PutUint64(p[n:], value)
			n += 8
			continue
		}
		binary.LittleEndian.PutUint64(word[:], value)
		n += copy(p[n:], word[at%8:])
	}
	return n, end
}

// reader returns the content from its start on.
func (c content) reader() *io.SectionReader { return io.NewSectionReader(c, 0, c.size) }

// etag returns the opaque part of the entity tag.
func (c content) etag() string { return fmt.Sprintf("%016x-%x", mix(c.key), c.size) }

// sums remembers checksums: the one of a 2 GiB file takes seconds.
type sums struct {
	mu    sync.Mutex
	known map[content]string
}

func (s *sums) sha256(c content) string {
	s.mu.Lock()
	sum, ok := s.known[c]
	s.mu.Unlock()
	if ok {
		return sum
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(h, c.reader(), make([]byte, 256<<10)); err != nil {
		panic(err) // neither computed bytes nor a hash can fail
	}
	sum = hex.EncodeToString(h.Sum(nil))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = make(map[content]string)
	}
	s.known[c] = sum
	return sum
}
